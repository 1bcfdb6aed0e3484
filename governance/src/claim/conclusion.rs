//! What a decision comes to in AEGIS' words: every field of its `PCWDecision`. Reasons, steps and constraints are codes with
//! fixed texts.

use serde::{Deserialize, Serialize};

use crate::{
    claim::aegis::{DriftResult, Gate},
    digest::Digest,
    real::Real,
};

/// AEGIS' word for a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Go on.
    Proceed,
    /// Not like this, or not yet.
    Pause,
    /// Don't.
    Halt,
    /// A human must decide.
    Escalate,
}

impl Status {
    /// The word in records.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Proceed => "proceed",
            Self::Pause => "pause",
            Self::Halt => "halt",
            Self::Escalate => "escalate",
        }
    }
}

/// Why it comes to that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rationale {
    /// No gate failed.
    AllGatesPassed,
    /// Gates failed.
    GatesFailed,
    /// The complexity is below the floor.
    ComplexityFloor,
    /// A human must decide.
    HumanApprovalRequired,
    /// A human granted it.
    HumanApproved,
    /// Two people signed an override of the gates that failed.
    Overridden,
    /// Figures drift.
    DriftWarning,
    /// Figures drift so far that a human must decide.
    DriftCritical,
    /// Another rule than AEGIS' decided.
    OtherRule,
}

impl Rationale {
    /// The code in words.
    pub const fn text(self) -> &'static str {
        match self {
            Self::AllGatesPassed => "all gates that were evaluated are passed",
            Self::GatesFailed => "one gate or more failed",
            Self::ComplexityFloor => {
                "the complexity score is below the floor, which nobody can override"
            }
            Self::HumanApprovalRequired => "a human must decide",
            Self::HumanApproved => "a human granted exactly this act",
            Self::Overridden => "two people signed an override of the gates that failed",
            Self::DriftWarning => "the figures of the last days are far from their baseline",
            Self::DriftCritical => {
                "the figures of the last days are so far from their baseline that a human must decide"
            }
            Self::OtherRule => "another rule decided; the decision's failure says which",
        }
    }
}

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NextStep {
    /// Do it as it is proposed.
    DoAsProposed,
    /// Record what comes of it.
    RecordOutcome,
    /// Improve what failed.
    ImproveGates,
    /// Ask for an override.
    RequestOverride,
    /// Have it granted.
    HaveItGranted,
    /// Make it simpler.
    Simplify,
    /// Ask again later.
    AskLater,
    /// See the failure.
    SeeFailure,
    /// Tell people at once.
    TellPeople,
}

impl NextStep {
    /// The code in words.
    pub const fn text(self) -> &'static str {
        match self {
            Self::DoAsProposed => "do it exactly as it is proposed",
            Self::RecordOutcome => "complete the decision with what came of it",
            Self::ImproveGates => "improve what the failed gates look at, and ask again",
            Self::RequestOverride => "ask a risk_lead and a security_lead for an override",
            Self::HaveItGranted => "have the approval granted, and ask again with its number",
            Self::Simplify => "make the proposal simpler, and ask again",
            Self::AskLater => "ask again when the decision says that it makes sense",
            Self::SeeFailure => "see the decision's failure",
            Self::TellPeople => "time presses: tell those who can decide now",
        }
    }
}

/// What must be kept to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Constraint {
    /// Only what was granted.
    OnlyWhatWasGranted,
    /// Watch the figures.
    WatchDrift,
    /// Drift was not measured, since no baseline fits.
    DriftNotMeasured,
    /// Drift was not measured, since there are too few figures.
    DriftTooFew,
    /// Drift was not looked at, since something before it decided.
    DriftNotJudged,
    /// The utility was not evaluated.
    UtilityNotEvaluated,
}

impl Constraint {
    /// The code in words.
    pub const fn text(self) -> &'static str {
        match self {
            Self::OnlyWhatWasGranted => "do only what was granted or signed",
            Self::WatchDrift => "watch the figures: they are far from their baseline",
            Self::DriftNotMeasured => "drift was not measured: there is no fitting baseline",
            Self::DriftTooFew => {
                "drift was not measured: there are too few figures of the last days yet"
            }
            Self::DriftNotJudged => "drift was not looked at: something before it decided",
            Self::UtilityNotEvaluated => {
                "the utility was not evaluated: the request brings no estimate"
            }
        }
    }
}

/// A rule that was looked at, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Traced {
    /// The rule.
    pub rule: String,
    /// What came of it, in a word.
    pub found: String,
}

/// What a decision records where it only shows what it would be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shadow {
    /// The figures that would have been counted.
    pub observation_values: Vec<Real>,
    /// The digest of the baseline's values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Digest>,
}

/// What a decision comes to in AEGIS' words. The gates by themselves stand in the decision's trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conclusion {
    /// AEGIS' word for the verdict.
    pub status: Status,
    /// The least of the gates' confidences.
    pub confidence: Real,
    /// How many gates are passed.
    pub gates_passed: u8,
    /// How many gates failed.
    pub gates_failed: u8,
    /// Which.
    pub failing_gates: Vec<Gate>,
    /// Why.
    pub rationale: Vec<Rationale>,
    /// What to do next.
    pub next_steps: Vec<NextStep>,
    /// What must be kept to.
    pub constraints: Vec<Constraint>,
    /// Whether the gates that failed can be overridden.
    pub override_eligible: bool,
    /// The roles that must sign an override, each once.
    pub override_requires: Vec<String>,
    /// How far figures are from their baseline; none: it was not judged, since something before it decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drift: Option<DriftResult>,
    /// What it records where it only shows what it would be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shadow: Option<Shadow>,
    /// The rules that were looked at, in their order.
    pub trace: Vec<Traced>,
}
