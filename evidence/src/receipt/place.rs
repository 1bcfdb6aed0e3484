//! A record at its place: what a receipt's own headers, its proof and its signer say of the record that can stand there.

use crate::checkpoint::{Checkpoint, verify_epoch_lines};
use crate::hash::TreeHash;
use crate::header::{Header, RecordKind};
use crate::key_event::{EpochCertificate, Revocation};
use crate::note::SignedNote;
use crate::tree::root_before;
use crate::verify::Statement;

use super::error::ReceiptError;
use super::lineage::{Lineage, Shown, ShownHeader};
use super::verdict::CheckpointSigner;

/// The record of a receipt, with what proves it.
pub(super) struct RecordPlace<'a> {
    pub(super) shown: &'a Shown<'a>,
    pub(super) lineage: &'a Lineage,
    pub(super) checkpoint: &'a Checkpoint,
    pub(super) note: &'a SignedNote,
    pub(super) proof: &'a [TreeHash],
}

fn refused(problem: impl Into<String>) -> ReceiptError {
    let problem = problem.into();
    ReceiptError::OutOfPlace { problem }
}

/// Which kinds of records can stand at the record's place.
pub(super) fn verify_kind(shown: &Shown<'_>) -> Result<(), ReceiptError> {
    let ShownHeader { header, bytes } = shown.record();
    let (sequence, kind) = (header.sequence, &header.kind);
    if (sequence == 0) != matches!(kind, RecordKind::Genesis(_)) {
        return Err(refused("record 0, and no other, must be a genesis"));
    }
    let is_epoch = matches!(kind, RecordKind::Epoch(_));
    if sequence == 1 && !is_epoch {
        return Err(refused("record 1 must be an epoch's certificate"));
    }
    let follows = |other: &ShownHeader<'_>| sequence == other.header.sequence.saturating_add(1);
    if !is_epoch && shown.lineage().any(follows) {
        let problem = "the record after a new identity must be an epoch's certificate";
        return Err(refused(problem));
    }
    let is_shown = shown.lineage().any(|other| other.bytes == *bytes);
    if !matches!(kind, RecordKind::Identity(_)) || is_shown {
        return Ok(());
    }
    let certificate = shown.certificate().map(|shown| shown.header.sequence);
    Err(match certificate.filter(|first| *first < sequence) {
        Some(first) => ReceiptError::EndsEpoch {
            index: sequence,
            first,
        },
        None => refused("it introduces an identity that the receipt does not show"),
    })
}

impl RecordPlace<'_> {
    /// Holds the record to all that its place says of it.
    pub(super) fn verify(&self, signer: &CheckpointSigner) -> Result<(), ReceiptError> {
        if let CheckpointSigner::Epoch { first, .. } = *signer {
            self.verify_epoch(first)?;
        }
        self.verify_headers()?;
        match self.lineage.stated() {
            Some(Statement::Epoch { root, .. }) => {
                self.verify_root(root)?;
                self.verify_own_lines()
            }
            Some(Statement::Revocation(revocation)) => self.verify_revocation(revocation, signer),
            _ => Ok(()),
        }
    }

    /// A holder of an epoch key can sign any tree: it can't vouch for what came before the epoch, and neither is
    /// what ended it. The first epoch's commit has genesis as well, which the identity signed.
    fn verify_epoch(&self, first: u64) -> Result<(), ReceiptError> {
        let ShownHeader { header, bytes } = self.shown.record();
        let index = header.sequence;
        if index < first && first != 1 {
            return Err(ReceiptError::BeforeEpoch { index, first });
        }
        let own = self.shown.certificate();
        let is_own = own.is_some_and(|own| own.bytes == *bytes);
        // An identity can't be there either: it would be one that is shown, and then the certificate comes after it.
        match header.kind {
            RecordKind::Epoch(_) if !is_own => Err(ReceiptError::EndsEpoch { index, first }),
            _ => Ok(()),
        }
    }

    /// No two of the headers at hand contradict each other: with the sequence number, time never decreases, and each
    /// names no older key event than the newest that is shown to be before it.
    fn verify_headers(&self) -> Result<(), ReceiptError> {
        let mut all: Vec<_> = self.shown.all().map(|shown| &shown.header).collect();
        all.sort_by_key(|header| header.sequence);
        let (mut newest, mut before) = (0, None);
        for header in all {
            let Header {
                sequence,
                time,
                prior_key_event: prior,
                ..
            } = *header;
            if let Some(before) = before.replace((sequence, time))
                && before.1 > time
            {
                let problem = format!(
                    "the time of record {sequence} is less than that of record {}",
                    before.0
                );
                return Err(refused(problem));
            }
            // What follows at once is not before itself.
            let least = newest.min(sequence.saturating_sub(1));
            if prior < least || !header.names_a_record_before() {
                let problem = format!(
                    "record {sequence} can't have record {prior} as the newest key event before it"
                );
                return Err(refused(problem));
            }
            newest = match header.kind {
                // What introduces an identity is followed by a certificate, which is a key event, too.
                RecordKind::Genesis(_) | RecordKind::Identity(_) => sequence.saturating_add(1),
                _ if header.is_key_event() => sequence,
                _ => newest,
            };
        }
        Ok(())
    }

    /// The lines of an epoch's key, if the record is its certificate: where the key may sign a checkpoint of that size,
    /// a line of it that does not verify makes the checkpoint invalid, whoever else signed.
    fn verify_own_lines(&self) -> Result<(), ReceiptError> {
        let signed = self.shown.record().header.kind.statement();
        let Some(signed) = signed.filter(|_| self.lineage.signs_verifiably()) else {
            return Ok(());
        };
        let own = EpochCertificate::decode(signed.statement).map_err(ReceiptError::Record)?;
        if self.checkpoint.size <= own.last {
            verify_epoch_lines(self.note, &own)?;
        }
        Ok(())
    }

    /// The tree before a record is what lies to its left in the proof.
    fn verify_root(&self, bound: &TreeHash) -> Result<(), ReceiptError> {
        let (index, size) = (self.shown.record().header.sequence, self.checkpoint.size);
        if root_before(index, size, self.proof) == Some(*bound) {
            return Ok(());
        }
        Err(refused(
            "the root in the certificate is not the root of the tree before it",
        ))
    }

    fn verify_revocation(
        &self,
        revocation: &Revocation,
        signer: &CheckpointSigner,
    ) -> Result<(), ReceiptError> {
        let identities = self.lineage.identities();
        let identity = identities.at(self.shown.record().header.sequence);
        if identity.keys().contains(&revocation.key) {
            return Err(refused(
                "it revokes the identity that is in force at this record",
            ));
        }
        let CheckpointSigner::Epoch { .. } = signer else {
            return Ok(());
        };
        let certificate = self.shown.certificate();
        let certificate = certificate.and_then(|shown| shown.header.kind.statement());
        let signed = certificate.map(|signed| EpochCertificate::decode(signed.statement));
        let signed = signed.transpose().map_err(ReceiptError::Record)?;
        let is_signers = signed.is_some_and(|signed| revocation.key == signed.key.into());
        if is_signers && revocation.size < self.checkpoint.size {
            let problem =
                "it revokes, from a smaller size on, the key that signed the receipt's checkpoint";
            return Err(refused(problem));
        }
        Ok(())
    }
}
