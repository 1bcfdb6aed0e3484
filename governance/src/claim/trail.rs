//! The rules that were looked at, and what came of each.

use serde::{Deserialize, Serialize};

use crate::claim::aegis::{Evaluation, Quick};

/// A risk factor, as it was judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Basis {
    /// The factor.
    pub name: String,
    /// How much it adds.
    pub weight: f64,
    /// Whether it was triggered.
    pub triggered: bool,
    /// What it added.
    pub contribution: f64,
}

/// A score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RiskScore {
    /// The sum of what was triggered, between 0 and 1.
    pub score: f64,
    /// What it may be, at the most.
    pub threshold: f64,
    /// What becomes of a greater one.
    pub mode: String,
    /// The factors, in their order.
    pub basis: Vec<Basis>,
    /// Whether it is greater than the threshold.
    pub exceeded: bool,
}

/// A guard, as it was judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GuardMatch {
    /// Its condition.
    pub condition: String,
    /// Whether it was true.
    pub matched: bool,
}

/// The rules that were looked at, and what came of each. Of several levels of a policy, those of the policy itself.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Trail {
    /// The gates that were passed, by AIGC's names, in their order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gates: Vec<String>,
    /// The conditions and their values.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<(String, bool)>,
    /// The guards.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub guards: Vec<GuardMatch>,
    /// The preconditions that hold.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub preconditions: Vec<String>,
    /// The postconditions that hold.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub postconditions: Vec<String>,
    /// The tools that were counted, sorted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<String>,
    /// Whether the output fitted a schema; none: there was none to fit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_fits: Option<bool>,
    /// The score.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub risk: Option<RiskScore>,
    /// The six gates of a policy of AEGIS' kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aegis: Option<Evaluation>,
    /// The quick check of a score, which says nothing of the six gates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quick: Option<Quick>,
    /// The rule of the scope that the act falls under.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// Why the verdict is `warn`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}
