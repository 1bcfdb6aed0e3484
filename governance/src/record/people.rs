//! Records of people and of figures: who may sign overrides, and the baseline that figures are held against.

use serde::{Deserialize, Serialize};

use crate::{digest::Digest, real::Real, request::Metric};

/// What kind of signature somebody makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignatureKind {
    /// Ed25519, with a public key of 32 bytes.
    Ed25519,
}

/// Somebody may sign overrides. A later record of the same principal takes its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignerRegistered {
    /// Who: the principal's name.
    pub signer: String,
    /// In which role: `risk_lead` or `security_lead`.
    pub role: String,
    /// What kind of signature.
    pub algorithm: SignatureKind,
    /// The public key, in hexadecimal digits of lower case.
    pub key: String,
}

/// Figures of requests under a policy are held against a baseline from here on, and counted from here on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DriftBaseline {
    /// The policy of AEGIS' kind.
    pub policy: Digest,
    /// Which figure.
    pub metric: Metric,
    /// The digest of the values, in the order in which they were given.
    pub values: Digest,
    /// The bounds between the bins, ascending. A value that is a bound is in the bin above it.
    pub bounds: Vec<Real>,
    /// How many of the values are in each bin.
    pub counts: Vec<u64>,
}
