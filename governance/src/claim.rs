//! What must hold, or is taken, at a decision's place in the log.
//!
//! The caller's task makes a [`Proposal`]; the writer judges its claims in the order of their stages, at the recorded time,
//! and takes all that reserve and consume, or none.

pub mod aegis;
pub mod attempt;
pub mod conclusion;
pub mod trail;

use serde::{Deserialize, Serialize};

use crate::{
    claim::{
        aegis::{DriftClaim, Gate},
        attempt::RetryPolicy,
    },
    day::{Day, Period},
    digest::Digest,
    number,
    request::ActionKind,
};

/// The steps of a decision, in their order. The first that fails decides, whoever finds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Whether the request is one, and the principal may speak for the agent.
    Principal,
    /// Whether anything that is asked about is halted, and the agent gives signs of life.
    Halt,
    /// Whether the binding and the policies are in force.
    Policy,
    /// Expressions before guards.
    CustomPre,
    /// Guards and the conditions that they name.
    Guards,
    /// The role.
    Role,
    /// The context.
    Preconditions,
    /// The tools of the invocation.
    Tools,
    /// The tools, interfaces and models that the agent may use at all.
    Scope,
    /// What must hold of this act.
    Contracts,
    /// The gates of a policy of AEGIS' kind, and drift.
    Aegis,
    /// Expressions after tools.
    CustomPost,
    /// Loops and rates.
    Loops,
    /// Approvals and overrides.
    Approval,
    /// Budgets and the seconds of a session.
    Budgets,
    /// The output's schema.
    OutputSchema,
    /// What must hold of the output besides.
    Postconditions,
    /// The risk.
    Risk,
}

impl Stage {
    /// The name in records.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Principal => "principal",
            Self::Halt => "halt",
            Self::Policy => "policy",
            Self::CustomPre => "custom_pre",
            Self::Guards => "guards",
            Self::Role => "role",
            Self::Preconditions => "preconditions",
            Self::Tools => "tools",
            Self::Scope => "scope",
            Self::Contracts => "contracts",
            Self::Aegis => "aegis",
            Self::CustomPost => "custom_post",
            Self::Loops => "loops",
            Self::Approval => "approval",
            Self::Budgets => "budgets",
            Self::OutputSchema => "output_schema",
            Self::Postconditions => "postconditions",
            Self::Risk => "risk",
        }
    }
}

/// What is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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
    pub const fn is_allowed(self) -> bool {
        matches!(self, Self::Allow | Self::Warn)
    }
}

/// In what a budget counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Billionths of a dollar.
    NanoUsd,
    /// Tokens.
    Tokens,
    /// Requests.
    Requests,
}

/// For whom a budget, a rate or a loop counts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Of {
    /// An agent.
    Agent(String),
    /// A session.
    Session(String),
    /// A principal.
    Principal(String),
    /// A model.
    Model(String),
    /// A tool, whoever calls it.
    Tool(String),
    /// A tool within a session.
    SessionTool(String, String),
    /// A tool, of one agent.
    AgentTool(String, String),
    /// The same act of the same agent.
    Act(String, Digest),
    /// Whoever has this value of a label.
    Label(String, String),
}

/// What becomes of a reservation that nobody settles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnExpiry {
    /// It is posted whole: what became of it is unknown, and the money may be gone.
    #[default]
    Post,
    /// It is given back.
    Void,
}

/// An account: what use of a budget is counted under.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountKey {
    /// The budget's name.
    pub budget: String,
    /// For whom it counts.
    pub of: Of,
    /// In what.
    pub unit: Unit,
    /// For how long use counts. A budget that counts otherwise is another account.
    pub period: Period,
}

/// A part of a budget that is to be set aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reserve {
    /// Under which account.
    pub account: AccountKey,
    /// How much, in the account's unit.
    #[serde(with = "number")]
    pub amount: u64,
    /// How much may be used in the period, pending reservations included.
    #[serde(with = "number")]
    pub cap: u64,
    /// For how many seconds the reservation is pending.
    pub seconds: u64,
    /// What becomes of it then.
    pub on_expiry: OnExpiry,
}

/// What a loop's finding does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LoopAction {
    /// The decision says so.
    Warn,
    /// The act is refused.
    #[default]
    Deny,
    /// A human must decide.
    Escalate,
    /// The act is refused and the agent halted.
    Halt,
}

/// A window of calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calls {
    /// Whose calls.
    pub of: Of,
    /// Seconds of the window.
    pub window_seconds: u64,
    /// Calls that are no finding yet, this one included.
    pub max_calls: u32,
    /// What a finding does.
    pub action: LoopAction,
}

/// Acts of a session that repeat each other, in turns of up to four.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cycle {
    /// Seconds of the window.
    pub window_seconds: u64,
    /// Turns that are no finding yet, this one included.
    pub max_turns: u32,
    /// What a finding does.
    pub action: LoopAction,
}

/// What must hold, or is taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Claim {
    /// The principal may speak for the agent.
    MaySpeak,
    /// Neither everything, nor the agent, nor the session is halted.
    NotHalted,
    /// The agent gave a sign of life within so many seconds.
    Present {
        /// How many.
        within_seconds: u64,
    },
    /// The binding that chose the policies is the one in force.
    Bound {
        /// The sequence number of its record.
        #[serde(with = "number")]
        binding: u64,
    },
    /// The day is one on which the policies are in force.
    InDate {
        /// The first.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<Day>,
        /// The last.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<Day>,
    },
    /// A window of calls has room.
    Calls(Calls),
    /// The act does not go on with a cycle.
    Cycle(Cycle),
    /// A minute has room for another decision.
    Rate {
        /// Whose decisions.
        of: Of,
        /// How many.
        per_minute: u32,
    },
    /// An output did not fit its schema, and another attempt at it may follow.
    Retry {
        /// The decision of the first attempt, by its sequence number.
        #[serde(with = "number")]
        first: u64,
    },
    /// A human granted exactly this act, or must.
    Approved,
    /// Two people signed an override of exactly this act.
    Overridden {
        /// The sequence number of its request.
        #[serde(rename = "override", with = "number")]
        number: u64,
    },
    /// A figure is near its baseline; it is counted, whatever comes of the decision.
    Drift(DriftClaim),
    /// Gates failed, and two people signed an override of them for exactly this act.
    Gates {
        /// Which.
        failed: Vec<Gate>,
        /// The sequence number of the override's request; none: nobody named one.
        #[serde(
            default,
            rename = "override",
            with = "number::optional",
            skip_serializing_if = "Option::is_none"
        )]
        number: Option<u64>,
    },
    /// The session is not older than so many seconds.
    SessionSeconds {
        /// How many.
        max: u64,
    },
    /// A part of a budget is set aside.
    Reserve(Reserve),
}

impl Claim {
    /// Where in the order of a decision it is judged.
    pub const fn stage(&self) -> Stage {
        match self {
            Self::MaySpeak => Stage::Principal,
            Self::NotHalted | Self::Present { .. } => Stage::Halt,
            Self::Bound { .. } | Self::InDate { .. } => Stage::Policy,
            Self::Calls(_) | Self::Cycle(_) | Self::Rate { .. } | Self::Retry { .. } => {
                Stage::Loops
            }
            Self::Drift(_) => Stage::Aegis,
            Self::Approved | Self::Overridden { .. } | Self::Gates { .. } => Stage::Approval,
            Self::SessionSeconds { .. } | Self::Reserve(_) => Stage::Budgets,
        }
    }
}

/// Who asks for what, as the state must know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Act {
    /// Who tells it.
    pub source: String,
    /// Its id at the source.
    pub id: String,
    /// Who calls.
    pub principal: String,
    /// Which agent acts.
    pub agent: String,
    /// In which session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// What kind of act.
    pub kind: ActionKind,
    /// Its name.
    pub name: String,
    /// The digest of exactly this act under these policies.
    pub digest: Digest,
    /// The digest of all that was asked.
    pub request: Digest,
}

/// Why a step failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// At which step.
    pub stage: Stage,
    /// The gate, as AIGC's artifacts name it.
    pub gate: String,
    /// The code that programs go by.
    pub code: String,
    /// In words, without what is redacted.
    pub message: String,
    /// The member of the request, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The patterns that were taken out of the message.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redacted: Vec<String>,
}

/// What the caller's task found, and what the writer must judge.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// Who asks for what.
    pub act: Act,
    /// The digests of the policies that it was held against.
    pub policies: Vec<Digest>,
    /// The verdict so far: `Deny` exactly with a failure.
    pub verdict: Verdict,
    /// The first step that failed.
    pub failure: Option<Failure>,
    /// What must hold.
    pub claims: Vec<Claim>,
    /// How the request was held against the policies.
    pub trail: trail::Trail,
    /// Whether it only shows what it would be: it takes and counts nothing.
    pub shadow: bool,
    /// The approval that the request names, by the sequence number of its record.
    pub approval: Option<u64>,
    /// Whether approvals of this act may be granted in a batch.
    pub low_risk: bool,
    /// How long an approval that is opened for it lives, in seconds.
    pub approval_seconds: u64,
    /// How many people must grant it.
    pub approval_people: u8,
    /// How often it may be tried again if its output does not fit its schema; none: the policy does not say.
    pub retry: Option<RetryPolicy>,
}
