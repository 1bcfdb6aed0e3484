//! How calls of models went, and how models do.

use super::definition::event;
use super::value::{Amount, choice};

/// Facts whose names begin so are metrics.
pub const METRIC_PREFIX: &str = "metric.";

choice! {
    /// How far a model drifted, by the thresholds of whoever measured it.
    DriftStatus {
        /// Within them.
        Ok = "ok",
        /// Beyond the first.
        Warning = "warning",
        /// Beyond the last.
        Critical = "critical",
    }
}

event! {
    /// A call of a model ended, or its metrics were taken. With the fact `error` it counts as a call. Facts named
    /// `metric.NAME` are metrics, decimals.
    Performance = "ai.performance.v1" {
        /// The AI system.
        system: &'a str,
        /// The model.
        model: Option<&'a str>,
        /// The model's version.
        model_version: Option<&'a str>,
        /// The agent that called.
        agent: Option<&'a str>,
        /// Whether the call failed.
        error: Option<bool>,
        /// How long the call took, in milliseconds.
        latency_ms: Option<u64>,
        /// What the provider answered: `success`, a status, or `error:` and the kind of error.
        provider_status: Option<&'a str>,
        /// The kind of error.
        error_kind: Option<&'a str>,
        /// How far it drifted, as a distance from the baseline.
        drift: Option<Amount>,
        /// What that means.
        drift_status: Option<DriftStatus>,
    }
    more_digests { "error_message" }
    decimals { METRIC_PREFIX }
}
