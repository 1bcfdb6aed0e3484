//! Which records a question is about: all of them, a range of sequence numbers, or a period of recorded time.

use indelible_evidence::bundle::Selection as BundleSelection;
use indelible_store::Store;

use crate::{
    read::query::{first_at, recorded_time},
    state::{error::ReadError, no_records::NoRecords, shared::LedgerState},
};

/// Between which bounds records are selected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Selection {
    /// All of them.
    #[default]
    Whole,
    /// From a sequence number up to another; none means the end.
    Range {
        /// The first.
        from: u64,
        /// One past the last.
        to: Option<u64>,
    },
    /// Recorded in a period, nanoseconds since 1970 UTC; none means until now.
    Period {
        /// From this time on.
        from: u64,
        /// Up to but not including this time.
        to: Option<u64>,
    },
}

/// Which records of the ledger a question is about, and as of when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RecordSelection {
    /// Between which bounds.
    pub bounds: Selection,
    /// Only records that were there when the ledger had this size; none means as of now.
    pub as_of: Option<u64>,
}

impl From<Selection> for RecordSelection {
    fn from(bounds: Selection) -> Self {
        let as_of = None;
        Self { bounds, as_of }
    }
}

/// Whether all that a selection asks for lies below a size: one without an end asks for everything there is.
pub(crate) fn is_covered(
    cell: &LedgerState,
    store: &dyn Store,
    selection: Selection,
    size: u64,
) -> Result<bool, ReadError> {
    let all = cell.size();
    Ok(match selection {
        Selection::Range { to: Some(to), .. } => to <= size,
        Selection::Period { to: Some(to), .. } => first_at(cell, store, Some(to), 0, all)? <= size,
        Selection::Whole
        | Selection::Range { to: None, .. }
        | Selection::Period { to: None, .. } => size == all,
    })
}

/// The bounds of a selection.
pub(crate) fn resolve(
    cell: &LedgerState,
    store: &dyn Store,
    selection: Selection,
    size: u64,
) -> Result<(BundleSelection, u64, u64), ReadError> {
    let (from, to) = match selection {
        Selection::Whole => return Ok((BundleSelection::Whole, 0, size)),
        Selection::Range { from, to } => (from, to.unwrap_or(size)),
        Selection::Period { from, to } => {
            let first = first_at(cell, store, Some(from), 0, size)?;
            let end = if to.is_some() {
                first_at(cell, store, to, first, size)?
            } else {
                size
            };
            if first >= end {
                return Err(nothing_in_period(cell, store, (from, to), size)?.into());
            }
            (first, end)
        }
    };
    if from >= to || to > size {
        return Err(NoRecords::InRange { from, to, size }.into());
    }
    Ok((BundleSelection::Range { from, to }, from, to))
}

/// Why a period has no record, with the times between which there are some.
fn nothing_in_period(
    cell: &LedgerState,
    store: &dyn Store,
    (from, to): (u64, Option<u64>),
    size: u64,
) -> Result<NoRecords, ReadError> {
    let recorded = match size.checked_sub(1) {
        Some(last) => Some([
            recorded_time(cell, store, 0)?,
            recorded_time(cell, store, last)?,
        ]),
        None => None,
    };
    Ok(NoRecords::InPeriod {
        from,
        to,
        size,
        recorded,
    })
}
