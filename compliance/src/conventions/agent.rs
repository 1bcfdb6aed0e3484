//! Agents: declared, present, halted, resumed.

use super::definition::event;
use super::value::choice;

choice! {
    /// Who gave an order.
    Principal {
        /// A human.
        Human = "human",
        /// A program of the operator's.
        System = "system",
        /// An agent.
        Agent = "agent",
    }
}

choice! {
    /// What an agent is doing.
    Presence {
        /// It works.
        Live = "live",
        /// It waits.
        Idle = "idle",
        /// It ended.
        Stopped = "stopped",
    }
}

event! {
    /// An agent is declared: it is known, and somebody answers for it.
    AgentDeclared = "ai.agent.declared.v1" {
        /// The agent.
        agent: &'a str,
        /// The human who answers for it.
        operator: Option<&'a str>,
        /// The AI system that it is part of.
        system: Option<&'a str>,
        /// What it is for, as a word of a small vocabulary.
        purpose: Option<&'a str>,
    }
}

event! {
    /// An agent is there. It says nothing about a halt: an agent that was halted stays halted.
    AgentPresent = "ai.agent.present.v1" {
        /// The agent.
        agent: &'a str,
        /// What it is doing.
        state: Presence,
        /// The session it belongs to.
        session: Option<&'a str>,
    }
}

event! {
    /// An agent is halted: it must not act until a human says so.
    AgentHalted = "ai.agent.halted.v1" {
        /// The agent.
        agent: &'a str,
        /// Who halted it.
        by: &'a str,
        /// What they are.
        by_kind: Principal,
        /// Why, as a word of a small vocabulary.
        reason: Option<&'a str>,
    }
}

event! {
    /// An agent may act again. It counts only on a human's word, and never on the agent's own.
    AgentResumed = "ai.agent.resumed.v1" {
        /// The agent.
        agent: &'a str,
        /// Who says so.
        by: &'a str,
        /// What they are.
        by_kind: Principal,
        /// Why, as a word of a small vocabulary.
        reason: Option<&'a str>,
    }
}
