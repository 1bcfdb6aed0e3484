//! What a policy of AEGIS' kind finds: the gates, the rules besides them, and what a decision makes of it.

use serde::{Deserialize, Serialize};

use crate::{
    digest::Digest,
    real::Real,
    request::{Metric, Phase, QuickRisk},
};

/// The six gates, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gate {
    /// Whether risk is unlikely to grow too much.
    Risk,
    /// Whether profit is unlikely to fall too much.
    Profit,
    /// Whether it is new enough.
    Novelty,
    /// Whether it is simple enough. Nobody can override it.
    Complexity,
    /// Whether it is good enough.
    Quality,
    /// Whether its utility is certain enough.
    Utility,
}

impl Gate {
    /// The name in records and overrides.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Risk => "risk",
            Self::Profit => "profit",
            Self::Novelty => "novelty",
            Self::Complexity => "complexity",
            Self::Quality => "quality",
            Self::Utility => "utility",
        }
    }
}

/// What a gate says, as a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GateMessage {
    /// It is passed.
    Passed,
    /// What must not be likely is.
    TooLikely,
    /// The value is below the threshold.
    BelowThreshold,
    /// A subscore is zero.
    ZeroSubscore,
    /// The request brings no utility, and the policy asks for one.
    NoUtility,
}

impl GateMessage {
    /// The code in words.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Passed => "the gate is passed",
            Self::TooLikely => "a change for the worse is more likely than the policy allows",
            Self::BelowThreshold => "the value is below the threshold",
            Self::ZeroSubscore => "one of the subscores is zero",
            Self::NoUtility => "the request brings no utility, and the policy asks for one",
        }
    }
}

/// A gate, as it was evaluated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GateResult {
    /// Which.
    pub gate: Gate,
    /// Whether it is passed.
    pub passed: bool,
    /// What was looked at.
    pub value: Real,
    /// What it was held against.
    pub threshold: Real,
    /// How far it is on the good side; negative on the bad one.
    pub margin: Real,
    /// How sure one may be to go on, from 0 to 1.
    pub confidence: Real,
    /// The probability of the change that must not be likely, of risk and profit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub posterior: Option<Real>,
    /// What it says.
    pub message: GateMessage,
}

/// Why a human must decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HumanReason {
    /// The impact is high.
    ImpactHigh,
    /// The impact is critical.
    ImpactCritical,
    /// It can't be taken back.
    NotReversible,
    /// Whoever asks wants it.
    Requested,
    /// The gate of risk failed.
    RiskGateFailed,
    /// The probability of too much risk is one half or more.
    RiskPosterior,
}

impl HumanReason {
    /// The code in words.
    pub const fn text(self) -> &'static str {
        match self {
            Self::ImpactHigh => "its impact is high",
            Self::ImpactCritical => "its impact is critical",
            Self::NotReversible => "it can't be taken back",
            Self::Requested => "whoever asks wants it",
            Self::RiskGateFailed => "the gate of risk failed",
            Self::RiskPosterior => "too much risk is as likely as not",
        }
    }
}

/// A figure that is held against a baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Observation {
    /// Which.
    pub metric: Metric,
    /// Its value.
    pub value: Real,
}

/// What needs no state: the six gates over one request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evaluation {
    /// How far what is proposed has come.
    pub phase: Phase,
    /// Whether time presses.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub time_sensitive: bool,
    /// The gates that were evaluated.
    pub gates: Vec<GateResult>,
    /// The least of the gates' confidences.
    pub confidence: Real,
    /// Why a human must decide; none: no human must.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub human: Vec<HumanReason>,
    /// The figure that can drift.
    pub observation: Observation,
    /// Whether HALT halts the agent.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub halt_agent: bool,
}

impl Evaluation {
    /// The gates that failed.
    pub fn failed(&self) -> Vec<Gate> {
        let failed = self.gates.iter().filter(|result| !result.passed);
        failed.map(|result| result.gate).collect()
    }

    /// Whether a gate was evaluated and failed.
    pub fn has_failed(&self, gate: Gate) -> bool {
        let mut gates = self.gates.iter();
        gates.any(|result| result.gate == gate && !result.passed)
    }

    /// Whether a gate was evaluated.
    pub fn has(&self, gate: Gate) -> bool {
        self.gates.iter().any(|result| result.gate == gate)
    }
}

/// A quick check of one score. It says nothing of the six gates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quick {
    /// What was asked.
    pub check: QuickRisk,
    /// Whether the score is less than the threshold.
    pub safe: bool,
}

/// A figure is to be held against the baseline of a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DriftClaim {
    /// The policy.
    pub policy: Digest,
    /// The figure.
    pub observation: Observation,
    /// The divergence from which on drift is told.
    pub tau_warning: Real,
    /// The divergence from which on a human must decide.
    pub tau_critical: Real,
    /// For how many days a figure counts.
    pub window_days: u32,
}

/// How far figures are from their baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DriftStatus {
    /// There is no baseline for the policy.
    NoBaseline,
    /// The baseline is of another figure than the policy looks at.
    OtherMetric,
    /// The window has too few figures to say.
    TooFew,
    /// They are near.
    Normal,
    /// They are far.
    Warning,
    /// They are so far that a human must decide.
    Critical,
}

/// How far figures are from their baseline, this decision's own included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DriftResult {
    /// How far, in a word.
    pub status: DriftStatus,
    /// The Kullback-Leibler divergence of the window from the baseline, in nats; none: it was not computed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kl: Option<Real>,
    /// Figures in the window.
    pub values: u64,
    /// The digest of the baseline's values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Digest>,
}

/// The codes of what AEGIS' rules refuse.
pub mod code {
    /// The request has no figures that a policy of AEGIS' kind can look at.
    pub const AEGIS_FIGURES: &str = "AEGIS_FIGURES";
    /// Gates failed that two people can override.
    pub const AEGIS_PAUSE: &str = "AEGIS_PAUSE";
    /// A gate failed that nobody can override.
    pub const AEGIS_HALT: &str = "AEGIS_HALT";
    /// The figures of the last days are far from their baseline.
    pub const DRIFT: &str = "DRIFT";
    /// The score of a quick check is not less than its threshold.
    pub const QUICK_RISK: &str = "QUICK_RISK";
}

/// Why gates that failed refuse an act.
pub(crate) fn paused(failed: &[Gate]) -> String {
    let names: Vec<_> = failed.iter().map(|gate| gate.name()).collect();
    format!(
        "these gates failed: {}; improve what they look at, or name an override that two people signed",
        names.join(", ")
    )
}
