//! The loop that makes the states: it follows each ledger segment by segment, behind the log.

use std::{ops::Range, sync::Arc, time::Duration};

use indelible_store::{Store, StoreError};
use tracing::{error, warn};

use super::{idle::IdleFolder, segments};
use crate::state::{
    bell::Stop,
    environment::Environment,
    error::ReadError,
    registry::Registry,
    shared::LedgerState,
    steps::{Next, Steps},
};

/// Time between two looks at whether a segment is complete. Where nothing is appended, nobody looks.
const LOOK: Duration = Duration::from_millis(50);
/// Pause after the store failed, or while the archive is away.
const RETRY: Duration = Duration::from_secs(1);

/// Records that may wait for the thread of the lowest priority. More of them are folded at once.
const IDLE_LAG_RECORDS_MAX: u64 = 1 << 20;

/// Makes the states of all ledgers.
pub(crate) struct Projector {
    store: Arc<dyn Store>,
    registry: Arc<Registry>,
    environment: Environment,
    stop: Stop,
    /// It has looked twice since it was woken.
    has_looked_again: bool,
    /// Folds what can wait; where there is none, nothing waits.
    idle: Option<IdleFolder>,
}

/// How a ledger's states got on.
enum Advanced {
    /// By a segment.
    Further,
    /// There was none to fold, or never will be.
    Not,
    /// The store failed, or the archive is away.
    Later,
}

impl Steps for Projector {
    /// Goes one segment further in every ledger.
    fn step(&mut self) -> Next {
        if self.stop.is_set() {
            return Next::Ended;
        }
        let (mut further, mut later) = (false, false);
        for cell in self.registry.cells() {
            match self.advance(&cell) {
                Advanced::Further => further = true,
                Advanced::Not => {}
                Advanced::Later => later = true,
            }
        }
        let now = self.environment.elapsed();
        // Whoever woke it may go on appending: it does not listen to each of them.
        let looks_again = !further && !later && !self.has_looked_again;
        self.has_looked_again = looks_again;
        match (further, later) {
            (_, true) => Next::PausesUntil(now + RETRY),
            (true, false) => Next::Worked,
            (false, false) if looks_again => Next::PausesUntil(now + LOOK),
            (false, false) => Next::Waits,
        }
    }
}

impl Projector {
    pub(crate) fn new(
        store: Arc<dyn Store>,
        registry: Arc<Registry>,
        environment: Environment,
        stop: Stop,
        idle: Option<IdleFolder>,
    ) -> Self {
        Self {
            store,
            registry,
            environment,
            stop,
            has_looked_again: false,
            idle,
        }
    }

    /// Goes one segment further.
    fn advance(&self, cell: &Arc<LedgerState>) -> Advanced {
        if cell.projected.lag(cell.size()) == 0 || cell.projected.is_given_up() {
            return Advanced::Not;
        }
        match self.fold(cell) {
            Ok(()) => Advanced::Further,
            Err(ReadError::Store(error)) if !matches!(error, StoreError::Damaged { .. }) => {
                warn!(ledger = %cell.origin(), %error, "projections wait for the store");
                Advanced::Later
            }
            // A notice tells of it, and nothing is wrong with the records.
            Err(ReadError::ArchiveAway(_)) => Advanced::Later,
            Err(error) => {
                error!(ledger = %cell.origin(), %error, "projections can't go on");
                cell.projected.give_up();
                Advanced::Not
            }
        }
    }

    fn fold(&self, cell: &Arc<LedgerState>) -> Result<(), ReadError> {
        let changing = cell.projected.changing();
        // Read again: states may have been forgotten meanwhile.
        let segment = segments::segment_at(cell.projected.upto());
        if !segments::is_stored(cell, &*self.store, &segment)? {
            let state = self.state(cell, &segment)?;
            // Not on the thread of the lowest priority: appends wait for whoever writes to the store.
            self.store
                .put_state(cell.id, segment.clone(), state.as_bytes())?;
        }
        changing.advance_to(segment.end);
        Ok(())
    }

    fn state(&self, cell: &Arc<LedgerState>, segment: &Range<u64>) -> Result<String, ReadError> {
        let can_wait = cell.projected.lag(cell.size()) <= IDLE_LAG_RECORDS_MAX;
        let idle = self.idle.as_ref().filter(|_| can_wait);
        let waited = idle.and_then(|idle| idle.state(cell, segment));
        waited.unwrap_or_else(|| segments::state(cell, &*self.store, segment.clone()))
    }
}
