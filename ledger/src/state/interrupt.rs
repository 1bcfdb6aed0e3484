//! Breaking off a start: whoever stops the daemon does not wait until all ledgers are recovered.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// Whether the start is to end before it is complete. Its clones are one and the same.
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Asks for it. The start ends before the next ledger, or within the one that it is at.
    pub fn set(&self) {
        self.0.store(true, Ordering::Release);
    }

    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}
