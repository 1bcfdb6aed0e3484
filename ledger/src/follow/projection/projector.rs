//! The thread that makes the states: it follows each ledger segment by segment, behind the log.

use std::{
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use indelible_store::{Store, StoreError};
use tracing::{error, warn};

use super::{idle::IdleFolder, segments};
use crate::{
    follow::priority,
    state::{error::ReadError, registry::Registry, shared::LedgerState},
};

/// Pause when there is nothing to fold.
const IDLE: Duration = Duration::from_millis(50);
/// Pause after the store failed.
const RETRY: Duration = Duration::from_secs(1);

/// Records that may wait for an idle processor. More of them are folded at once.
const IDLE_LAG_RECORDS_MAX: u64 = 1 << 20;

/// Makes the states of all ledgers.
pub(crate) struct Projector {
    store: Arc<dyn Store>,
    registry: Arc<Registry>,
    stop: Arc<AtomicBool>,
    idle: IdleFolder,
}

impl Projector {
    /// With a thread for what can wait.
    pub(crate) fn new(
        store: Arc<dyn Store>,
        registry: Arc<Registry>,
        stop: Arc<AtomicBool>,
    ) -> std::io::Result<Self> {
        let idle = IdleFolder::new(Arc::clone(&store))?;
        Ok(Self {
            store,
            registry,
            stop,
            idle,
        })
    }

    /// Runs until told to stop.
    pub(crate) fn run(self) {
        priority::step_back();
        while !self.stop.load(Ordering::Acquire) {
            let mut advanced = false;
            for cell in self.registry.cells() {
                advanced |= self.advance(&cell);
            }
            if !advanced {
                std::thread::sleep(IDLE);
            }
        }
    }

    /// Goes one segment further, and says whether there was one.
    fn advance(&self, cell: &Arc<LedgerState>) -> bool {
        if cell.projected.lag(cell.size()) == 0 || cell.projected.is_given_up() {
            return false;
        }
        match self.step(cell) {
            Ok(()) => true,
            Err(ReadError::Store(error)) if !matches!(error, StoreError::Damaged { .. }) => {
                warn!(ledger = %cell.origin(), %error, "projections wait for the store");
                std::thread::sleep(RETRY);
                false
            }
            Err(error) => {
                error!(ledger = %cell.origin(), %error, "projections can't go on");
                cell.projected.give_up();
                false
            }
        }
    }

    fn step(&self, cell: &Arc<LedgerState>) -> Result<(), ReadError> {
        let changing = cell.projected.changing();
        // Read again: states may have been forgotten meanwhile.
        let segment = segments::segment_at(cell.projected.upto());
        if !segments::is_stored(cell, &*self.store, &segment)? {
            let state = self.state(cell, &segment)?;
            // Not on the thread that waits for an idle processor: appends wait for whoever writes to the store.
            self.store
                .put_state(cell.id, segment.clone(), state.as_bytes())?;
        }
        changing.advance_to(segment.end);
        Ok(())
    }

    fn state(&self, cell: &Arc<LedgerState>, segment: &Range<u64>) -> Result<String, ReadError> {
        let can_wait = cell.projected.lag(cell.size()) <= IDLE_LAG_RECORDS_MAX;
        let waited = can_wait.then(|| self.idle.state(cell, segment)).flatten();
        waited.unwrap_or_else(|| segments::state(cell, &*self.store, segment.clone()))
    }
}
