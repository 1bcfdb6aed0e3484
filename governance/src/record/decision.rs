//! A decision, and what came of it.

use serde::{Deserialize, Serialize};

use crate::{
    claim::{Act, Claim, Failure, Verdict, attempt::Attempt, conclusion::Conclusion, trail::Trail},
    digest::Digest,
    money::NanoUsd,
    number,
};

/// What became of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It holds; of what is taken, it is taken if the verdict allows.
    Granted,
    /// It does not hold, and decides.
    Refused,
    /// It is a finding that decides nothing.
    Warned,
    /// Something before it decided.
    NotJudged,
}

/// A claim, as it was judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Judged {
    /// The claim.
    pub claim: Claim,
    /// What became of it.
    pub outcome: Outcome,
    /// What the state had before: use, calls or seconds.
    #[serde(
        default,
        with = "number::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub found: Option<u64>,
    /// What it has after the decision.
    #[serde(
        default,
        with = "number::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub left: Option<u64>,
    /// Whether the writer added it, since a loop asks for a human.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub added: bool,
}

/// A decision, allowed or denied.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// The version of all rules that it was made under.
    pub semantics: u32,
    /// Who asked for what.
    pub act: Act,
    /// The digests of the policies.
    pub policies: Vec<Digest>,
    /// What was answered.
    pub verdict: Verdict,
    /// The first step that failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// The claims, in the order in which they were judged.
    pub claims: Vec<Judged>,
    /// How the request was held against the policies.
    pub trail: Trail,
    /// What it comes to in AEGIS' words, under a policy of AEGIS' kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aegis: Option<Conclusion>,
    /// What the state warns of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// The approval that the request named.
    #[serde(
        default,
        with = "number::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub approval: Option<u64>,
    /// Whether that approval is used up by this decision.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub approval_used: bool,
    /// Whether it only shows what it would be.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shadow: bool,
    /// Whether approvals of this act may be granted in a batch.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub low_risk: bool,
    /// How long an approval that is opened for it lives, in seconds.
    pub approval_seconds: u64,
    /// How many people must grant it.
    pub approval_people: u8,
    /// When it makes sense to ask again, in nanoseconds since 1970; none: not before something else changes.
    #[serde(
        default,
        with = "number::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub retry_at: Option<u64>,
    /// Which attempt it is, where the policy lets an output that does not fit its schema be tried for again. None where it
    /// is denied for another reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<Attempt>,
}

/// What was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Used {
    /// Tokens, of both directions. None: not known, so what was reserved counts.
    #[serde(
        default,
        with = "number::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub tokens: Option<u64>,
    /// Money. None: not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<NanoUsd>,
}

/// A tool that an output asks to call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutputTool {
    /// Its name.
    pub name: String,
    /// Why it can't be called; none: no policy of the decision stands in the way. The call is still asked for by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
}

/// What an output comes to under the policies of its decision.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OutputJudged {
    /// The first step that failed.
    pub failure: Option<Failure>,
    /// How it was held against the policies; none: there was nothing to hold it against.
    pub trail: Option<Trail>,
    /// The tools that it asks to call.
    pub tools: Vec<OutputTool>,
}

impl OutputJudged {
    /// The verdict.
    pub fn verdict(&self) -> Verdict {
        let has_warnings = self
            .trail
            .as_ref()
            .is_some_and(|trail| !trail.warnings.is_empty());
        match (&self.failure, has_warnings) {
            (Some(_), _) => Verdict::Deny,
            (None, true) => Verdict::Warn,
            (None, false) => Verdict::Allow,
        }
    }
}

impl Completion {
    /// What it says of the output.
    pub fn judged(&self) -> OutputJudged {
        OutputJudged {
            failure: self.failure.clone(),
            trail: self.trail.clone(),
            tools: self.tools.clone(),
        }
    }
}

impl Decision {
    /// The binding that governed it, by the sequence number of its record.
    pub fn binding(&self) -> Option<u64> {
        let mut claims = self.claims.iter().map(|judged| &judged.claim);
        claims.find_map(|claim| match claim {
            Claim::Bound { binding } => Some(*binding),
            _ => None,
        })
    }
}

/// What came of an act.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Completion {
    /// The sequence number of the decision.
    #[serde(with = "number")]
    pub decision: u64,
    /// What was used.
    pub used: Used,
    /// What the output came to. A failed output settles, too: the money is gone.
    pub verdict: Verdict,
    /// The first gate of the output that failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// How the output was held against the policies of the decision; none: there was nothing to hold it against.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trail: Option<Trail>,
    /// The tools that the output asks to call, by name, and what the policies say of each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<OutputTool>,
    /// The digest of the output.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Digest>,
    /// Whether it came after the reservation expired.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub late: bool,
    /// Whether more was used than reserved.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub overrun: bool,
    /// Which attempt has failed, where the output did not fit its schema and the policy says how often to try again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<Attempt>,
}
