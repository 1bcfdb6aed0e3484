//! How a backup stays behind appends: it is copied by a thread that steps back, and that waits while appends come.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    thread,
};

use indelible_ledger::Engine;

use crate::rpc::refusal::Refusal;

/// Does what can wait until appends have had their turn, on a thread that runs after the others which want the processor.
pub(super) fn behind<T: Send>(what: impl FnOnce() -> T + Send) -> Result<T, Refusal> {
    let done = thread::scope(|scope| {
        let step_back = || {
            indelible_ledger::step_back();
            what()
        };
        scope.spawn(step_back).join()
    });
    done.map_err(|_panicked| Refusal::internal(&"the thread that copies a backup has panicked"))
}

/// Says whether appends have come since it was asked last.
pub(super) fn has_new_work(engine: &Engine) -> impl Fn() -> bool + Sync {
    let seen = AtomicU64::new(engine.writer_progress().queued);
    move || {
        let queued = engine.writer_progress().queued;
        seen.swap(queued, Ordering::Relaxed) != queued
    }
}
