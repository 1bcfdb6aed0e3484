//! Room on disk: before the volume is full, ledgers become read-only, and open again when there is room.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use indelible_store::disk::disk_free;
use tracing::{error, info, warn};

use crate::state::{limits::DISK_FREE_BYTES_MIN, registry::Registry, shared::Availability};

/// Time between two looks at the volume.
const INTERVAL: Duration = Duration::from_secs(1);
/// How often the thread looks whether it must stop.
const TICK: Duration = Duration::from_millis(50);
/// Ledgers open again only when this much more than the minimum is free, so that they don't flap.
const DISK_FREE_BYTES_MARGIN: u64 = 64 << 20;

/// The thread that watches the volume of the data directory.
pub(crate) struct DiskWatch {
    pub(crate) data: PathBuf,
    pub(crate) registry: Arc<Registry>,
    pub(crate) stop: Arc<AtomicBool>,
}

impl DiskWatch {
    /// Runs until told to stop.
    pub(crate) fn run(self) {
        let mut low = false;
        let mut next = Instant::now();
        while !self.stop.load(Ordering::Acquire) {
            if Instant::now() >= next {
                match disk_free(&self.data) {
                    Ok(free) => low = self.apply(low, free),
                    Err(error) => error!(%error, "the room on disk is not known"),
                }
                next = Instant::now() + INTERVAL;
            }
            std::thread::sleep(TICK);
        }
    }

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
                (Availability::Open, true) => cell.set_state(
                    Availability::ReadOnly,
                    format!("only {free} bytes are free on the data volume; {least} are needed to take appends"),
                ),
                (Availability::ReadOnly, false) => cell.set_state(Availability::Open, ""),
                _ => {}
            }
        }
        low_now
    }
}
