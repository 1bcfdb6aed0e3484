//! Holds: orders not to erase, in force until they are released on record.

use indelible_evidence::{
    hash::HoldId,
    key_event::{Hold as HoldStatement, HoldAction, check_statement_text},
};

use crate::{
    core::Ledger,
    operations::{
        record_key_event::{self, Statement},
        subject_keys,
    },
    read::named_keys::Look,
    state::{append::NewRange, error::KeyEventError, orders::Hold, shared::LedgerState},
};

impl Ledger {
    /// Places a hold on a data subject, or on the whole ledger: nothing under it is erased until it is released.
    /// Blocking.
    ///
    /// # Errors
    /// Why it was not recorded.
    pub fn place_hold(
        &self,
        data_subject: Option<&str>,
        reason: Option<&str>,
    ) -> Result<(HoldId, NewRange), KeyEventError> {
        let (core, cell) = (self.core(), &self.cell);
        if let Some(reason) = reason {
            check_statement_text("reason", reason)?;
        }
        let data_keys = match data_subject {
            None => None,
            Some(subject) => {
                let tag = cell.subject_tag(subject)?;
                let mut keys = subject_keys::for_an_order(core, cell, &tag, Look::Records)?;
                if keys.is_empty() {
                    return Err(KeyEventError::SubjectUnknown);
                }
                keys.sort_unstable();
                Some(keys)
            }
        };
        let hold = HoldId::from_bytes(self.core().environment.bytes());
        let action = HoldAction::Place {
            data_keys,
            reason: reason.map(str::to_owned),
        };
        let statement = state(cell, hold, action);
        let recorded = record_key_event::record(core, cell, &Statement::Hold(statement))?;
        Ok((hold, recorded))
    }

    /// Releases a hold. Blocking.
    ///
    /// # Errors
    /// Why it was not recorded.
    pub fn release_hold(&self, hold: HoldId) -> Result<NewRange, KeyEventError> {
        let statement = state(&self.cell, hold, HoldAction::Release);
        record_key_event::record(self.core(), &self.cell, &Statement::Hold(statement))
    }

    /// The holds in force, oldest first.
    pub fn holds(&self) -> Vec<Hold> {
        self.cell.keys().holds()
    }
}

fn state(cell: &LedgerState, hold: HoldId, action: HoldAction) -> HoldStatement {
    HoldStatement {
        origin: cell.origin().clone(),
        hold,
        action,
    }
}
