//! What an anchor says of one ledger.

use indelible_evidence::{ChainHash, TreeHash};

/// How far a ledger has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnchorEntry {
    /// The number of records; 0 before genesis.
    pub size: u64,
    /// The tree's root at that size.
    pub root: TreeHash,
    /// The chain hash there.
    pub chain: ChainHash,
    /// The signed note, at most [`ANCHOR_NOTE_BYTES_MAX`](super::ANCHOR_NOTE_BYTES_MAX) bytes; empty before
    /// genesis.
    pub checkpoint: String,
}

/// One of a ledger's two slots that was written and can't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnreadableSlot {
    /// The older one, as far as can be read: nothing of it is needed.
    Older,
    /// A crash tore it while the entry after the newest was written, so that the store, which comes first, is ahead of that;
    /// or it was damaged, and then it may have held a newer entry.
    PerhapsNewer,
}
