//! A checkpoint of the ledger that its user knows from before.

use crate::bundle::manifest::SIZE_MIN;
use crate::checkpoint::{
    Checkpoint, CheckpointError, epoch_key_name, verify_identity, verify_lines,
};
use crate::key_event::PublicKey;
use crate::note::{NoteError, SignatureType, SignedNote, VerifierKey};

use super::identities::Identities;

/// A checkpoint of the ledger that its user knows from before. Which identity must have signed it depends on its
/// size, and so only the ledger's own key events tell whether it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownHead {
    checkpoint: Checkpoint,
    note: SignedNote,
}

/// Why a note can't serve as a known head.
#[derive(Debug, thiserror::Error)]
pub enum KnownHeadError {
    /// It is not a signed note.
    #[error("the known head is not a signed note: {0}")]
    Note(#[from] NoteError),
    /// It is not a checkpoint.
    #[error("the known head is not a checkpoint: {0}")]
    Checkpoint(#[from] CheckpointError),
    /// It is a checkpoint of another ledger.
    #[error("the known head belongs to {found}, but the pinned key belongs to {expected}")]
    OtherOrigin {
        /// The pinned key's name.
        expected: String,
        /// The ledger that it is of.
        found: String,
    },
}

impl KnownHead {
    /// Reads a note. It must be a checkpoint of the pinned key's ledger; whether it holds as a known head the key
    /// events of a bundle say.
    pub fn parse(note: &[u8], key: &VerifierKey) -> Result<Self, KnownHeadError> {
        let note = SignedNote::parse(note)?;
        let checkpoint = Checkpoint::parse_text(&note.text)?;
        if checkpoint.origin.as_str() != key.name() {
            return Err(KnownHeadError::OtherOrigin {
                expected: key.name().to_owned(),
                found: checkpoint.origin.as_str().to_owned(),
            });
        }
        Ok(Self { checkpoint, note })
    }

    /// The checkpoint.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// Whether a line of an epoch's key does not verify: that makes the checkpoint invalid, whatever others say.
    pub(super) fn is_spoilt_by(&self, first: u64, key: &PublicKey) -> bool {
        let name = epoch_key_name(&self.checkpoint.origin, first);
        // Without a line of that name there is nothing to verify, and there are many epochs.
        if !self.note.signatures.iter().any(|line| line.name == name) {
            return false;
        }
        let key = VerifierKey::of_public_key(&name, SignatureType::Ed25519, *key);
        key.is_ok_and(|key| verify_lines(&self.note, &key).is_err())
    }

    /// Why it does not hold as a known head, if it does not. `spoilt` is the epoch one of whose lines does not verify.
    pub(super) fn check(&self, identities: &Identities, spoilt: Option<u64>) -> Result<(), String> {
        let size = self.checkpoint.size;
        let problem = if size < SIZE_MIN {
            "has a size that no ledger signs".to_owned()
        } else if let Some(first) = spoilt {
            format!("has a line by the epoch key of record {first} that does not verify")
        } else if !identities.trusted_at(size) {
            "has a size beyond the one at which the key events revoke its identity".to_owned()
        } else {
            let key = identities.at(size).verifier_key();
            let Some(key) = key else {
                return Err(missing(
                    size,
                    "belongs to an identity whose first key has a type that this verifier does not know",
                ));
            };
            match verify_identity(&self.note, key) {
                Ok(_) => return Ok(()),
                Err(_) => "is not signed by the identity that the key events give for that size"
                    .to_owned(),
            }
        };
        Err(missing(size, &problem))
    }
}

fn missing(size: u64, problem: &str) -> String {
    format!("a known head that a trusted identity signed: the one of size {size} {problem}")
}
