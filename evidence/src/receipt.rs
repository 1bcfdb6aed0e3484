//! Receipts: that one record is in the ledger, as a C2SP `tlog-proof`.

mod contents;
mod error;
mod extra;
mod lineage;
mod parts;
mod place;
mod text;
mod verdict;

use crate::chain::ChainHasher;
use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::hash::ChainHash;
use crate::note::VerifierKey;
use crate::origin::Origin;
use crate::record_file::RecordFile;
use crate::tree::{leaf_hash, root_from_inclusion};

use self::lineage::{Lineage, Shown};
use self::parts::Readable;
use self::place::RecordPlace;

pub use self::contents::Receipt;
pub use self::error::{ReceiptError, ReceiptFailure};
pub use self::verdict::{CheckpointSigner, PartVerdict, ReceiptVerdict};

impl Receipt {
    /// Verifies the receipt for a record under the pinned key. The identity that signed is that key, or one to which the
    /// receipt's own identities lead from it.
    pub fn verify(
        &self,
        record: &RecordFile,
        key: &VerifierKey,
    ) -> Result<ReceiptVerdict, ReceiptError> {
        // What can't be decoded is malformed, whatever else is wrong.
        let shown = Shown::decode(self, record)?;
        let header = &shown.record().header;
        let origin = Origin::parse(key.name()).map_err(CheckpointError::from)?;
        let readable = Readable::open(header, record, &origin)?;
        let body = readable.decode_body()?;
        if header.sequence != self.index {
            let (receipt, record) = (self.index, header.sequence);
            return Err(ReceiptError::OtherRecord { receipt, record });
        }
        place::verify_kind(&shown)?;
        let lineage = Lineage::follow(&shown, key)?;
        let (checkpoint, signer) = lineage.verify_checkpoint(&self.checkpoint, &shown)?;
        let chain = self.verify_inclusion(record, &checkpoint)?;
        let place = RecordPlace {
            shown: &shown,
            lineage: &lineage,
            checkpoint: &checkpoint,
            note: &self.checkpoint,
            proof: &self.proof,
        };
        place.verify(&signer)?;
        let parts = readable.judge(header, record, &origin, body.as_ref())?;
        let unknown: Vec<_> = lineage.identities().unknown_types().collect();
        if !unknown.is_empty() {
            return Err(ReceiptError::Unjudged(unknown));
        }
        let sequence = header.sequence;
        let (plain_body, opened_payload) = readable.into_plain();
        Ok(ReceiptVerdict {
            sequence,
            chain,
            checkpoint,
            signer,
            body: parts.body,
            payload: parts.payload,
            plain_body,
            opened_payload,
            producer: parts.producer,
            rotations: lineage.identities().introductions().collect(),
            unsigned_places: lineage.unsigned_places().to_vec(),
        })
    }

    /// Whether the record, linked to the chain, is in the checkpoint's tree; then its chain hash.
    fn verify_inclusion(
        &self,
        record: &RecordFile,
        checkpoint: &Checkpoint,
    ) -> Result<ChainHash, ReceiptError> {
        if self.index == 0 && self.previous != ChainHasher::start(&checkpoint.origin) {
            return Err(ReceiptError::Start);
        }
        let chain = ChainHasher::new().link(&self.previous, &record.header);
        let leaf = leaf_hash(&chain);
        let root = root_from_inclusion(&leaf, self.index, checkpoint.size, &self.proof);
        if root == Some(checkpoint.root) {
            Ok(chain)
        } else {
            Err(ReceiptError::NotIncluded)
        }
    }
}

#[cfg(test)]
mod tests;
