//! Live projections: the states of all folds, kept beside the log segment by segment, and put together for whatever is
//! asked for.
//!
//! A fold is a homomorphism (`indelible_compliance::projections::fold`), so the state of any range is that of its whole segments,
//! which are stored, and of the pieces at its ends, which are folded when they are asked for. Nobody has to wait for
//! the thread that makes the states, and no answer is behind what is durable.
//!
//! The states are made of what is stored in the clear. What is sealed counts as sealed in them, whoever may read it:
//! an answer for a caller who may is folded anew, so that no plaintext of a sealed event ever lies in a state.

mod folding;
mod idle;
mod projector;
mod running;
mod segments;

pub(crate) use folding::Sight;
pub(crate) use idle::IdleFolder;
pub(crate) use projector::Projector;
pub(crate) use running::RunningTotals;
pub(crate) use segments::gather;

use indelible_store::{Store, StoreError};

use crate::state::{projection_progress::start_of, shared::LedgerState};

/// Forgets the states that records went into which are about to be erased. From the erasure's record on, those records
/// are folded as erased.
pub(crate) fn forget(
    cell: &LedgerState,
    store: &dyn Store,
    sequences: &[u64],
) -> Result<(), StoreError> {
    let Some(first) = sequences.first() else {
        return Ok(());
    };
    let changing = cell.projected.changing();
    store.forget_states(cell.id, sequences)?;
    changing.back_to(start_of(*first), cell.size());
    Ok(())
}
