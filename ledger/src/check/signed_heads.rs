//! The signed heads that a start compares a stored tree with: the published checkpoint, the head's own, and the
//! anchor's.

use indelible_evidence::{
    checkpoint::{Checkpoint, verify_epoch, verify_identity},
    hash::TreeHash,
    header::{Header, RecordKind},
    key_event::EpochCertificate,
    note::{SignedNote, VerifierKey},
    tree::root_at,
    verdict::FindingCode as Evidence,
};
use indelible_store::{Head, Store, anchor::AnchorEntry, record::StoredRecord};

use crate::{
    check::finding::{Finding, FindingCode},
    read::nodes::Nodes,
    state::{
        register::{Registered, Witness},
        shared::{LedgerState, Published},
    },
};

/// Holds the stored checkpoint under the identity key against the stored tree once more, while the ledger is in use.
///
/// # Errors
/// If it is not a checkpoint of this tree.
pub(crate) fn published_again(store: &dyn Store, ledger: &LedgerState) -> Result<(), Finding> {
    let Some(text) = store.published(ledger.id)? else {
        return Ok(());
    };
    // Later than the checkpoint, so that it is no smaller.
    let head = ledger.committed().head.clone();
    let heads = SignedHeads {
        store,
        ledger,
        head: &head,
    };
    heads.as_published(&text).map(drop)
}

/// Holds the stored tree against what the register says of it, while the ledger is in use.
///
/// # Errors
/// If records are missing, or are not those that were signed.
pub(crate) fn registered_too(
    store: &dyn Store,
    ledger: &LedgerState,
    witness: &Witness,
) -> Result<(), Finding> {
    let head = ledger.committed().head.clone();
    let heads = SignedHeads {
        store,
        ledger,
        head: &head,
    };
    heads.registered(witness)
}

/// Compares one ledger's stored tree with what was signed for it.
pub(crate) struct SignedHeads<'a> {
    pub(crate) store: &'a dyn Store,
    pub(crate) ledger: &'a LedgerState,
    pub(crate) head: &'a Head,
}

impl SignedHeads<'_> {
    /// The size of the last checkpoint under the identity key, which must be of this tree.
    pub(crate) fn published(&self) -> Result<u64, Finding> {
        match self.store.published(self.ledger.id)? {
            Some(text) => self.as_published(&text),
            None => Ok(0),
        }
    }

    /// The same of a checkpoint that was read before.
    fn as_published(&self, text: &str) -> Result<u64, Finding> {
        let fault = |code: Evidence, what: String| {
            Finding::new(code, format!("the published checkpoint: {what}"))
        };
        let note = SignedNote::parse(text.as_bytes())
            .map_err(|error| fault(Evidence::CheckpointForm, error.to_string()))?;
        let identity = self.identity_of(&note).ok_or_else(|| {
            let detail = "the identity's key is of a type that this version does not know";
            fault(Evidence::CheckpointSignature, detail.to_owned())
        })?;
        let verified = verify_identity(&note, &identity)
            .map_err(|error| fault(Evidence::CheckpointSignature, error.to_string()))?;
        let size = verified.checkpoint.size;
        if !self.ledger.keys().identities().trusted_at(size) {
            // Its signature counts for nothing, so everything is verified again.
            return Ok(0);
        }
        if size > self.head.size {
            let witness = "a checkpoint under the identity key";
            return Err(Finding::missing(self.head.size, size, witness));
        }
        if self.root_at(size)? != verified.checkpoint.root {
            let detail = format!(
                "the stored tree is not the one that the identity key signed at size {size}"
            );
            return Err(Finding::new(FindingCode::HistoryMismatch, detail));
        }
        self.ledger.publish(Published { size, note });
        Ok(size)
    }

    /// The head's own checkpoint must be signed, by the identity key or by a certified epoch.
    pub(crate) fn own(&self) -> Result<(), Finding> {
        let fault = |code: FindingCode, what: String| {
            Finding::new(code, format!("the head's checkpoint: {what}"))
        };
        let unsigned = |what: String| fault(Evidence::CheckpointSignature.into(), what);
        let note = SignedNote::parse(self.head.checkpoint.as_bytes())
            .map_err(|error| fault(Evidence::CheckpointForm.into(), error.to_string()))?;
        let identity = self.identity_of(&note);
        let by_identity = identity.and_then(|key| verify_identity(&note, &key).ok());
        let checkpoint = match by_identity {
            Some(verified) => verified.checkpoint,
            None => {
                let certificate = self
                    .certificate(&note)
                    .map_err(|finding| fault(finding.code, finding.to_string()))?;
                let key = certificate.key.as_bytes();
                if !self.ledger.keys().signing().trusts(key, self.head.size) {
                    return Err(unsigned("the epoch key that signed it is revoked".into()));
                }
                verify_epoch(&note, &certificate).map_err(|error| unsigned(error.to_string()))?
            }
        };
        if checkpoint.origin != *self.ledger.origin()
            || checkpoint.size != self.head.size
            || checkpoint.root != self.head.root
        {
            let detail = "it is a checkpoint of another tree";
            return Err(fault(FindingCode::HeadMismatch, detail.to_owned()));
        }
        Ok(())
    }

    /// The certificate of the epoch that signed a checkpoint.
    fn certificate(&self, note: &SignedNote) -> Result<EpochCertificate, Finding> {
        let first = note
            .signatures
            .iter()
            .find_map(|line| line.name.rsplit_once('#')?.1.parse::<u64>().ok())
            .ok_or_else(|| Finding::new(Evidence::CheckpointSignature, "no epoch has signed it"))?;
        let damaged = |what: String| Finding::of_record(FindingCode::RecordDamaged, first, what);
        let value = self.store.record(self.ledger.id, first)?;
        let value = value.ok_or_else(|| damaged("the epoch certificate is missing".into()))?;
        let stored = StoredRecord::decode(&value).map_err(|error| damaged(error.to_string()))?;
        let header = Header::decode(stored.header).map_err(|error| damaged(error.to_string()))?;
        let invalid = |what: String| Finding::of_record(Evidence::CertificateInvalid, first, what);
        match header.kind {
            RecordKind::Epoch(signed) => {
                let identity = self.ledger.keys().identities().at(first).clone();
                EpochCertificate::verify(&signed, &identity)
                    .map_err(|error| invalid(error.to_string()))
            }
            _ => Err(invalid("it is not an epoch certificate".into())),
        }
    }

    /// The stored tree's root at the anchor's size must be the anchor's. Returns that size.
    pub(crate) fn anchor(
        &self,
        anchor: Result<Option<AnchorEntry>, Finding>,
    ) -> Result<u64, Finding> {
        let entry = anchor?.ok_or_else(|| {
            let detail = "the anchor knows nothing of this ledger";
            Finding::new(FindingCode::AnchorUnusable, detail)
        })?;
        if entry.size > self.head.size {
            return Err(Finding::missing(self.head.size, entry.size, "the anchor"));
        }
        if self.root_at(entry.size)? != entry.root {
            let detail = format!(
                "the stored history is not the acknowledged one: at size {} its root is not the anchor's",
                entry.size
            );
            return Err(Finding::new(FindingCode::HistoryMismatch, detail));
        }
        Ok(entry.size)
    }

    /// The stored tree's root at the register's size must be the register's.
    pub(crate) fn registered(&self, witness: &Witness) -> Result<(), Finding> {
        let Registered { size, root } = witness.held;
        if size > self.head.size {
            return Err(Finding::missing(self.head.size, size, &witness.register));
        }
        if self.root_at(size)? != root {
            let detail = format!(
                "the stored history is not the one that was signed: at size {size} its root is not the one in {}",
                witness.register
            );
            return Err(Finding::new(FindingCode::HistoryMismatch, detail));
        }
        Ok(())
    }

    /// Who must have signed a checkpoint of its size.
    fn identity_of(&self, note: &SignedNote) -> Option<VerifierKey> {
        let size = Checkpoint::parse_text(&note.text).map_or(0, |checkpoint| checkpoint.size);
        self.ledger.keys().verifier_key_at(size)
    }

    fn root_at(&self, size: u64) -> Result<TreeHash, Finding> {
        let mut nodes = Nodes::new(self.ledger, self.store);
        Ok(root_at(size, |node| nodes.node(node))?)
    }
}
