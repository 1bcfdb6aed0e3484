//! What the verifier knew besides the evidence, and how far that vouches for the records.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use data_encoding::HEXLOWER;
use indelible_evidence::verdict::Answer;
use indelible_evidence::verify::{Report as Verified, Trust};
use serde::{Deserialize, Serialize};

use crate::{canonical::INTEGER_MAX, reports::moments::rfc3339};

/// Where what is trusted came from, beside the trust itself: for whoever reads the verdict later.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Given {
    /// The file of the policy: its name without the folder, and the SHA-256 of its bytes.
    pub policy: Option<(String, [u8; 32])>,
    /// Whether somebody gave the time now; otherwise it is that of the machine's clock.
    pub is_now_typed: bool,
}

/// What the verifier knew besides the evidence.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustFacts {
    /// The checkpoint known from before.
    pub known_head: Option<HeadFacts>,
    /// The policy that names witnesses.
    pub policy: Option<PolicyFacts>,
    /// The greatest age of a fresh checkpoint, in seconds.
    pub max_age_seconds: Option<u64>,
    /// The time now.
    pub now: Option<NowFacts>,
}

/// A known head.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeadFacts {
    /// Its size.
    pub size: u64,
    /// Its root, in base64.
    pub root: String,
}

/// A policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyFacts {
    /// The name of its file, without the folder.
    pub file: Option<String>,
    /// The SHA-256 of its file, in hexadecimal.
    pub sha256: Option<String>,
    /// Whether a quorum of its witnesses cosigned the checkpoint, and it speaks of this ledger; none where its quorum asks
    /// for no witness, or the checkpoint was not verified.
    pub quorum_met: Option<bool>,
}

/// The time now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NowFacts {
    /// RFC 3339.
    pub time: String,
    /// `given` by whoever verified, or by the clock of the `machine`.
    pub word: String,
}

/// How far completeness reaches, where it holds, by who vouches for it from outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reach {
    /// The records below this number are under the known head.
    pub known_head: Option<u64>,
    /// The records below this number are under the checkpoint that a quorum of witnesses cosigned.
    pub witnesses: Option<u64>,
}

impl Reach {
    /// Of a verification. What a user gives must all hold, so each that was given vouches where completeness holds.
    pub(super) fn of(verified: &Verified, trust: &Trust) -> Option<Self> {
        if verified.verdict.completeness != Answer::Holds {
            return None;
        }
        let known = trust.known_head.as_ref();
        let asks = trust.policy.as_ref();
        let asks = asks.is_some_and(|policy| policy.requires_witnesses());
        Some(Self {
            known_head: known.map(|known| bounded(known.checkpoint().size)),
            witnesses: asks.then_some(bounded(verified.bundle.size)),
        })
    }

    /// The records below this number are vouched for by somebody outside.
    #[must_use]
    pub fn to(&self) -> u64 {
        self.known_head.max(self.witnesses).unwrap_or_default()
    }
}

impl TrustFacts {
    pub(super) fn of(verified: &Verified, trust: &Trust, given: &Given) -> Self {
        let known = trust.known_head.as_ref().map(|known| known.checkpoint());
        let file = given.policy.as_ref();
        Self {
            known_head: known.map(|known| HeadFacts {
                size: bounded(known.size),
                root: STANDARD.encode(known.root.as_bytes()),
            }),
            policy: trust.policy.as_ref().map(|_| PolicyFacts {
                file: file.map(|(name, _)| name.clone()),
                sha256: file.map(|(_, sha256)| HEXLOWER.encode(sha256)),
                quorum_met: verified.freshness.quorum_met,
            }),
            max_age_seconds: trust.age_seconds_max.map(bounded),
            now: trust.now.map(|now| NowFacts {
                time: rfc3339(now.saturating_mul(1_000_000_000)),
                word: match given.is_now_typed {
                    true => "given".to_owned(),
                    false => "machine".to_owned(),
                },
            }),
        }
    }
}

/// Numbers saturate where JSON readers stop being exact.
fn bounded(number: u64) -> u64 {
    number.min(INTEGER_MAX)
}
