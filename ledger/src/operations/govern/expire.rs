//! The end of approvals that nobody answered, or used, in time: recorded, since somebody may wait for it.

use std::sync::Arc;

use indelible_governance::state::State;

use super::asking::{RECORD_BYTES_USUAL, Recorded};
use crate::{
    core::{Engine, Ledger},
    state::{
        govern_error::GovernError, limits::EXPIRED_APPROVALS_RECORDED as MOST, shared::LedgerState,
    },
    write::ask::Moment,
};

impl Engine {
    /// The ledgers whose governance somebody has asked about since the start.
    pub fn governed_ledgers(&self) -> Vec<Ledger> {
        let cells = self.core.registry.cells();
        let governed = cells.iter().filter(|cell| cell.governed.is_folded());
        let ledger =
            |cell: &Arc<LedgerState>| Ledger::new(Arc::clone(&self.core), Arc::clone(cell));
        governed.map(ledger).collect()
    }

    /// How many decisions wait for a human now, of all ledgers.
    pub fn waiting_decisions(&self) -> usize {
        let cells = self.core.registry.cells();
        cells.iter().map(|cell| cell.governed.waiting()).sum()
    }
}

impl Ledger {
    /// Records which approvals have expired since that was recorded last, and says how many. Of a ledger whose governance
    /// nobody has asked about since the start, none: nobody waits there.
    ///
    /// # Errors
    /// If nothing can be recorded.
    pub async fn record_expired_approvals(&self) -> Result<usize, GovernError> {
        if !self.cell.governed.is_folded() {
            return Ok(0);
        }
        // Looking writes nothing, and most of the time there is nothing to write.
        let expired = self.look(|state, time| state.expired_approvals(time).len());
        if expired.await? == 0 {
            return Ok(0);
        }
        let ledger = self.clone();
        let record = move |state: &State, moment: Moment| {
            // By a clock that is behind, nothing has expired.
            let expired = match moment.is_behind {
                true => Vec::new(),
                false => state.expired_approvals(moment.position.time),
            };
            let written = expired.into_iter().take(MOST);
            let written = written.map(|entry| ledger.own_record(entry, None));
            let written = written.collect::<Result<Vec<_>, _>>()?;
            Ok((written.len(), written))
        };
        let size = (MOST, MOST * RECORD_BYTES_USUAL);
        match self.record_made(None, size, record).await? {
            Recorded::New(_, count) | Recorded::Nothing(count) => Ok(count),
            Recorded::There(_) => Err(super::asking::lost()),
        }
    }
}
