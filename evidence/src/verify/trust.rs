//! What a verifier trusts. All of it comes from its user, and nothing from the bundle.

use crate::checkpoint::{Checkpoint, CheckpointError, verify_identity};
use crate::note::{NoteError, SignedNote, VerifierKey};
use crate::policy::Policy;

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

/// A checkpoint of the ledger that was verified under the pinned key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownHead(Checkpoint);

/// Why a note can't serve as a known head.
#[derive(Debug, thiserror::Error)]
pub enum KnownHeadError {
    /// It is not a signed note.
    #[error("the known head is not a signed note: {0}")]
    Note(#[from] NoteError),
    /// It is not a checkpoint of this ledger, signed by the pinned key.
    #[error("the known head does not hold under the pinned key: {0}")]
    Checkpoint(#[from] CheckpointError),
}

impl KnownHead {
    /// Reads a note and verifies it under the pinned key.
    pub fn parse(note: &[u8], key: &VerifierKey) -> Result<Self, KnownHeadError> {
        Ok(Self(
            verify_identity(&SignedNote::parse(note)?, key)?.checkpoint,
        ))
    }

    /// The checkpoint.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.0
    }
}
