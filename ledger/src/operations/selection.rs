//! Which records of a ledger a question is about.

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
