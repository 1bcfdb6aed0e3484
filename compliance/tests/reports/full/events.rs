//! What happens in a full ledger.

use crate::ledger::{Fact, NOON, Told, told};

use super::requests::CONTESTED;

/// Days.
pub(super) const DAYS: u64 = 400;
/// A rate that is asked for every 30 days fits in so often, and no two of these days are farther apart.
const CALLS: [u64; 13] = [24, 52, 81, 110, 139, 168, 197, 226, 255, 284, 312, 341, 370];

/// How a ledger is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Days {
    /// The log is reviewed on as many days as it must be.
    Reviewed,
    /// On one day in ten nothing happens, and on one day one thing alone: that is what *nearly every day* allows.
    Silent,
}

/// On such a day nothing happens that is not a review.
pub(super) fn is_silent(day: u64) -> bool {
    day % 10 == 3
}

/// The day on which one thing happens.
pub(super) const QUIET: u64 = 7;

/// The decisions of a day: one, and on one day what is missing to 400.
pub(super) fn decisions(day: u64) -> u64 {
    match day {
        10 => 42,
        day if is_silent(day) || day == QUIET || day == DAYS => 0,
        _ => 1,
    }
}

/// Exactly so many decisions lack something as thresholds allow.
pub(super) fn decision(number: u64) -> Told {
    let (bare, without_policy) = (number % 100 == 50, number % 10 == 5);
    let mut facts: Vec<(&str, Fact)> = vec![
        ("system", "credit".into()),
        ("result", "pass".into()),
        ("agent", "scorer".into()),
        ("risk_score", "0.2".into()),
    ];
    facts.extend([("model", "m".into()), ("model_version", "1".into())]);
    if !without_policy {
        facts.extend([("policy", "lending".into()), ("policy_version", "7".into())]);
    }
    let digests: &[&str] = if bare { &[] } else { &["input", "output"] };
    let mut decision = told("ai.decision.v1", &facts)
        .with(digests)
        .of(&format!("case {number}"))
        .by("service");
    decision.classification = Some("automated_decision");
    decision
}

/// That people were told of a decision.
pub(super) fn notice(number: u64) -> Option<Told> {
    let notice = told("privacy.notice.v1", &[("kind", "decision".into())]);
    let notice = notice
        .of(&format!("case {number}"))
        .with(&["notice"])
        .by("desk");
    (number % 100 != 50).then_some(notice)
}

/// Somebody logs in; one of a hundred attempts says not from where.
pub(super) fn attempt(number: u64) -> Told {
    let attempt = told(
        "access.attempt.v1",
        &[
            ("principal", "a.berg".into()),
            (
                "result",
                if number == 30 { "failure" } else { "success" }.into(),
            ),
        ],
    );
    let attempt = attempt.by("door");
    match number {
        20 => attempt
            .and("origin", "10.0.0.1")
            .and("resource", "ledger")
            .and("privileged", true),
        50 => attempt,
        _ => attempt.and("origin", "10.0.0.1").and("resource", "ledger"),
    }
}

/// The log is reviewed on nearly every day.
pub(super) fn log_review(day: u64) -> Option<Told> {
    let review = told("log.review.v1", &[("reviewer", "l.audit".into())]).by("l.audit");
    let review = match day {
        81 => review.and("findings", 1_u64).and("incident_id", "i"),
        _ => review.and("findings", 0_u64),
    };
    (day % 100 != 98).then_some(review)
}

/// What is declared, evaluated and released before anything is used.
pub(super) fn registered() -> Vec<Told> {
    let model = [("model", "m".into()), ("model_version", "1".into())];
    let old = [("model", "old".into()), ("model_version", "1".into())];
    vec![
        told("ai.evaluation.v1", &old).with(&["report"]).by("t.lab"),
        told("ai.model.released.v1", &old)
            .and("approved_by", "a.boss")
            .and("provider", "acme")
            .with(&["model", "impact_assessment"])
            .by("t.lab"),
        told("ai.evaluation.v1", &model)
            .with(&["report"])
            .by("t.lab"),
        told("ai.model.released.v1", &model)
            .and("approved_by", "a.boss")
            .and("provider", "acme")
            .with(&["model", "impact_assessment"])
            .by("t.lab"),
        told(
            "ai.policy.registered.v1",
            &[
                ("policy", "lending".into()),
                ("policy_version", "7".into()),
                ("kind", "decision".into()),
                ("approved_by", "a.boss".into()),
            ],
        )
        .by("t.lab"),
        told(
            "ai.dataset.registered.v1",
            &[
                ("dataset", "holdout".into()),
                ("purpose", "testing".into()),
                ("origin", "archive".into()),
                ("licence", "own".into()),
            ],
        )
        .with(&["dataset"])
        .by("t.lab"),
        told("ai.tool.registered.v1", &[("tool", "pay".into())])
            .with(&["tool"])
            .by("t.lab"),
        told(
            "ai.agent.declared.v1",
            &[("agent", "scorer".into()), ("operator", "m.rossi".into())],
        )
        .by("m.rossi"),
        told(
            "log.state.v1",
            &[
                ("state", "started".into()),
                ("heartbeat_seconds", 200_000_u64.into()),
            ],
        )
        .by("service"),
    ]
}

/// Noon of a day, in nanoseconds.
pub(super) fn at(day: u64) -> u64 {
    (NOON + day * 86_400) * 1_000_000_000
}

/// A breach that somebody was told of.
fn breach(day: u64, to: &str) -> Told {
    let facts = [
        ("breach_id", "b".into()),
        ("aware_at_ns", at(day).into()),
        ("to", to.into()),
        ("high_risk", true.into()),
    ];
    told("privacy.breach.v1", &facts)
        .with(&["notice"])
        .by("h.safe")
}

/// What happens once.
pub(super) fn happened(day: u64) -> Vec<Told> {
    let order = |kind: &str| {
        told(
            &format!("ai.agent.{kind}.v1"),
            &[
                ("agent", "scorer".into()),
                ("by", "m.rossi".into()),
                ("by_kind", "human".into()),
            ],
        )
        .by("m.rossi")
    };
    let incident = |status: &str| {
        told(
            "ai.incident.v1",
            &[
                ("incident_id", "i".into()),
                ("status", status.into()),
                ("severity", "critical".into()),
                ("serious", true.into()),
                ("harm", "health".into()),
                (
                    "aware_at_ns",
                    (NOON * 1_000_000_000 + day * 86_400_000_000_000).into(),
                ),
            ],
        )
        .by("h.safe")
    };
    let approval = ("approval_id", Fact::from("p"));
    match day {
        20 => vec![order("halted"), order("resumed")],
        50 => vec![
            told(
                "ai.model.retired.v1",
                &[("model", "old".into()), ("model_version", "1".into())],
            )
            .by("t.lab"),
        ],
        30 => vec![
            told(
                "privacy.consent.v1",
                &[("consent_id", "c".into()), ("status", "given".into())],
            )
            .with(&["wording"])
            .by("desk"),
            told(
                "com.example.letter",
                &[
                    ("legal_basis", "consent".into()),
                    ("consent_id", "c".into()),
                    ("retain_until_ns", (u64::MAX / 4).into()),
                ],
            )
            .about_somebody()
            .by("desk"),
            told(
                "privacy.consent.v1",
                &[("consent_id", "d".into()), ("status", "given".into())],
            )
            .with(&["wording"])
            .by("desk"),
            told(
                "privacy.consent.v1",
                &[("consent_id", "d".into()), ("status", "withdrawn".into())],
            )
            .by("desk"),
        ],
        70 => vec![
            told(
                "log.state.v1",
                &[("state", "failed".into()), ("cause", "disk".into())],
            )
            .by("service"),
            told(
                "log.state.v1",
                &[
                    ("state", "recovered".into()),
                    ("heartbeat_seconds", 200_000_u64.into()),
                ],
            )
            .by("service"),
        ],
        90 => vec![breach(day, "authority"), breach(day, "person")],
        40 => vec![
            told("ai.override.v1", &[("reviewer", "a.berg".into())])
                .of("case 9")
                .with(&["original_output", "final_output"])
                .by("a.berg"),
        ],
        60 => vec![
            told(
                "ai.approval.requested.v1",
                &[
                    approval.clone(),
                    ("agent", "scorer".into()),
                    ("operator", "m.rossi".into()),
                ],
            )
            .by("scorer"),
            told(
                "ai.approval.granted.v1",
                &[approval.clone(), ("reviewer", "a.berg".into())],
            )
            .by("a.berg"),
            told(
                "ai.tool_call.v1",
                &[
                    approval,
                    ("agent", "scorer".into()),
                    ("tool", "pay".into()),
                    ("result", "ok".into()),
                ],
            )
            .by("scorer"),
        ],
        80 => vec![
            incident("opened"),
            told(
                "ai.incident.reported.v1",
                &[
                    ("incident_id", "i".into()),
                    ("to", "authority".into()),
                    ("reported_at_ns", at(day).into()),
                ],
            )
            .with(&["report"])
            .by("h.safe"),
            told(
                "ai.incident.reported.v1",
                &[("incident_id", "i".into()), ("to", "person".into())],
            )
            .by("h.safe"),
        ],
        82 => vec![incident("closed")],
        100 => vec![
            told(
                "ai.violation.v1",
                &[
                    ("kind", "scope".into()),
                    ("prevented", true.into()),
                    ("agent", "scorer".into()),
                ],
            )
            .by("service"),
        ],
        _ => Vec::new(),
    }
}

/// Reviews of decisions: with an override, of one in a hundred.
pub(super) fn reviews(day: u64) -> Option<Told> {
    let review = told(
        "ai.oversight.v1",
        &[
            ("reviewer", "a.berg".into()),
            ("intervention", "confirm".into()),
        ],
    );
    let case = match day {
        12 | 42 => format!("case {}", day - 10),
        132 => CONTESTED.to_owned(),
        _ => return None,
    };
    Some(review.of(&case).by("a.berg"))
}

/// Calls of models, as often as a rate is asked for.
pub(super) fn calls(day: u64) -> Option<Told> {
    let due = CALLS.contains(&day);
    let call = told(
        "ai.performance.v1",
        &[
            ("system", "credit".into()),
            ("model", "m".into()),
            ("model_version", "1".into()),
            ("error", false.into()),
            ("drift_status", "ok".into()),
            ("metric.auc", "0.9".into()),
        ],
    );
    due.then(|| call.by("service"))
}
