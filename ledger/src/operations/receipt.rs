//! Receipts: a record's place in a signed tree, and what leads from the pinned key to the key that signed.

use indelible_evidence::{
    header::{Header, RecordKind},
    note::SignedNote,
    receipt::{Receipt, ReceiptError},
    record_file::RecordFile,
    tree::inclusion_proof,
};

use crate::{
    core::Ledger,
    read::{nodes::Nodes, record},
    state::{error::ReadError, quarantine::on_damage},
};

/// Headers that lead from the pinned key to a later identity: genesis, and the records that introduced identities.
type Lineage = (Option<Vec<u8>>, Vec<Vec<u8>>);

impl Ledger {
    /// A receipt for a record, the record itself, and whether the receipt is provisional: then only an epoch
    /// key vouches for its checkpoint.
    ///
    /// # Errors
    /// If there is no such record, or it or what proves it is damaged: then the ledger goes into quarantine.
    pub fn receipt(&self, sequence: u64) -> Result<(Receipt, RecordFile, bool), ReadError> {
        on_damage(&self.cell, self.proven(sequence))
    }

    fn proven(&self, sequence: u64) -> Result<(Receipt, RecordFile, bool), ReadError> {
        let view = self.record(sequence)?;
        let (checkpoint, size) = match self.cell.published() {
            Some(published) if published.size > sequence => {
                (published.note.clone(), published.size)
            }
            _ => self.committed()?,
        };
        let identity = self.cell.keys().verifier_key_at(size);
        let identity = identity.ok_or(ReadError::NotPublished)?;
        let by_identity = checkpoint.lines_of(&identity).next().is_some();
        let certificate = if by_identity {
            None
        } else {
            self.certificate(&checkpoint)?
        };
        let provisional = !by_identity;
        let mut nodes = Nodes::new(&self.cell, &*self.core.store);
        let proof = inclusion_proof(sequence, size, |node| nodes.node(node))?;
        let previous = record::chain_before(&self.cell, &*self.core.store, sequence)?;
        let (genesis, identities) = self.identities_until(size)?;
        let receipt = Receipt {
            previous,
            certificate,
            genesis,
            identities,
            index: sequence,
            proof,
            checkpoint,
        };
        let record = view.record_file();
        self.judge(&receipt, &record, provisional)?;
        Ok((receipt, record, provisional))
    }

    /// Withholds a receipt that a verifier would refuse.
    ///
    /// - An epoch key can't vouch for what came before its epoch, nor for records that end the epoch before them; the
    ///   identity key does so a moment later.
    /// - A proof that does not lead from the record to the root comes from a tile or a record that was altered, and a
    ///   moment changes nothing about that.
    fn judge(
        &self,
        receipt: &Receipt,
        record: &RecordFile,
        provisional: bool,
    ) -> Result<(), ReadError> {
        match receipt.verify(record, &self.cell.verifier_key) {
            Ok(_) => Ok(()),
            Err(error) if provisional && !is_damage(&error) => Err(ReadError::NotPublished),
            Err(error) => Err(ReadError::Damaged {
                sequence: receipt.index,
                what: format!("its receipt does not verify: {error}"),
            }),
        }
    }

    /// What leads from the pinned key to the identity at a size: genesis, and the headers of the records that introduced
    /// the later ones.
    fn identities_until(&self, size: u64) -> Result<Lineage, ReadError> {
        let introductions: Vec<_> = {
            let keys = self.cell.keys();
            let all = keys.identities().introductions();
            all.filter(|at| *at < size).collect()
        };
        let header = |sequence| {
            let view = record::unlinked_record(&self.cell, &*self.core.store, sequence)?;
            Ok::<_, ReadError>(view.stored().header.to_vec())
        };
        let genesis = (!introductions.is_empty()).then(|| header(0)).transpose()?;
        let identities = introductions.into_iter().map(header);
        Ok((genesis, identities.collect::<Result<_, _>>()?))
    }

    /// The header of the certificate whose epoch signed a checkpoint.
    fn certificate(&self, checkpoint: &SignedNote) -> Result<Option<Vec<u8>>, ReadError> {
        let epoch = checkpoint
            .signatures
            .iter()
            .find_map(|line| line.name.rsplit_once('#')?.1.parse().ok());
        epoch
            .map(|first| {
                let view = self.record(first)?;
                match view.header() {
                    Header {
                        kind: RecordKind::Epoch(_),
                        ..
                    } => Ok(view.stored().header.to_vec()),
                    _ => Err(ReadError::Damaged {
                        sequence: first,
                        what: "it is not an epoch certificate".into(),
                    }),
                }
            })
            .transpose()
    }
}

/// Whether a receipt can't hold whoever signs the checkpoint.
fn is_damage(error: &ReceiptError) -> bool {
    matches!(
        error,
        ReceiptError::NotIncluded
            | ReceiptError::Start
            | ReceiptError::Record(_)
            | ReceiptError::OtherRecord { .. }
    )
}
