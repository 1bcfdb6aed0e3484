//! What a verifier trusts. All of it comes from its user, and nothing from the bundle.

use crate::checkpoint::{Checkpoint, CheckpointError, verify_identity};
use crate::note::{NoteError, SignedNote, VerifierKey};
use crate::policy::Policy;

use super::identities::Identities;

/// How far ahead of the verifier's clock a signed time may be.
pub const CLOCK_SKEW_SECONDS_MAX: u64 = 300;

/// The user's trust.
#[derive(Clone, Debug)]
pub struct Trust {
    /// The ledger's pinned key; its name is the ledger's origin.
    pub key: VerifierKey,
    /// A checkpoint known from before.
    pub known_head: Option<KnownHead>,
    /// Which witnesses make a quorum.
    pub policy: Option<Policy>,
    /// The time now, in seconds since 1970 UTC.
    pub now: Option<u64>,
    /// The greatest age of a fresh checkpoint, in seconds.
    pub age_seconds_max: Option<u64>,
}

impl Trust {
    /// Trust in a key, and in nothing else.
    pub fn in_key(key: VerifierKey) -> Self {
        Self {
            key,
            known_head: None,
            policy: None,
            now: None,
            age_seconds_max: None,
        }
    }
}

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
    /// It is not a checkpoint of this ledger, or no identity of it can have signed it.
    #[error("the known head does not hold under the pinned key: {0}")]
    Checkpoint(#[from] CheckpointError),
}

impl KnownHead {
    /// Reads a note. It must be of the pinned key's ledger, lines of the pinned key must verify, and without any
    /// there must be a line of another key under the ledger's name, which may be that of a later identity.
    pub fn parse(note: &[u8], key: &VerifierKey) -> Result<Self, KnownHeadError> {
        let note = SignedNote::parse(note)?;
        let later = note.signatures.iter().any(|line| line.name == key.name());
        match verify_identity(&note, key) {
            Err(CheckpointError::NotSigned { .. }) if later => {}
            Err(error) => return Err(error.into()),
            Ok(_) => {}
        }
        let checkpoint = Checkpoint::parse_text(&note.text)?;
        Ok(Self { checkpoint, note })
    }

    /// The checkpoint.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// Whether the identity of its size signed it, and is trusted at that size.
    pub fn holds_under(&self, identities: &Identities) -> bool {
        let size = self.checkpoint.size;
        let key = identities.at(size).verifier_key();
        identities.trusted_at(size)
            && key.is_some_and(|key| verify_identity(&self.note, key).is_ok())
    }
}
