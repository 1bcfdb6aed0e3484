//! What reports read of a decision, and of what came of it.

use serde::{Deserialize, de::IgnoredAny};

use super::number;

/// What was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Go on.
    Allow,
    /// Go on; something is worth a look.
    Warn,
    /// A human must decide.
    Escalate,
    /// Don't.
    Deny,
}

impl Verdict {
    /// Whether the act may be done.
    pub fn is_allowed(self) -> bool {
        matches!(self, Self::Allow | Self::Warn)
    }

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Warn => "warn",
            Self::Escalate => "escalate",
            Self::Deny => "deny",
        }
    }
}

/// What became of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It holds.
    Granted,
    /// It does not hold, and decides.
    Refused,
    /// It is a finding that decides nothing.
    Warned,
    /// Something before it decided.
    NotJudged,
}

/// Who asks for what.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Act {
    /// Which agent acts.
    pub agent: String,
    /// In which session.
    #[serde(default)]
    pub session: Option<String>,
    /// What kind of act.
    pub kind: String,
    /// Its name.
    pub name: String,
}

/// The first step that failed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Failure {
    /// Which.
    pub stage: String,
    /// Why, as programs read it.
    pub code: String,
}

/// For whom something counts: the names that say so.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Names {
    /// One.
    One(String),
    /// Several.
    Several(Vec<String>),
}

/// For how long use counts.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// An hour of the clock.
    Hour,
    /// A UTC day.
    Day,
    /// A week, from Monday on.
    Week,
    /// A month of the calendar.
    Month,
    /// As long as the session lives.
    Session,
    /// The last so many seconds.
    Rolling {
        /// How many.
        seconds: u64,
    },
}

/// What use of a budget is counted under.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Account {
    /// The budget's name.
    pub budget: String,
    /// For whom it counts.
    pub of: std::collections::BTreeMap<String, Names>,
    /// In what: `nano_usd`, `tokens` or `requests`.
    pub unit: String,
    /// For how long use counts.
    pub period: Period,
}

/// A part of a budget that is to be set aside.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Reserve {
    /// Under which account.
    pub account: Account,
    /// How much may be used in the period.
    #[serde(deserialize_with = "number::deserialize")]
    pub cap: u64,
}

/// What must hold, as far as reports read it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Claim {
    /// A part of a budget is set aside.
    Budget {
        /// Which.
        reserve: Reserve,
    },
    /// Anything else.
    Other(Anything),
}

/// Whatever stands there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anything;

impl<'de> Deserialize<'de> for Anything {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}

/// A claim, as it was judged.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Judged {
    /// The claim.
    pub claim: Claim,
    /// What became of it.
    pub outcome: Outcome,
    /// What was used before, in the account's unit.
    #[serde(default, deserialize_with = "number::optional")]
    pub found: Option<u64>,
    /// What is used or set aside after it.
    #[serde(default, deserialize_with = "number::optional")]
    pub left: Option<u64>,
}

/// A decision, allowed or denied.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Decision {
    /// Who asked for what.
    pub act: Act,
    /// The digests of the policies that it was held against.
    pub policies: Vec<String>,
    /// What was answered.
    pub verdict: Verdict,
    /// The first step that failed.
    #[serde(default)]
    pub failure: Option<Failure>,
    /// The claims, in the order in which they were judged.
    pub claims: Vec<Judged>,
    /// Whether an approval was used up by it.
    #[serde(default)]
    pub approval_used: bool,
    /// Whether it only shows what it would be.
    #[serde(default)]
    pub shadow: bool,
}

/// How an act that asks a model is called, by its kind.
const MODEL_CALL: &str = "model_call";
/// The code of a denial since whoever asked may not speak for the agent that it named.
const NOT_THE_AGENT: &str = "NOT_THE_AGENT";

impl Decision {
    /// Whether it was denied since whoever asked may not speak for the agent: that is no act of the agent, and there need not
    /// be an agent of this name.
    pub fn is_by_another(&self) -> bool {
        let failure = self.failure.as_ref();
        failure.is_some_and(|failure| failure.code == NOT_THE_AGENT)
    }

    /// The model that it is about, if the act is a call of one.
    pub fn model(&self) -> Option<&str> {
        (self.act.kind == MODEL_CALL).then_some(&*self.act.name)
    }
}

/// What was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Used {
    /// Tokens of both directions; none: not known.
    #[serde(default, deserialize_with = "number::optional")]
    pub tokens: Option<u64>,
    /// Money in billionths of a dollar; none: not known.
    #[serde(default, deserialize_with = "number::optional")]
    pub cost: Option<u64>,
}

/// What came of an act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Completion {
    /// The sequence number of the decision.
    #[serde(deserialize_with = "number::deserialize")]
    pub decision: u64,
    /// What was used.
    pub used: Used,
    /// What the output came to.
    pub verdict: Verdict,
    /// Whether it came after the reservation expired.
    #[serde(default)]
    pub late: bool,
    /// Whether more was used than set aside.
    #[serde(default)]
    pub overrun: bool,
}
