//! What went wrong: violations that were stopped or seen, and incidents.

use super::definition::event;
use super::value::choice;

choice! {
    /// What was violated.
    ViolationKind {
        /// A tool or interface that the agent may not use.
        Scope = "scope",
        /// A cap on what it may use up.
        Budget = "budget",
        /// The same call over and over.
        Loop = "loop",
        /// What must hold before or after a call.
        Contract = "contract",
        /// A policy for decisions.
        Policy = "policy",
    }
}

choice! {
    /// Where an incident stands.
    IncidentStatus {
        /// It was found.
        Opened = "opened",
        /// More is known.
        Updated = "updated",
        /// It is dealt with.
        Closed = "closed",
    }
}

choice! {
    /// How bad an incident is.
    Severity {
        /// Little.
        Low = "low",
        /// Some.
        Medium = "medium",
        /// Much.
        High = "high",
        /// Very much.
        Critical = "critical",
    }
}

event! {
    /// A limit was violated, or would have been.
    Violation = "ai.violation.v1" {
        /// What was violated.
        kind: ViolationKind,
        /// Whether it was kept from happening.
        prevented: Option<bool>,
        /// The agent.
        agent: Option<&'a str>,
        /// The tool.
        tool: Option<&'a str>,
        /// The session it belongs to.
        session: Option<&'a str>,
        /// The AI system.
        system: Option<&'a str>,
    }
}

event! {
    /// An incident was found, is known better, or is dealt with.
    Incident = "ai.incident.v1" {
        /// Names the incident.
        incident_id: &'a str,
        /// Where it stands.
        status: IncidentStatus,
        /// How bad it is.
        severity: Severity,
        /// Whether it is a serious incident, which authorities are told of.
        serious: Option<bool>,
        /// The AI system.
        system: Option<&'a str>,
    }
    more_digests { "notes" }
}
