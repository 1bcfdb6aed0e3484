//! Where appended events are.

use indelible_evidence::hash::ChainHash;

/// Where one event stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Acknowledgement {
    /// The record's sequence number.
    pub sequence: u64,
    /// When it was recorded, nanoseconds since 1970 UTC.
    pub time: u64,
    /// The chain hash at the record.
    pub chain: ChainHash,
    /// A size at which a durable signed checkpoint covers it.
    pub tree_size: u64,
    /// Body and payload were erased since, so that a repeat's content could not be compared.
    pub erased: bool,
}

/// Consecutive records of one commit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NewRange {
    /// Sequence number of the first.
    pub first: u64,
    /// How many.
    pub count: u32,
    /// When they were recorded, nanoseconds since 1970 UTC.
    pub time: u64,
    /// The chain hash at the last.
    pub chain: ChainHash,
    /// A size at which a durable signed checkpoint covers them.
    pub tree_size: u64,
}

/// Where the events of one append are, or will be.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Placement {
    /// The events that are new, in the order in which they were given.
    pub new: Option<NewRange>,
    /// The repeats: index among the events given, and the first acknowledgement.
    pub repeats: Vec<(u32, Acknowledgement)>,
}
