//! The kinds of records, with what reports read of each.

use serde::Deserialize;

use super::{
    decision::{Completion, Decision},
    kind::GateKind,
    number,
};

/// What is halted or resumed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HaltOf {
    /// Everything.
    Everything,
    /// An agent.
    Agent(String),
    /// A session.
    Session(String),
}

/// What is known of an agent from here on.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct AgentDeclared {
    /// Its name.
    pub agent: String,
    /// Who answers for it.
    #[serde(default)]
    pub operator: Option<String>,
}

/// A human is asked.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ApprovalOpened {
    /// The agent that is to act.
    pub agent: String,
    /// The principal that asked.
    pub principal: String,
    /// Until when it can be answered: nanoseconds since 1970 UTC. None: it is not said.
    #[serde(default, deserialize_with = "number::optional")]
    pub expires: Option<u64>,
    /// How many people must grant it.
    pub people: u64,
}

/// What a record says.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
pub enum Entry {
    /// A decision.
    Decision(Box<Decision>),
    /// What came of one.
    Completion(Completion),
    /// Nothing came of one.
    Released {
        /// The sequence number of the decision.
        #[serde(deserialize_with = "number::deserialize")]
        decision: u64,
    },
    /// A human is asked.
    ApprovalOpened(ApprovalOpened),
    /// A human answers.
    ApprovalAnswered {
        /// The sequence number of the record that asks.
        #[serde(deserialize_with = "number::deserialize")]
        approval: u64,
        /// Who.
        by: String,
        /// Yes or no.
        granted: bool,
    },
    /// Nobody answered in time.
    ApprovalExpired {
        /// The sequence number of the record that asks.
        #[serde(deserialize_with = "number::deserialize")]
        approval: u64,
    },
    /// An agent is known.
    Agent(AgentDeclared),
    /// Something is halted.
    Halted {
        /// What.
        of: HaltOf,
        /// By whom.
        by: String,
        /// How many people must resume it.
        people: u64,
    },
    /// Somebody resumes it.
    Resumed {
        /// What.
        of: HaltOf,
        /// By whom.
        by: String,
    },
    /// A human signed an override.
    OverrideSigned {
        /// Who.
        signer: String,
    },
    /// A human rejected one.
    OverrideRejected {
        /// Who.
        by: String,
    },
    /// A ledger that takes another's place begins with everything halted.
    Succeeded {
        /// How many people must resume it.
        people: u64,
    },
}

impl Entry {
    /// Reads the content of a record; none if it is nothing of this, which what moves nothing that a report counts never is.
    pub(super) fn read(content: &[u8]) -> Option<Self> {
        serde_json::from_slice(content).ok()
    }

    /// Who acted, and what it came to, in a word each; empty where it does not say.
    pub fn in_short(&self) -> (&str, &str) {
        match self {
            Self::Decision(decision) => (&decision.act.agent, decision.verdict.word()),
            Self::Completion(completion) => ("", completion.verdict.word()),
            Self::ApprovalOpened(opened) => (&opened.principal, ""),
            Self::ApprovalAnswered { by, granted, .. } => match granted {
                true => (by, "granted"),
                false => (by, "denied"),
            },
            Self::Agent(declared) => (&declared.agent, ""),
            Self::Halted { by, .. } | Self::Resumed { by, .. } => (by, ""),
            Self::OverrideRejected { by } => (by, "denied"),
            Self::OverrideSigned { signer } => (signer, ""),
            Self::Released { .. } | Self::ApprovalExpired { .. } | Self::Succeeded { .. } => {
                ("", "")
            }
        }
    }

    /// The kind of its record.
    pub fn kind(&self) -> GateKind {
        match self {
            Self::Decision(_) => GateKind::Decision,
            Self::Completion(_) => GateKind::Completion,
            Self::Released { .. } => GateKind::Released,
            Self::ApprovalOpened(_) => GateKind::ApprovalOpened,
            Self::ApprovalAnswered { .. } => GateKind::ApprovalAnswered,
            Self::ApprovalExpired { .. } => GateKind::ApprovalExpired,
            Self::Agent(_) => GateKind::Agent,
            Self::Halted { .. } | Self::Succeeded { .. } => GateKind::Halted,
            Self::Resumed { .. } => GateKind::Resumed,
            Self::OverrideSigned { .. } => GateKind::OverrideSigned,
            Self::OverrideRejected { .. } => GateKind::OverrideRejected,
        }
    }
}
