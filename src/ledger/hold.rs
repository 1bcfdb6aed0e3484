//! Holds: what must not be erased, for as long as somebody says so on record.

use std::sync::Arc;

use indelible_evidence::{
    hash::{DataKeyId, HoldId as StatedHold},
    key_event::{Hold, HoldAction, check_statement_text},
};

use super::{
    append::NewRange,
    cell::LedgerCell,
    core::Core,
    error::KeyEventError,
    key_event::{self, Statement},
    key_state_error::HoldId,
    world,
};

/// Places a hold on one data subject, or on the whole ledger; durable when it returns. Blocking.
pub(crate) fn place(
    core: &Core,
    cell: &Arc<LedgerCell>,
    data_subject: Option<&str>,
    reason: Option<&str>,
) -> Result<(HoldId, NewRange), KeyEventError> {
    if let Some(reason) = reason {
        check_statement_text("reason", reason)?;
    }
    let data_keys = match data_subject {
        None => None,
        Some(subject) => {
            let mut keys = core
                .store
                .subject_keys(cell.id, &cell.subject_tag(subject)?)?;
            if keys.is_empty() {
                return Err(KeyEventError::SubjectUnknown);
            }
            keys.sort_unstable();
            Some(keys.into_iter().map(DataKeyId::from_bytes).collect())
        }
    };
    let hold: HoldId = world::bytes();
    let action = HoldAction::Place {
        data_keys,
        reason: reason.map(str::to_owned),
    };
    let statement = state(cell, hold, action);
    let recorded = key_event::record(core, cell, &Statement::Hold(statement))?;
    Ok((hold, recorded))
}

/// Releases a hold; durable when it returns. Blocking.
pub(crate) fn release(
    core: &Core,
    cell: &Arc<LedgerCell>,
    hold: HoldId,
) -> Result<NewRange, KeyEventError> {
    key_event::record(
        core,
        cell,
        &Statement::Hold(state(cell, hold, HoldAction::Release)),
    )
}

fn state(cell: &LedgerCell, hold: HoldId, action: HoldAction) -> Hold {
    Hold {
        origin: cell.origin().clone(),
        hold: StatedHold::from_bytes(hold),
        action,
    }
}
