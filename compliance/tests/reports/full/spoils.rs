//! What speaks against clauses.

use crate::ledger::{Fact, Told, told};

/// What speaks against one clause or another, as somebody might record it by mistake or by intent.
pub(super) fn spoils() -> Vec<Told> {
    let incident = |severity: &str| {
        [
            ("incident_id", Fact::from("late")),
            ("status", "opened".into()),
            ("severity", severity.into()),
        ]
    };
    let agent = |kind: &str, name: &str, by_kind: &str| {
        told(
            &format!("ai.agent.{kind}.v1"),
            &[
                ("agent", name.into()),
                ("by", name.into()),
                ("by_kind", by_kind.into()),
            ],
        )
    };
    let decision = [("system", Fact::from("credit")), ("result", "pass".into())];
    vec![
        told("ai.incident.v1", &incident("high")).and("serious", true),
        told("ai.incident.v1", &incident("critical")),
        told("ai.incident.v1", &incident("sev1")),
        told("ai.violation.v1", &[("kind", "scope".into())]),
        told("ai.violation.v1", &[("kind", "data_leak".into())]),
        agent("halted", "scorer", "agent"),
        agent("resumed", "scorer", "agent"),
        agent("halted", "rogue", "system"),
        told(
            "ai.agent.present.v1",
            &[("agent", "rogue".into()), ("state", "live".into())],
        ),
        told(
            "ai.agent.declared.v1",
            &[("agent", "rogue".into()), ("operator", "rogue".into())],
        ),
        told("ai.agent.declared.v1", &[("agent", "idle".into())]),
        told("ai.decision.v1", &decision).and("agent", "rogue"),
        told("ai.decision.v1", &decision)
            .and("model", "other")
            .by("rogue"),
        told("ai.decision.v1", &decision).and("policy", "unwritten"),
        told("ai.decision.v1", &decision).and("risk_score", "much"),
        told("ai.override.v1", &[("reviewer", "scorer".into())])
            .of("no such case")
            .with(&["original_output", "final_output"]),
        told(
            "ai.oversight.v1",
            &[
                ("reviewer", "scorer".into()),
                ("intervention", "annotate".into()),
            ],
        ),
        told(
            "ai.tool_call.v1",
            &[
                ("approval_id", "nobody asked".into()),
                ("agent", "scorer".into()),
                ("tool", "delete".into()),
                ("result", "ok".into()),
            ],
        ),
        told(
            "ai.approval.granted.v1",
            &[("approval_id", "p".into()), ("reviewer", "m.rossi".into())],
        ),
        told(
            "ai.approval.requested.v1",
            &[("approval_id", "q".into()), ("agent", "scorer".into())],
        ),
        told(
            "ai.approval.granted.v1",
            &[("approval_id", "q".into()), ("reviewer", "scorer".into())],
        ),
        told(
            "ai.performance.v1",
            &[("system", "credit".into()), ("error", true.into())],
        ),
        told(
            "ai.performance.v1",
            &[
                ("system", "credit".into()),
                ("provider_status", "error:timeout".into()),
            ],
        ),
        told(
            "ai.performance.v1",
            &[
                ("system", "credit".into()),
                ("drift_status", "critical".into()),
            ],
        ),
        told(
            "privacy.request.received.v1",
            &[("request_id", "open".into()), ("right", "access".into())],
        ),
        told(
            "privacy.request.received.v1",
            &[("request_id", "access".into()), ("right", "erasure".into())],
        ),
        told(
            "privacy.request.answered.v1",
            &[("request_id", "open".into()), ("outcome", "refused".into())],
        ),
        told("com.example.note", &[("producer_sequence", 3_u64.into())]),
        told(
            "com.example.note",
            &[("producer_sequence", 90_000_u64.into())],
        ),
        told("ai.incident.v9", &incident("high")),
    ]
}
