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

choice! {
    /// What a serious incident did.
    Harm {
        /// Somebody died.
        Death = "death",
        /// Somebody's health was seriously harmed.
        Health = "health",
        /// Critical infrastructure was disrupted seriously and irreversibly.
        Infrastructure = "infrastructure",
        /// Obligations that protect fundamental rights were infringed.
        Rights = "rights",
        /// Property was seriously harmed.
        Property = "property",
        /// The environment was seriously harmed.
        Environment = "environment",
    }
}

choice! {
    /// Whom an incident was reported to.
    Recipient {
        /// The provider of the AI system.
        Provider = "provider",
        /// Whoever distributes or imports it.
        Distributor = "distributor",
        /// An authority.
        Authority = "authority",
        /// The people concerned.
        Person = "person",
        /// An insurer.
        Insurer = "insurer",
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
        /// When whoever must report it became aware of it, in nanoseconds since 1970 UTC.
        aware_at_ns: Option<u64>,
        /// What it did, if it is serious.
        harm: Option<Harm>,
    }
    more_digests { "notes" }
}

event! {
    /// An incident was reported to somebody outside.
    IncidentReported = "ai.incident.reported.v1" {
        /// The incident, as `ai.incident.v1` names it.
        incident_id: &'a str,
        /// Whom it was reported to.
        to: Recipient,
        /// When, in nanoseconds since 1970 UTC, where that was before it was recorded.
        reported_at_ns: Option<u64>,
    }
    more_digests { "report" }
}
