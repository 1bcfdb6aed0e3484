//! Disposal by itself: in all open ledgers that have rules, soon after a start and then again and again.

use std::{sync::Arc, time::Duration};

use indelible_evidence::Origin;
use tracing::{info, warn};

use super::{
    dispose::Disposed,
    run::{Turn, note},
};
use crate::{
    core::{Core, Ledger},
    state::{error::KeyEventError, limits::RETENTION_FIRST_AFTER, shared::Availability},
};

/// When disposals are made without being asked for.
pub(crate) struct Schedule {
    /// Between the end of a round and the next one.
    pub(crate) every: Duration,
}

impl Schedule {
    /// Makes rounds until the engine stops. Blocking.
    pub(crate) fn run(&self, core: &Arc<Core>) {
        let mut pause = self.every.min(RETENTION_FIRST_AFTER);
        loop {
            core.pause(pause);
            if core.is_draining() {
                return;
            }
            // Without keys nothing can be recorded; the next round finds what is due.
            if core.custody.keks().is_ok() {
                round(core);
            }
            pause = self.every;
        }
    }
}

fn round(core: &Arc<Core>) {
    for cell in core.registry.cells() {
        if core.is_draining() {
            return;
        }
        if cell.state().0 != Availability::Open || cell.settings().retention.is_empty() {
            note(core, &cell, Turn::Waits);
            continue;
        }
        let ledger = Ledger::new(Arc::clone(core), Arc::clone(&cell));
        tell(cell.origin(), &ledger.dispose(&mut |_| {}));
    }
}

/// Has the log tell of a run that nobody waits for.
fn tell(ledger: &Origin, disposed: &Result<Disposed, KeyEventError>) {
    match (Turn::of(disposed), disposed) {
        (Turn::Failed(error), _) => {
            warn!(%ledger, %error, "what is past its time could not be disposed of");
        }
        (Turn::Done, Ok(disposed)) => {
            info!(%ledger, events = disposed.records, "what was past its time was disposed of");
        }
        (Turn::Waits, Err(held)) => info!(%ledger, reason = %held, "nothing was disposed of"),
        _ => {}
    }
}
