//! The kinds of governance records.

use serde::{Deserialize, Serialize};

use crate::{
    digest::Digest,
    number,
    policy::{PolicyKind, binding::Binding},
    record::{
        decision::{Completion, Decision},
        figures::DriftBaseline,
        refused::RefusedCalls,
    },
    request::ActionKind,
};

/// What is halted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum HaltOf {
    /// Everything.
    Everything,
    /// An agent.
    Agent(String),
    /// A session.
    Session(String),
}

/// A policy that can be bound.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyRegistered {
    /// The digest by which bindings and decisions name it: of AIGC's kind, of the composed policy.
    pub digest: Digest,
    /// Its kind.
    pub kind: PolicyKind,
    /// The name and the digest of each document: the policy, then what it extends.
    pub documents: Vec<(String, Digest)>,
}

/// What is known of an agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentDeclared {
    /// Its name.
    pub agent: String,
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<String>,
    /// The principals that may speak for it, besides one of its own name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub speakers: Vec<String>,
}

/// What a human must see of an act before it is granted. It says nothing that its decision's record would not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// What kind of act.
    pub kind: ActionKind,
    /// Its name.
    pub name: String,
    /// In which session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// What it costs at the most, in billionths of a dollar, if a budget counts money.
    #[serde(
        default,
        with = "number::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub cost: Option<u64>,
    /// Tokens at the most, if a budget counts them.
    #[serde(
        default,
        with = "number::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub tokens: Option<u64>,
    /// The sequence number of the binding by which a human is asked.
    #[serde(
        default,
        with = "number::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub binding: Option<u64>,
    /// The digests of the policies, which the act's digest is under.
    pub policies: Vec<Digest>,
    /// Why a human is asked, in words.
    pub reason: String,
}

/// A human is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApprovalOpened {
    /// The sequence number of the decision that asks. Of one that waits for the answer, that of this record: its decision
    /// is recorded once, when it is answered.
    #[serde(with = "number")]
    pub decision: u64,
    /// The digest of exactly the act that is to be granted.
    pub act: Digest,
    /// The agent that is to act.
    pub agent: String,
    /// The principal that asked.
    pub principal: String,
    /// When it expires, in nanoseconds since 1970.
    #[serde(with = "number")]
    pub expires: u64,
    /// How many people must grant it.
    pub people: u8,
    /// Whether it may be granted in a batch.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub low_risk: bool,
    /// What is to be granted.
    pub asked: Asked,
}

/// Somebody asks for an override of gates that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OverrideRequested {
    /// The digest of exactly the act that it is for.
    pub act: Digest,
    /// The digest of the message that is to be signed: proposal, justification, failed gates.
    pub message: Digest,
    /// The gates that failed.
    pub failed_gates: Vec<String>,
    /// Who asks, and so can't sign.
    pub requested_by: String,
    /// What the message names as the proposal.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub proposal: String,
    /// Why it is asked for, as the message has it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub justification: String,
}

/// Somebody who may sign overrides, or may not any more. A later record of the same principal takes its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OverrideSigner {
    /// Who.
    pub signer: String,
    /// In which role; none: it may not sign any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// The Ed25519 public key: 64 hexadecimal digits of lower case.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub key: String,
}

/// A signature. It fits only if it verifies with the key that the signer is registered with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OverrideSigned {
    /// The sequence number of the request.
    #[serde(rename = "override", with = "number")]
    pub request: u64,
    /// In which role.
    pub role: String,
    /// Who.
    pub signer: String,
    /// The digest of the message that was signed. Another than was asked for rejects the override.
    pub message: Digest,
    /// The public key that the signer is registered with: 64 hexadecimal digits of lower case.
    pub key: String,
    /// The Ed25519 signature over [`super::override_bytes`] of the message: 128 hexadecimal digits of lower case.
    pub signature: String,
}

/// A proposal that others decide on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proposed {
    /// The digest of what is proposed.
    pub content: Digest,
    /// Who proposes it, and so never approves it.
    pub proposer: String,
    /// How many of the voters must say yes; 0: no vote is asked for.
    pub quorum: u8,
    /// Who may vote.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub voters: Vec<String>,
    /// Until when, in nanoseconds since 1970.
    #[serde(with = "number")]
    pub deadline: u64,
}

/// A vote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Voted {
    /// The sequence number of the proposal.
    #[serde(with = "number")]
    pub proposal: u64,
    /// Who votes.
    pub voter: String,
    /// The model that voted, and its version, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<(String, String)>,
    /// Yes or no.
    pub yes: bool,
    /// The digest of the reasons.
    pub reasons: Digest,
}

/// Where a proposal goes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProposalStep {
    /// It was decided on: the quorum said yes.
    Decided,
    /// Somebody who did not propose it approved it.
    Approved,
    /// It was carried out.
    Executed,
    /// It was refused, at whatever step.
    Rejected,
}

/// The content of a governance record.
#[expect(
    clippy::large_enum_variant,
    reason = "entries are made one at a time, and most are decisions"
)]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
pub enum Entry {
    /// A version of all rules is in force from here on.
    Semantics {
        /// Which.
        version: u32,
    },
    /// A policy can be bound.
    Policy(PolicyRegistered),
    /// Policies govern requests from here on.
    Binding(Binding),
    /// An agent is known.
    Agent(AgentDeclared),
    /// An agent says that it is there.
    Sign {
        /// Which.
        agent: String,
    },
    /// A decision.
    Decision(Decision),
    /// What came of one.
    Completion(Completion),
    /// Nothing ran: the reservation is given back.
    Released {
        /// The sequence number of the decision.
        #[serde(with = "number")]
        decision: u64,
    },
    /// A human is asked.
    ApprovalOpened(ApprovalOpened),
    /// Somebody takes it on.
    ApprovalClaimed {
        /// Which.
        #[serde(with = "number")]
        approval: u64,
        /// Who.
        by: String,
    },
    /// Somebody passes it on to others.
    ApprovalEscalated {
        /// Which.
        #[serde(with = "number")]
        approval: u64,
        /// Who.
        by: String,
        /// The principal or group that alone may grant it from here on; none: anybody else.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<String>,
    },
    /// Somebody answers.
    ApprovalAnswered {
        /// Which.
        #[serde(with = "number")]
        approval: u64,
        /// Who.
        by: String,
        /// Yes or no.
        granted: bool,
    },
    /// Nobody answered in time.
    ApprovalExpired {
        /// Which.
        #[serde(with = "number")]
        approval: u64,
    },
    /// Something is halted.
    Halted {
        /// What.
        of: HaltOf,
        /// By whom.
        by: String,
        /// How many people must resume it.
        people: u8,
    },
    /// Somebody resumes it; with two people, the first of them.
    Resumed {
        /// What.
        of: HaltOf,
        /// By whom.
        by: String,
    },
    /// An override is asked for.
    OverrideRequested(OverrideRequested),
    /// Somebody may sign overrides, with this key, in this role.
    OverrideSigner(OverrideSigner),
    /// An override is signed.
    OverrideSigned(OverrideSigned),
    /// Figures are held against a baseline from here on.
    DriftBaseline(DriftBaseline),
    /// An override is rejected.
    OverrideRejected {
        /// The sequence number of the request.
        #[serde(rename = "override", with = "number")]
        request: u64,
        /// By whom.
        by: String,
    },
    /// Something is proposed.
    Proposed(Proposed),
    /// A vote on it.
    Voted(Voted),
    /// A proposal goes on.
    ProposalMoved {
        /// The sequence number of the proposal.
        #[serde(with = "number")]
        proposal: u64,
        /// To where.
        to: ProposalStep,
        /// By whom.
        by: String,
    },
    /// Calls that came to nothing.
    Refused(RefusedCalls),
    /// A successor, or a ledger after quarantine: everything is halted until a person resumes it.
    Succeeded {
        /// How many people must resume it.
        people: u8,
    },
    /// A snapshot of the state before this record.
    Snapshot {
        /// The digest of its bytes.
        digest: Digest,
        /// The sequence number of the last record in it.
        #[serde(with = "number")]
        sequence: u64,
        /// The version of all rules under which it was made.
        semantics: u32,
    },
}
