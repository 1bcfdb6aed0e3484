//! Room on disk: before the volume is full, ledgers become read-only, and open again when there is room.

use std::{path::PathBuf, sync::Arc, time::Duration};

use indelible_store::disk::disk_free;
use tracing::{error, info, warn};

use crate::state::{
    bell::Stop,
    environment::Environment,
    limits::DISK_FREE_BYTES_MIN,
    registry::Registry,
    shared::Availability,
    steps::{Next, Steps},
};

/// Time between two looks at the volume.
const INTERVAL: Duration = Duration::from_secs(1);
/// Ledgers open again only when this much more than the minimum is free, so that they don't flap.
const DISK_FREE_BYTES_MARGIN: u64 = 64 << 20;

/// The loop that watches the volume of the data directory.
pub(crate) struct DiskWatch {
    pub(crate) data: PathBuf,
    pub(crate) registry: Arc<Registry>,
    pub(crate) stop: Stop,
    pub(crate) environment: Environment,
    /// Whether there was too little room when it looked last.
    pub(crate) is_low: bool,
}

impl Steps for DiskWatch {
    fn step(&mut self) -> Next {
        if self.stop.is_set() {
            return Next::Ended;
        }
        match disk_free(&self.data) {
            Ok(free) => self.is_low = self.apply(self.is_low, free),
            Err(error) => error!(%error, "the room on disk is not known"),
        }
        Next::PausesUntil(self.environment.elapsed() + INTERVAL)
    }
}

impl DiskWatch {
    /// Sets the ledgers' state by the room there is, and returns whether it is low.
    fn apply(&self, low: bool, free: u64) -> bool {
        let least = if low {
            DISK_FREE_BYTES_MIN + DISK_FREE_BYTES_MARGIN
        } else {
            DISK_FREE_BYTES_MIN
        };
        let low_now = free < least;
        if low_now && !low {
            warn!(
                free,
                least, "the disk is nearly full: ledgers are read-only until there is room"
            );
        } else if low && !low_now {
            info!(
                free,
                "there is room on the disk again: ledgers take appends"
            );
        }
        for cell in self.registry.cells() {
            match (cell.state().0, low_now) {
                // How much is free changes from second to second, and the status says it beside this.
                (Availability::Open, true) => cell.set_state(
                    Availability::ReadOnly,
                    format!(
                        "the data volume is nearly full; the ledger takes appends again once {} bytes are free",
                        DISK_FREE_BYTES_MIN + DISK_FREE_BYTES_MARGIN
                    ),
                ),
                (Availability::ReadOnly, false) => cell.set_state(Availability::Open, ""),
                _ => {}
            }
        }
        low_now
    }
}
