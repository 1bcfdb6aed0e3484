//! Policies of AEGIS' kind: the parameters of six gates over the figures of a proposal, drift, and a rate.
//!
//! A document is YAML with the keys of AEGIS' parameters; what is left out has the published default. Unknown keys are
//! refused, and mean nothing under the compatibility `aegis`.

mod lint;
mod read;

use crate::{digest::Digest, real::Real, request::Metric};

/// A policy of this kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AegisPolicy {
    /// The digest of its bytes.
    pub digest: Digest,
    /// The version that it says it has.
    pub version: Option<String>,
    /// What a change of risk is divided by, at the least.
    pub epsilon_r: Real,
    /// What a change of profit is divided by, at the least.
    pub epsilon_p: Real,
    /// The change of risk that must not be likely.
    pub risk_trigger_factor: Real,
    /// The loss of profit that must not be likely.
    pub profit_trigger_factor: Real,
    /// How likely either must be for its gate to fail: more than this.
    pub trigger_confidence_prob: Real,
    /// Whether that is the probability of what is observed next instead of the mean's.
    pub posterior_predictive: bool,
    /// Where the logistic function of novelty is one half.
    pub novelty_n0: Real,
    /// How steep it is.
    pub novelty_k: Real,
    /// What it must be, at the least.
    pub novelty_threshold: Real,
    /// The complexity score that is needed. Nobody can override it.
    pub complexity_floor: Real,
    /// The quality score that is needed.
    pub quality_min_score: Real,
    /// Whether a subscore of zero fails the quality.
    pub quality_no_zero_subscore: bool,
    /// How likely the utility is below the bound that it is judged by.
    pub lcb_alpha: Real,
    /// How many standard deviations that bound is below the mean.
    pub lcb_z: Real,
    /// What that bound must be greater than.
    pub utility_threshold: Real,
    /// Whether a request without a utility fails its gate. Otherwise the gate is not evaluated.
    pub utility_required: bool,
    /// The weights of a utility. They are taken as they are, and decide nothing: who asks brings the utility's mean and
    /// standard deviation.
    pub utility_weights: UtilityWeights,
    /// Which figure of requests is held against the baseline.
    pub drift_metric: Metric,
    /// The divergence from which on drift is told.
    pub tau_warning: Real,
    /// The divergence from which on a human must decide.
    pub tau_critical: Real,
    /// For how many days a figure counts.
    pub window_days: u32,
    /// Decisions of an agent in a minute; 0: as many as there are.
    pub rate_per_minute: u32,
    /// Whether HALT halts the agent besides refusing the act.
    pub halt_agent: bool,
}

/// What AEGIS weighs a utility by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UtilityWeights {
    /// `gamma`
    pub gamma: Real,
    /// `kappa`
    pub kappa: Real,
    /// `phi_S`
    pub phi_s: Real,
    /// `phi_D`
    pub phi_d: Real,
    /// `migration_budget`
    pub migration_budget: Real,
}

#[cfg(test)]
mod tests;
