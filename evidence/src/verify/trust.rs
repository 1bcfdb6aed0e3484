//! What a verifier trusts. All of it comes from its user, and nothing from the bundle.

use crate::note::VerifierKey;
use crate::policy::Policy;

use super::known_head::KnownHead;

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
