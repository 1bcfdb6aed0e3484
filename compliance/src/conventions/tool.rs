//! Calls of tools.

use super::definition::event;
use super::value::choice;

choice! {
    /// How a call of a tool ended.
    ToolResult {
        /// It was made.
        Ok = "ok",
        /// It failed.
        Error = "error",
        /// It was not allowed.
        Refused = "refused",
    }
}

event! {
    /// An agent called a tool, or was kept from it.
    ToolCall = "ai.tool_call.v1" {
        /// The agent.
        agent: &'a str,
        /// The tool.
        tool: &'a str,
        /// How it ended.
        result: ToolResult,
        /// The AI system.
        system: Option<&'a str>,
        /// The session it belongs to.
        session: Option<&'a str>,
        /// The approval that it was made under. One approval is for one call.
        approval_id: Option<&'a str>,
        /// The sequence number of the decision of this ledger's own gate that allowed it.
        gate_decision: Option<u64>,
        /// How long it took, in milliseconds.
        latency_ms: Option<u64>,
    }
    more_digests { "input", "output" }
}
