//! Segments: runs of records of one length, whose states are stored.

use std::{
    ops::{ControlFlow, Range},
    panic::{AssertUnwindSafe, catch_unwind},
};

use indelible_compliance::projections::{folds::Projections, pieces::Absorb as _};
use indelible_store::{Store, StoreError};

use super::folding::{Sight, fold};
use crate::state::{
    error::ReadError, limits::PROJECTION_SEGMENT_RECORDS, projection_progress::start_of,
    shared::LedgerState,
};

/// Pieces that are folded at the same time.
const THREADS_MAX: usize = 4;

/// The segment that begins at a record.
pub(super) fn segment_at(start: u64) -> Range<u64> {
    start..start + PROJECTION_SEGMENT_RECORDS
}

/// Whether a segment has a state of this build's folds.
pub(super) fn is_stored(
    cell: &LedgerState,
    store: &dyn Store,
    segment: &Range<u64>,
) -> Result<bool, StoreError> {
    let mut found = false;
    store.states(
        cell.id,
        segment.start..segment.start + 1,
        &mut |run, state| {
            found = run == *segment && Projections::are_encoded_in(state);
            ControlFlow::Break(())
        },
    )?;
    Ok(found)
}

/// The state of a segment as it is stored.
pub(super) fn state(
    cell: &LedgerState,
    store: &dyn Store,
    segment: Range<u64>,
) -> Result<String, ReadError> {
    let first = segment.start;
    survived(first, || {
        Ok(fold(cell, store, segment, Sight::Closed)?.encode())
    })
}

/// What is recorded comes from clients. If one of them found what a fold panics at, that must not stop the ledgers, at
/// every start anew.
fn survived<T>(first: u64, fold: impl FnOnce() -> Result<T, ReadError>) -> Result<T, ReadError> {
    catch_unwind(AssertUnwindSafe(fold)).unwrap_or_else(|_printed| {
        Err(ReadError::Damaged {
            sequence: first,
            what: "a fold failed at it, or at a record after it in its segment".into(),
        })
    })
}

/// The states of a range, on all cores: whole segments from the store, as far as they have one, and the rest folded.
/// Whatever is there, the states are the same.
pub(crate) fn gather(
    cell: &LedgerState,
    store: &dyn Store,
    range: Range<u64>,
    sight: Sight<'_>,
) -> Result<Projections, ReadError> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = threads.min(THREADS_MAX);
    let mut gathered = Projections::default();
    let mut pieces = pieces(range);
    loop {
        let mut batch: Vec<_> = pieces.by_ref().take(threads).collect();
        let Some(last) = batch.pop() else {
            return Ok(gathered);
        };
        std::thread::scope(|scope| {
            let others: Vec<_> = batch
                .into_iter()
                .map(|piece| scope.spawn(move || state_of(cell, store, piece, sight)))
                .collect();
            let last = state_of(cell, store, last, sight);
            for other in others {
                match other.join() {
                    Ok(state) => gathered.absorb(state?),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            gathered.absorb(last?);
            Ok::<_, ReadError>(())
        })?;
    }
}

/// A range cut where segments begin.
fn pieces(range: Range<u64>) -> impl Iterator<Item = Range<u64>> {
    let mut next = range.start;
    std::iter::from_fn(move || {
        let start = next;
        next = segment_at(start_of(start)).end.min(range.end);
        (start < range.end).then_some(start..next)
    })
}

fn state_of(
    cell: &LedgerState,
    store: &dyn Store,
    piece: Range<u64>,
    sight: Sight<'_>,
) -> Result<Projections, ReadError> {
    let is_closed = matches!(sight, Sight::Closed);
    if is_closed
        && piece == segment_at(start_of(piece.start))
        && let Some(state) = stored(cell, store, &piece)?
    {
        return Ok(state);
    }
    fold(cell, store, piece, sight)
}

/// The stored state of a segment, if it is one of this build's folds.
fn stored(
    cell: &LedgerState,
    store: &dyn Store,
    segment: &Range<u64>,
) -> Result<Option<Projections>, StoreError> {
    let mut found = None;
    store.states(
        cell.id,
        segment.start..segment.start + 1,
        &mut |run, state| {
            if run == *segment {
                found = Projections::decode(state).ok();
            }
            ControlFlow::Break(())
        },
    )?;
    // Of other records, it would be nobody's.
    let ends = (segment.start, segment.end - 1);
    Ok(found.filter(|state| state.ends() == Some(ends)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fold_that_panics_is_an_error_of_its_segment() {
        let failed = survived::<()>(7, || panic!("at what a client sent"));
        assert!(matches!(
            failed,
            Err(ReadError::Damaged { sequence: 7, .. })
        ));
        assert!(matches!(survived(7, || Ok(1)), Ok(1)));
    }

    #[test]
    fn ranges_are_cut_where_segments_begin() {
        const N: u64 = PROJECTION_SEGMENT_RECORDS;
        let ends = |piece: Range<u64>| (piece.start, piece.end);
        let cut = |range| pieces(range).map(ends).collect::<Vec<_>>();
        assert_eq!(cut(5..5), []);
        assert_eq!(cut(5..9), [(5, 9)]);
        assert_eq!(cut(0..N), [(0, N)]);
        assert_eq!(
            cut(N - 1..2 * N + 1),
            [(N - 1, N), (N, 2 * N), (2 * N, 2 * N + 1)]
        );
    }
}
