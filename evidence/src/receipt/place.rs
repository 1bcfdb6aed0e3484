//! A record at its place: what a receipt's own headers, its proof and its signer say of the record that can stand there.

use crate::checkpoint::Checkpoint;
use crate::hash::TreeHash;
use crate::header::{Header, RecordKind};
use crate::key_event::Revocation;
use crate::tree::root_before;
use crate::verify::{Statement, UnknownKeyType};

use super::lineage::{Lineage, Shown, ShownHeader};
use super::{CheckpointSigner, ReceiptError};

/// The record of a receipt, with what proves it.
pub(super) struct RecordPlace<'a> {
    pub(super) header: &'a Header<'a>,
    pub(super) bytes: &'a [u8],
    pub(super) checkpoint: &'a Checkpoint,
    pub(super) proof: &'a [TreeHash],
}

fn refused(problem: impl Into<String>) -> ReceiptError {
    let problem = problem.into();
    ReceiptError::OutOfPlace { problem }
}

impl RecordPlace<'_> {
    /// Holds the record to all of it, and gives the keys of unknown types that keep it from being judged.
    pub(super) fn verify(
        &self,
        shown: &Shown<'_>,
        lineage: &Lineage,
        signer: &CheckpointSigner,
    ) -> Result<Vec<UnknownKeyType>, ReceiptError> {
        if let CheckpointSigner::Epoch { first, .. } = *signer {
            self.verify_epoch(first, shown)?;
        }
        self.verify_kind(shown)?;
        self.verify_headers(shown)?;
        let mut unknown: Vec<_> = lineage.identities().unknown_types().collect();
        let event = lineage.judge(self.header);
        match event.as_ref().map(|event| &event.statement) {
            None => {}
            Some(Err(finding)) => return Err(refused(finding.detail.clone())),
            Some(Ok(Statement::Epoch { root, .. })) => self.verify_root(root)?,
            Some(Ok(Statement::Revocation(revocation))) => {
                self.verify_revocation(revocation, lineage)?
            }
            Some(Ok(Statement::Genesis(genesis))) if unknown.is_empty() => {
                let keys = genesis.identity.unknown().map(|key| UnknownKeyType {
                    signature_type: key.signature_type(),
                    sequence: 0,
                });
                unknown.extend(keys);
            }
            Some(Ok(_)) => {}
        }
        Ok(unknown)
    }

    /// Whoever has an epoch key can sign any tree: what came before the epoch is not its to vouch for, and neither is
    /// what ended it. The first epoch's commit has genesis as well, which the identity signed.
    fn verify_epoch(&self, first: u64, shown: &Shown<'_>) -> Result<(), ReceiptError> {
        let index = self.header.sequence;
        if index < first && first != 1 {
            return Err(ReceiptError::BeforeEpoch { index, first });
        }
        let own = shown
            .certificate()
            .is_some_and(|own| own.bytes == self.bytes);
        match self.header.kind {
            RecordKind::Identity(_) => Err(ReceiptError::EndsEpoch { index, first }),
            RecordKind::Epoch(_) if !own => Err(ReceiptError::EndsEpoch { index, first }),
            _ => Ok(()),
        }
    }

    /// Which kinds of records can stand there.
    fn verify_kind(&self, shown: &Shown<'_>) -> Result<(), ReceiptError> {
        let sequence = self.header.sequence;
        let kind = &self.header.kind;
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
        let is_shown = shown.lineage().any(|other| other.bytes == self.bytes);
        if matches!(kind, RecordKind::Identity(_)) && !is_shown {
            return Err(refused(
                "it introduces an identity that the receipt does not show",
            ));
        }
        Ok(())
    }

    /// No two of the headers at hand contradict each other.
    fn verify_headers(&self, shown: &Shown<'_>) -> Result<(), ReceiptError> {
        let all = || shown.all().map(|other| (&other.header, other.bytes));
        let own = (self.header, self.bytes);
        for (header, bytes) in all().chain([own]) {
            let sequence = header.sequence;
            let mut least = 0;
            for (other, other_bytes) in all().chain([own]) {
                if other.sequence == sequence && other_bytes != bytes {
                    let problem = format!("the receipt has two headers of record {sequence}");
                    return Err(refused(problem));
                }
                if other.sequence < sequence && other.time > header.time {
                    let problem = format!(
                        "the time of record {sequence} is less than that of record {}",
                        other.sequence
                    );
                    return Err(refused(problem));
                }
                if other.is_key_event() && other.sequence < sequence {
                    // What introduces an identity is followed by a certificate, which is a key event, too.
                    let introduces =
                        matches!(other.kind, RecordKind::Genesis(_) | RecordKind::Identity(_));
                    let newest = other.sequence + u64::from(introduces);
                    least = least.max(newest.min(sequence - 1));
                }
            }
            let prior = header.prior_key_event;
            if prior < least || !header.names_a_record_before() {
                let problem = format!(
                    "record {sequence} names {prior} as the newest key event before it, which that can't be"
                );
                return Err(refused(problem));
            }
        }
        Ok(())
    }

    /// The tree before a record is what lies to its left in the proof.
    fn verify_root(&self, bound: &TreeHash) -> Result<(), ReceiptError> {
        let (index, size) = (self.header.sequence, self.checkpoint.size);
        if root_before(index, size, self.proof) == Some(*bound) {
            return Ok(());
        }
        Err(refused(
            "the certificate binds another root than that of the tree before it",
        ))
    }

    fn verify_revocation(
        &self,
        revocation: &Revocation,
        lineage: &Lineage,
    ) -> Result<(), ReceiptError> {
        let identity = lineage.identities().at(self.header.sequence);
        if identity.keys().contains(&revocation.key) {
            return Err(refused("it revokes the identity of its own place"));
        }
        Ok(())
    }
}
