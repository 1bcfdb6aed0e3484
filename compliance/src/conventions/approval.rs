//! Approvals that agents ask humans for.

use super::definition::event;

event! {
    /// An agent asks a human to approve an action.
    ApprovalRequested = "ai.approval.requested.v1" {
        /// Names the request; a random id.
        approval_id: &'a str,
        /// The agent that asks.
        agent: &'a str,
        /// The human who answers for the agent, and who so must not be the one who approves.
        operator: Option<&'a str>,
        /// What it asks to do.
        action: Option<&'a str>,
        /// The session it belongs to.
        session: Option<&'a str>,
        /// The AI system.
        system: Option<&'a str>,
        /// When the request ends, in nanoseconds since 1970 UTC.
        expires_at_ns: Option<u64>,
    }
    more_digests { "action" }
}

event! {
    /// A human approves.
    ApprovalGranted = "ai.approval.granted.v1" {
        /// The request.
        approval_id: &'a str,
        /// The human.
        reviewer: &'a str,
        /// Why, as a word of a small vocabulary.
        reason: Option<&'a str>,
    }
    more_digests { "action", "notes" }
}

event! {
    /// A human refuses.
    ApprovalDenied = "ai.approval.denied.v1" {
        /// The request.
        approval_id: &'a str,
        /// The human.
        reviewer: &'a str,
        /// Why, as a word of a small vocabulary.
        reason: Option<&'a str>,
    }
    more_digests { "action", "notes" }
}

event! {
    /// Nobody answered in time.
    ApprovalExpired = "ai.approval.expired.v1" {
        /// The request.
        approval_id: &'a str,
    }
}
