//! Disposal by itself: in all open ledgers that have rules, soon after a start and then again and again.

use std::{sync::Arc, time::Duration};

use tracing::{info, warn};

use super::dispose::dispose;
use crate::{
    core::{Core, Ledger},
    state::{
        error::{AppendError, KeyEventError},
        key_state_error::KeyStateError,
        limits::RETENTION_FIRST_AFTER,
        notice::NoticeCode,
        shared::{Availability, LedgerState},
    },
};

/// What the notice is about.
const RETENTION: &str = "retention";

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

/// What became of one ledger's turn.
enum Turn {
    Done,
    /// Nothing was due, or somebody said that nothing may go now.
    Waits,
    Failed(String),
}

fn round(core: &Arc<Core>) {
    let mut failed = Vec::new();
    for cell in core.registry.cells() {
        if core.is_draining() {
            return;
        }
        match turn(core, &cell) {
            Turn::Done | Turn::Waits => {}
            Turn::Failed(why) => failed.push(format!("{}: {why}", cell.origin())),
        }
    }
    if failed.is_empty() {
        core.troubles.clear(RETENTION);
        return;
    }
    let detail = format!(
        "what rules of retention cover could not be disposed of, and stays past its time: {}. The daemon tries again in the \
         next round; `indelible retention run LEDGER` tries now",
        failed.join("; ")
    );
    core.troubles
        .put(RETENTION, NoticeCode::RetentionFailed, detail);
}

fn turn(core: &Arc<Core>, cell: &Arc<LedgerState>) -> Turn {
    if cell.state().0 != Availability::Open || cell.settings().retention.is_empty() {
        return Turn::Waits;
    }
    let ledger = cell.origin();
    match dispose(
        &Ledger::new(Arc::clone(core), Arc::clone(cell)),
        &mut |_| {},
    ) {
        Ok(disposed) if !disposed.evidence.is_empty() => Turn::Failed(format!(
            "directories with an earlier state of the store may still hold it: {}",
            disposed
                .evidence
                .iter()
                .map(|directory| directory.display().to_string())
                .collect::<Vec<_>>()
                .join(", ")
        )),
        Ok(disposed) => {
            info!(%ledger, events = disposed.records, "what was past its time was disposed of");
            Turn::Done
        }
        Err(KeyEventError::Append(AppendError::KeyState(
            held @ KeyStateError::DisposalHeld { .. },
        ))) => {
            info!(%ledger, reason = %held, "nothing was disposed of");
            Turn::Waits
        }
        Err(KeyEventError::Append(AppendError::Draining)) => Turn::Waits,
        Err(error) => {
            warn!(%ledger, %error, "what is past its time could not be disposed of");
            Turn::Failed(error.to_string())
        }
    }
}
