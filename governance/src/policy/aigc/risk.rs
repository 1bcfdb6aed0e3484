//! The risk block of a policy.

use crate::json::{Object, Value};

/// What becomes of a score over the threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RiskMode {
    /// It is recorded.
    RiskScored,
    /// It is recorded as a warning.
    WarnOnly,
    /// It is refused.
    Strict,
}

impl RiskMode {
    /// The name in policies and records.
    pub const fn name(self) -> &'static str {
        match self {
            Self::RiskScored => "risk_scored",
            Self::WarnOnly => "warn_only",
            Self::Strict => "strict",
        }
    }
}

/// What adds to the score.
#[derive(Debug, Clone, PartialEq)]
pub struct RiskFactor {
    /// Its name.
    pub name: String,
    /// How much, from 0 to 1.
    pub weight: f64,
    /// A built-in condition, or the name of a member of the context.
    pub condition: String,
}

/// A risk block.
#[derive(Debug, Clone, PartialEq)]
pub struct Risk {
    /// What becomes of a score over the threshold.
    pub mode: RiskMode,
    /// What a score may be, at the most.
    pub threshold: f64,
    /// What adds to the score, in this order.
    pub factors: Vec<RiskFactor>,
}

/// The conditions that hold of policies and requests themselves. Any other is the name of a member of the context.
pub(super) const BUILT_IN: [&str; 6] = [
    "no_output_schema",
    "broad_roles",
    "no_preconditions",
    "high_tool_count",
    "missing_guards",
    "external_model",
];

/// The threshold of a block without one.
const THRESHOLD_DEFAULT: f64 = 0.7;

impl Risk {
    /// Takes a block that has the form of one. None: it has not.
    pub fn from_value(block: &Object) -> Option<Self> {
        let mode = match block.get("mode") {
            None => RiskMode::Strict,
            Some(mode) => match mode.as_text()? {
                "strict" => RiskMode::Strict,
                "risk_scored" => RiskMode::RiskScored,
                "warn_only" => RiskMode::WarnOnly,
                _ => return None,
            },
        };
        let threshold = block
            .get("threshold")
            .map_or(Some(THRESHOLD_DEFAULT), number)?;
        let factors = match block.get("factors") {
            None => Some(Vec::new()),
            Some(factors) => factors.as_array()?.iter().map(factor).collect(),
        }?;
        Some(Self {
            mode,
            threshold,
            factors,
        })
    }

    /// The stricter of two: the lower threshold, the stricter mode, the factors of the first and what the other adds.
    #[must_use]
    pub fn restricted(&self, other: &Self) -> Self {
        let mut factors = self.factors.clone();
        let added = other
            .factors
            .iter()
            .filter(|factor| !self.factors.contains(factor));
        factors.extend(added.cloned());
        Self {
            mode: self.mode.max(other.mode),
            threshold: self.threshold.min(other.threshold),
            factors,
        }
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => {
            Some(number.as_f64()).filter(|number| (0.0..=1.0).contains(number))
        }
        _ => None,
    }
}

fn factor(value: &Value) -> Option<RiskFactor> {
    let factor = value.as_object()?;
    Some(RiskFactor {
        name: factor.get("name")?.as_text()?.to_owned(),
        weight: number(factor.get("weight")?)?,
        condition: factor.get("condition")?.as_text()?.to_owned(),
    })
}
