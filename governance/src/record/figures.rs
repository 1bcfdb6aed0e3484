//! Records of figures: the baseline that they are held against.

use serde::{Deserialize, Serialize};

use crate::{digest::Digest, real::Real, request::Metric};

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
