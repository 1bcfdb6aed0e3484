//! The volumes: before that of the data directory is full, and while that or the anchor's is read-only, ledgers are
//! read-only, and open again when it passes. So no append meets it, after which only a restart would help.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use indelible_store::disk::{Volume, volume};
use tracing::{error, info, warn};

use crate::state::{
    bell::Stop,
    environment::Environment,
    limits::{DISK_FREE_BYTES_MIN, WATCH_INTERVAL},
    registry::Registry,
    shared::Availability,
    steps::{Next, Steps},
};

/// Ledgers open again only when this much more than the minimum is free, so that they don't flap.
const DISK_FREE_BYTES_MARGIN: u64 = 64 << 20;

/// Why nothing is appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hindrance {
    /// The data volume is nearly full.
    NearlyFull,
    /// The data volume is read-only.
    DataReadOnly,
    /// The anchor's volume is read-only.
    AnchorReadOnly,
}

/// The loop that watches the volumes of the data directory and the anchor.
pub(crate) struct DiskWatch {
    data: PathBuf,
    anchor: Option<PathBuf>,
    registry: Arc<Registry>,
    stop: Stop,
    environment: Environment,
    /// What it found when it looked last.
    hindrance: Option<Hindrance>,
}

impl Steps for DiskWatch {
    fn step(&mut self) -> Next {
        if self.stop.is_set() {
            return Next::Ended;
        }
        match volume(&self.data) {
            Ok(data) => {
                let anchor = self.anchor.as_deref().and_then(Path::parent);
                let anchor = anchor.and_then(|place| volume(place).ok());
                self.apply(data, anchor.is_some_and(|anchor| anchor.is_read_only));
            }
            Err(error) => error!(%error, "the room on disk is not known"),
        }
        Next::PausesUntil(self.environment.elapsed() + WATCH_INTERVAL)
    }
}

impl DiskWatch {
    pub(crate) fn new(
        data: PathBuf,
        anchor: Option<PathBuf>,
        registry: Arc<Registry>,
        environment: Environment,
        stop: Stop,
    ) -> Self {
        Self {
            data,
            anchor,
            registry,
            stop,
            environment,
            hindrance: None,
        }
    }

    /// Sets the ledgers' state by what the volumes are like.
    pub(crate) fn apply(&mut self, data: Volume, anchor_is_read_only: bool) {
        let least = match self.hindrance {
            Some(Hindrance::NearlyFull) => DISK_FREE_BYTES_MIN + DISK_FREE_BYTES_MARGIN,
            _ => DISK_FREE_BYTES_MIN,
        };
        let found = match data {
            _ if data.is_read_only => Some(Hindrance::DataReadOnly),
            _ if anchor_is_read_only => Some(Hindrance::AnchorReadOnly),
            _ if data.free_bytes < least => Some(Hindrance::NearlyFull),
            _ => None,
        };
        let free = data.free_bytes;
        match (found, self.hindrance) {
            (Some(found), before) if before != Some(found) => {
                warn!(free, least, "ledgers are read-only: {}", found.told());
            }
            (None, Some(_)) => info!(free, "ledgers take appends again"),
            _ => {}
        }
        self.hindrance = found;
        for cell in self.registry.cells() {
            match (cell.state().0, found) {
                // How much is free changes from second to second, and the status says it beside this.
                (Availability::Open | Availability::ReadOnly, Some(found)) => {
                    cell.set_state(Availability::ReadOnly, found.told());
                }
                (Availability::ReadOnly, None) => cell.set_state(Availability::Open, ""),
                _ => {}
            }
        }
    }
}

impl Hindrance {
    /// What it is, and what ends it.
    fn told(self) -> String {
        match self {
            Self::NearlyFull => format!(
                "the data volume is nearly full; the ledger takes appends again once {} bytes are free",
                DISK_FREE_BYTES_MIN + DISK_FREE_BYTES_MARGIN
            ),
            Self::DataReadOnly => "the data volume is mounted read-only; find out why (the kernel's log tells) and mount it \
                                   read-write, and the ledger takes appends again"
                .to_owned(),
            Self::AnchorReadOnly => "the anchor's volume is mounted read-only; find out why (the kernel's log tells) and mount \
                                     it read-write, and the ledger takes appends again"
                .to_owned(),
        }
    }
}
