//! What is halted in every ledger: whether there is such a halt, and which ledgers it is about.

use tokio::sync::MutexGuard;

use crate::{
    core::{Engine, Ledger},
    state::{all_halted::AllHaltStanding, shared::Availability, summary::LedgerSummary},
};

impl Engine {
    /// Whether everything is halted, in every ledger.
    pub fn all_halt(&self) -> AllHaltStanding {
        self.core.queue.all_halted.standing()
    }

    /// Says whether it is: as the store's own ledger has it, which comes first. A ledger whose governance begins from here on
    /// begins halted.
    pub fn put_all_halt(&self, standing: AllHaltStanding) {
        self.core.queue.all_halted.put(standing);
    }

    /// Lets one halt or resume all ledgers at a time.
    pub async fn changing_all_halt(&self) -> MutexGuard<'_, ()> {
        self.core.queue.all_halted.changing.lock().await
    }

    /// The ledgers in which something can be decided.
    pub fn deciding_ledgers(&self) -> Vec<LedgerSummary> {
        self.ledgers().into_iter().filter(decides).collect()
    }
}

impl Ledger {
    /// Whether something can be decided in it.
    pub(super) fn decides(&self) -> bool {
        decides(&self.summary())
    }
}

/// One that has ended takes no records, in one that encrypts everything nothing is decided, and those of the store itself have
/// no agents.
fn decides(ledger: &LedgerSummary) -> bool {
    !ledger.name.starts_with('_') && !ledger.encrypts_all && ledger.state != Availability::Closed
}
