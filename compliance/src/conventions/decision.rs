//! Decisions of AI systems.

use super::definition::event;
use super::value::{Amount, choice};

choice! {
    /// What a decision came to.
    DecisionResult {
        /// It was let through.
        Pass = "pass",
        /// A gate refused it.
        Fail = "fail",
        /// It waits.
        Pause = "pause",
        /// It was stopped.
        Halt = "halt",
        /// It was handed to a human.
        Escalate = "escalate",
        /// It came to nothing, for an error.
        Error = "error",
    }
}

event! {
    /// An AI system decided. A correlation id lets people's corrections be held against it; `classification` says
    /// what kind of decision it is, for instance `automated_decision`.
    Decision = "ai.decision.v1" {
        /// The AI system.
        system: &'a str,
        /// What it came to.
        result: DecisionResult,
        /// The answer in the words of the trade, from a small vocabulary: `refund_approved`.
        outcome: Option<&'a str>,
        /// The agent that acted.
        agent: Option<&'a str>,
        /// The session it belongs to.
        session: Option<&'a str>,
        /// The model.
        model: Option<&'a str>,
        /// The model's version.
        model_version: Option<&'a str>,
        /// The policy that it was held against.
        policy: Option<&'a str>,
        /// The policy's version.
        policy_version: Option<&'a str>,
        /// The first gate that refused it.
        failed_gate: Option<&'a str>,
        /// The risk, as the policy scores it.
        risk_score: Option<Amount>,
        /// The sequence number of the decision of this ledger's own gate that allowed it.
        gate_decision: Option<u64>,
        /// How long it took, in milliseconds.
        latency_ms: Option<u64>,
    }
    more_digests { "input", "output", "metadata" }
}
