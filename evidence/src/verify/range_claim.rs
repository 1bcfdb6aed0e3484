//! What the file `range` gives to go on from.

use crate::hash::{ChainHash, TreeHash};
use crate::tree::{Frontier, NodeId};

/// What the file gives to go on from.
#[derive(Debug)]
pub(super) struct RangeClaim {
    /// The chain hash before the first record.
    pub(super) previous: ChainHash,
    /// The tree before it.
    pub(super) left: Frontier,
    /// The subtrees after the last record.
    pub(super) right: Vec<(NodeId, TreeHash)>,
    /// The time before the first record.
    pub(super) time: u64,
    /// The newest key event before it.
    pub(super) newest_key_event: Option<u64>,
    /// What the record after the last must agree with.
    pub(super) after: Option<AfterRange>,
}

/// The record that follows a range.
#[derive(Clone, Copy, Debug)]
pub(super) struct AfterRange {
    /// The chain hash at the range's last record.
    pub(super) previous: ChainHash,
    /// When it was recorded.
    pub(super) time: u64,
}
