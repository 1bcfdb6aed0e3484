//! What is said of models, breaches, consents and logs, by lot.

use super::{
    random_attributes::{Step, agent, human, text},
    story::{Fact, NOON, SECOND, Told, event},
};

/// What comes after the first kinds, of so many.
pub(super) fn recorded(step: Step, types: u8) -> Option<Told> {
    let (kind, ..) = step;
    let kind = kind % types;
    of_models(kind, step)
        .or_else(|| of_privacy(kind, step))
        .or_else(|| of_logs(kind, step))
}

fn of_models(kind: u8, (_, who, what, how): Step) -> Option<Told> {
    Some(match kind {
        36 => event(
            "ai.model.retired.v1",
            &[
                ("model", text(&["m1"], what)),
                ("model_version", text(&["1"], how)),
            ],
        ),
        37 => event(
            "ai.evaluation.v1",
            &[
                ("model", text(&["m1"], what)),
                ("model_version", text(&["1", "2"], how)),
            ],
        )
        .with_digests(&["report"]),
        38 => event(
            "ai.tool.registered.v1",
            &[("tool", text(&["mail", "pay"], what))],
        ),
        39 => event(
            "ai.incident.reported.v1",
            &[
                ("incident_id", text(&["i1", "i2"], what)),
                ("to", text(&["authority", "person"], who)),
                if how % 2 == 0 {
                    ("reported_at_ns", Fact::Uint(NOON))
                } else {
                    ("note", text(&["by_letter"], what))
                },
            ],
        ),
        _ => return None,
    })
}

fn of_privacy(kind: u8, (_, who, what, how): Step) -> Option<Told> {
    Some(match kind {
        40 => event(
            "privacy.breach.v1",
            &[
                ("breach_id", text(&["b1", "b2", "b3"], what)),
                ("to", text(&["authority", "person", "controller"], who)),
                if how % 3 == 0 {
                    ("delay_reason", text(&["scope_unclear"], what))
                } else {
                    let days = u64::from(how) * 86_400 * SECOND;
                    ("aware_at_ns", Fact::Uint(NOON - days))
                },
                if how % 2 == 0 {
                    ("note", text(&["by_letter"], what))
                } else {
                    ("high_risk", Fact::Boolean(how % 5 > 0))
                },
            ],
        ),
        41 | 42 => event(
            "privacy.consent.v1",
            &[
                ("consent_id", text(&["c1", "c2"], what)),
                ("status", text(&["given", "withdrawn"], how)),
            ],
        ),
        43 => event(
            "privacy.notice.v1",
            &[("kind", text(&["use", "decision", "explanation"], how))],
        )
        .correlated(&format!("case {}", what % 6)),
        44 => event("com.example.visit", &[])
            .with(
                "legal_basis",
                text(&["consent", "contract", "because"], who),
            )
            .with("retain_until_ns", NOON - u64::from(how) * 86_400 * SECOND),
        45 => {
            let visit = event("com.example.visit", &[]).with("legal_basis", "consent");
            visit.with("consent_id", text(&["c1", "c2", "c3"], what))
        }
        _ => return None,
    })
}

fn of_logs(kind: u8, (_, who, what, how): Step) -> Option<Told> {
    Some(match kind {
        46 => event(
            "log.review.v1",
            &[
                ("reviewer", human(who)),
                ("first", Fact::Uint(u64::from(what % 8))),
                ("last", Fact::Uint(u64::from(how % 16))),
                if who % 3 == 0 {
                    ("findings", Fact::Uint(u64::from(how % 2)))
                } else {
                    ("note", text(&["quick"], what))
                },
            ],
        ),
        47 | 48 => event(
            "log.state.v1",
            &[
                (
                    "state",
                    text(
                        &["started", "failed", "stopped", "recovered", "paused"],
                        how,
                    ),
                ),
                if who % 2 == 0 {
                    ("heartbeat_seconds", Fact::Uint(u64::from(what) * 60))
                } else {
                    ("cause", text(&["disk_full"], what))
                },
            ],
        ),
        49 => event(
            "access.attempt.v1",
            &[
                ("principal", human(who)),
                ("result", text(&["success", "failure", "denied"], how)),
                if what % 2 == 0 {
                    ("origin", text(&["10.0.0.1"], what))
                } else {
                    ("resource", text(&["/ledger"], what))
                },
                ("privileged", Fact::Boolean(who % 3 == 0)),
            ],
        ),
        50 => event("com.example.row", &[]).with("imported_from", text(&["old"], how)),
        51 => event("ai.decision.v1", &[])
            .with("system", "credit")
            .with("result", "pass")
            .by(["ada", "hana"][usize::from(how % 2)])
            .with("agent", agent(what))
            .classified("automated_decision"),
        _ => return None,
    })
}

/// What happens in uses of which each must be on record.
pub(super) fn used((kind, who, what, how): Step, types: u8) -> Option<Told> {
    let states = ["started", "matched", "confirmed", "rejected", "ended"];
    let mut facts = vec![
        ("use_id", text(&["u1", "u2", "u3"], what)),
        ("system", text(&["gate", "street"], who)),
        ("state", text(&states, how)),
        ("reviewer", human(who)),
    ];
    if what % 3 == 0 {
        facts.push(("reference_database", text(&["faces 7"], who)));
    }
    let event = event("ai.use.v1", &facts);
    let event = match who % 5 {
        4 => event,
        of => event.correlated(&format!("match {of}")),
    };
    let event = event.with_digests(if how % 2 == 0 { &["input"] } else { &[] });
    (kind % types == 52).then_some(event)
}
