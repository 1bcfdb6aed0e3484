//! Receipts: that one record is in the ledger, as a C2SP `tlog-proof`.

mod error;
mod extra;
mod lineage;
mod parts;
mod place;
mod text;

use crate::chain::ChainHasher;
use crate::checkpoint::Checkpoint;
use crate::hash::{ChainHash, TreeHash};
use crate::header::Header;
use crate::note::{SignedNote, VerifierKey};
use crate::record_file::RecordFile;
use crate::tree::{leaf_hash, root_from_inclusion};

use self::lineage::Lineage;
use self::parts::Parts;

pub use self::error::{ReceiptError, ReceiptFailure};

/// A receipt, parsed; nothing is verified by that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The chain hash before the record.
    pub previous: ChainHash,
    /// The header of the certificate that vouches for the checkpoint's epoch line; only while the
    /// checkpoint has no identity line.
    pub certificate: Option<Vec<u8>>,
    /// The header of genesis; exactly if there are identities.
    pub genesis: Option<Vec<u8>>,
    /// The headers of the identity records, oldest first, up to the identity that signed the checkpoint or the
    /// certificate; none while that is the pinned key.
    pub identities: Vec<Vec<u8>>,
    /// The record's sequence number.
    pub index: u64,
    /// The inclusion proof, from the leaf's sibling up.
    pub proof: Vec<TreeHash>,
    /// The checkpoint.
    pub checkpoint: SignedNote,
}

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

impl Receipt {
    /// Verifies the receipt for a record under the pinned key. The identity that signed is that key, or one to which the
    /// receipt's own identities lead from it.
    pub fn verify(
        &self,
        record: &RecordFile,
        key: &VerifierKey,
    ) -> Result<ReceiptVerdict, ReceiptError> {
        // What can't be decoded is malformed, whatever else is wrong.
        let header = Header::decode(&record.header).map_err(ReceiptError::Record)?;
        let shown = lineage::Shown::decode(self)?;
        if header.sequence != self.index {
            let (receipt, record) = (self.index, header.sequence);
            return Err(ReceiptError::OtherRecord { receipt, record });
        }
        let lineage = Lineage::follow(&shown, key)?;
        let (checkpoint, signer) = lineage.verify_checkpoint(&self.checkpoint, &shown)?;
        if self.index == 0 && self.previous != ChainHasher::start(&checkpoint.origin) {
            return Err(ReceiptError::Start);
        }
        let chain = ChainHasher::new().link(&self.previous, &record.header);
        let leaf = leaf_hash(&chain);
        let root = root_from_inclusion(&leaf, self.index, checkpoint.size, &self.proof);
        if root != Some(checkpoint.root) {
            return Err(ReceiptError::NotIncluded);
        }
        let before = place::RecordPlace {
            header: &header,
            bytes: &record.header,
            checkpoint: &checkpoint,
            proof: &self.proof,
        };
        let unknown = before.verify(&shown, &lineage, &signer)?;
        let parts = Parts::verify(&header, record, &checkpoint.origin)?;
        if !unknown.is_empty() {
            return Err(ReceiptError::Unjudged(unknown));
        }
        Ok(ReceiptVerdict {
            sequence: header.sequence,
            chain,
            checkpoint,
            signer,
            body: parts.body,
            payload: parts.payload,
            plain_body: parts.plain_body,
            opened_payload: parts.opened_payload,
            producer: parts.producer,
            rotations: lineage.identities().introductions().collect(),
            unsigned_places: lineage.unsigned_places().to_vec(),
        })
    }
}

#[cfg(test)]
mod tests;
