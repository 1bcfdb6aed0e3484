//! What a receipt proves.

use crate::checkpoint::Checkpoint;
use crate::hash::ChainHash;

/// What a receipt proves of its record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptVerdict {
    /// The record's sequence number.
    pub sequence: u64,
    /// The chain hash at the record.
    pub chain: ChainHash,
    /// The tree head that covers it.
    pub checkpoint: Checkpoint,
    /// Who signed the tree head.
    pub signer: CheckpointSigner,
    /// What became of the body.
    pub body: PartVerdict,
    /// What became of the payload.
    pub payload: PartVerdict,
    /// The body in plaintext, where it is held and can be read.
    pub plain_body: Option<Vec<u8>>,
    /// The payload in plaintext, where it was encrypted by the daemon and opened.
    pub opened_payload: Option<Vec<u8>>,
    /// The key of the producer whose own signature holds, where the body can be read and has one. That it was
    /// registered, no receipt shows.
    pub producer: Option<[u8; 32]>,
    /// The records that introduced the identities since genesis's, as the receipt shows them.
    pub rotations: Vec<u64>,
    /// Those of them whose places nobody signed: records of the format's first draft.
    pub unsigned_places: Vec<u64>,
}

impl ReceiptVerdict {
    /// Whether it stands on an epoch key or on a later identity, whose certificate or identity record is not shown
    /// to be in the tree.
    pub fn is_provisional(&self) -> bool {
        matches!(self.signer, CheckpointSigner::Epoch { .. }) || !self.rotations.is_empty()
    }
}

/// Whose signature vouches for a receipt's checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckpointSigner {
    /// The ledger's identity: the pinned key itself, or a later one.
    Identity {
        /// The time of its timestamped line, if there is one: seconds since 1970 UTC.
        time: Option<u64>,
    },
    /// An epoch key that the ledger's identity certified.
    Epoch {
        /// The certificate's sequence number.
        first: u64,
        /// The greatest size that the key may sign.
        last: u64,
    },
}

/// What a verifier can say of a body or payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartVerdict {
    /// The header commits to none.
    None,
    /// The header commits to one that is not here.
    Withheld,
    /// It is here as the client gave it, and matches its commitment.
    Matches,
    /// It is here as the daemon encrypted it, matches its commitment, and was not opened.
    Sealed,
    /// It is here as the daemon encrypted it, matches its commitment, and opens under the event's key.
    Opened,
}
