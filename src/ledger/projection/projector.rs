//! The thread that makes the states: it follows each ledger segment by segment, behind the log.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use indelible_store::{Store, StoreError};
use tracing::{error, warn};

use super::segments;
use crate::ledger::{cell::LedgerCell, error::ReadError, priority, registry::Registry};

/// Pause when there is nothing to fold.
const IDLE: Duration = Duration::from_millis(50);
/// Pause after the store failed.
const RETRY: Duration = Duration::from_secs(1);

/// Makes the states of all ledgers.
pub(crate) struct Projector {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) registry: Arc<Registry>,
    pub(crate) stop: Arc<AtomicBool>,
}

impl Projector {
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
    fn advance(&self, cell: &LedgerCell) -> bool {
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

    fn step(&self, cell: &LedgerCell) -> Result<(), ReadError> {
        let changing = cell.projected.changing();
        // Read again: states may have been forgotten meanwhile.
        let segment = segments::segment_at(cell.projected.upto());
        if !segments::is_stored(cell, &*self.store, &segment)? {
            segments::make(cell, &*self.store, segment.clone())?;
        }
        changing.advance_to(segment.end);
        Ok(())
    }
}
