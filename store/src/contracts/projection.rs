//! What folds made of runs of records.

use std::ops::{ControlFlow, Range};

use super::id::LedgerId;
use crate::error::{Result, StoreError};

/// States of folds, each over a run of a ledger's records. They are derived, and can be derived again: one that is not
/// there was not made yet, or was forgotten. The runs are the caller's; they must not overlap.
///
/// What a state was made of may be erased later. So an erasure forgets the states whose runs hold erased records,
/// before it destroys their parts, and whoever makes states from then on must take those records for erased.
pub trait ProjectionStore: Send + Sync {
    /// Keeps a state in the place of one that began at the same record. Its bytes and its run are one atomic write,
    /// which is not durable at once: after a crash it is there whole, or not at all. A run that ends beyond the
    /// ledger is [`StoreError::Malformed`].
    fn put_state(&self, ledger: LedgerId, run: Range<u64>, state: &[u8]) -> Result<()>;

    /// Visits the states whose runs begin within `from`, ascending, until the visitor breaks off.
    #[expect(
        clippy::type_complexity,
        reason = "a visitor of runs and bytes, as the scans have them of numbers and bytes"
    )]
    fn states(
        &self,
        ledger: LedgerId,
        from: Range<u64>,
        visit: &mut dyn FnMut(Range<u64>, &[u8]) -> ControlFlow<()>,
    ) -> Result<()>;

    /// Forgets the states whose runs hold any of these records, which ascend. Durable when it returns: no crash brings
    /// one of them back. Returns how many there were. Their bytes may be in files until the next
    /// [`super::Maintain::purge`] with a scope of the ledger.
    fn forget_states(&self, ledger: LedgerId, sequences: &[u64]) -> Result<u64>;

    /// Forgets all states of a ledger, durably.
    fn forget_all_states(&self, ledger: LedgerId) -> Result<()>;
}

/// Checks a run to be kept of a ledger of this size.
pub(crate) fn check_run(ledger: LedgerId, run: &Range<u64>, size: u64) -> Result<()> {
    if run.start < run.end && run.end <= size {
        return Ok(());
    }
    Err(StoreError::Malformed {
        problem: format!(
            "a state of the records {} to {}, excluded, of ledger {ledger}, which has {size}",
            run.start, run.end
        ),
    })
}
