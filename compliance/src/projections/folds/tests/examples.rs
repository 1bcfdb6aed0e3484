//! Decisions, performance, budgets, what is in use, what went wrong.

use super::story::{Shown, Story, event};
use crate::projections::{folds::FoldName, measure::Value, table::Cell};

#[test]
fn decisions_are_counted_by_what_they_name() {
    let mut story = Story::new();
    let named = &[
        ("system", "credit".into()),
        ("result", "pass".into()),
        ("model", "m1".into()),
        ("policy", "lending".into()),
        ("policy_version", "7".into()),
        ("risk_score", "0.25".into()),
    ];
    let failed = &[
        ("system", "credit".into()),
        ("result", "fail".into()),
        ("failed_gate", "risk_scoring".into()),
        ("risk_score", "0.9".into()),
    ];
    story.tell(
        event("ai.decision.v1", named)
            .correlated("1")
            .with_digests(&["input", "output"]),
    );
    story.tell(event("ai.decision.v1", failed).with_digests(&["input"]));
    story.tell(event(
        "ai.decision.v1",
        &[("system", "hiring".into()), ("result", "escalate".into())],
    ));
    story.wait(12 * 3_600);
    story.tell(event("ai.decision.v1", named).correlated("2"));
    story.tell(event("ai.decision.v1", named).shown(Shown::Sealed));
    story.tell(event("ai.decision.v1", named).shown(Shown::Erased));
    story.tell(event("ai.decision.v1", &[("system", "credit".into())]));
    story.tell(event("ai.decision.v2", named));
    let told = story.told();
    told.counts("decisions.recorded", &[0, 1, 2, 3]);
    // Of another version is as good as not read.
    told.counts("decisions.not_readable", &[4, 5, 6, 7]);
    told.counts("decisions.failed", &[1]);
    told.counts("decisions.escalated", &[2]);
    told.counts("decisions.without_correlation", &[1, 2]);
    told.share("decisions.share_failed", 1, 4);
    told.share("decisions.share_with_input_digest", 2, 4);
    told.share("decisions.share_with_output_digest", 1, 4);
    told.share("decisions.share_with_model", 2, 4);
    told.share("decisions.greatest_risk_score", 900_000, 1_000_000);
    told.number("decisions.models", 1);
    assert_eq!(
        told.row("decisions.by_system", "credit"),
        ["credit", "3", "1", "[0, 1, 3]", "[1]"]
    );
    assert_eq!(
        told.row("decisions.by_model", "m1"),
        ["m1", "-", "2", "0", "[0, 3]", "[]"]
    );
    assert_eq!(
        told.row("decisions.by_policy", "lending")[..3],
        ["lending", "7", "2"]
    );
    assert_eq!(
        told.row("decisions.by_outcome", "fail")[..4],
        ["fail", "risk_scoring", "-", "1"]
    );
    assert_eq!(
        told.row("decisions.by_day", "2026-03-02")[..3],
        ["2026-03-02", "1", "0"]
    );
}

#[test]
fn calls_are_counted_by_model_and_their_latency_is_spread() {
    let mut story = Story::new();
    for call in 0..100_u64 {
        let facts = &[
            ("system", "credit".into()),
            ("model", "m1".into()),
            ("error", (call >= 95).into()),
            ("latency_ms", (call % 50 + 1).into()),
            (
                "provider_status",
                if call >= 95 { "429" } else { "success" }.into(),
            ),
        ];
        story.tell(event("ai.performance.v1", facts));
    }
    let metrics = &[
        ("system", "credit".into()),
        ("metric.accuracy", "-0.5".into()),
        ("drift", "0.45".into()),
        ("drift_status", "warning".into()),
    ];
    story.tell(event("ai.performance.v1", metrics));
    let told = story.told();
    told.number("performance.calls", 100);
    told.counts("performance.errors", &[95, 96, 97, 98, 99]);
    told.share("performance.error_share", 5, 100);
    told.is("performance.latency_p50", Value::Nanoseconds(25_000_000));
    told.is("performance.latency_p99", Value::Nanoseconds(50_000_000));
    told.counts("performance.drift_warnings", &[100]);
    told.share("performance.greatest_drift", 450_000, 1_000_000);
    let row = told.row("performance.metrics", "credit");
    assert_eq!(row[2..7], ["accuracy", "1", "-0.5", "-0.5", "-0.5"]);
    let table = told.projections.table("performance.by_status").unwrap();
    assert_eq!(table.rows.len(), 2);
    assert_eq!(table.rows[0][2..5], ["429".into(), Cell::None, 5.into()]);
}

#[test]
fn what_reaches_a_cap_does_not_break_it() {
    let mut story = Story::new();
    let used = |cost: &str, session: &str| {
        event(
            "ai.budget.used.v1",
            &[
                ("agent", "ada".into()),
                ("session", session.into()),
                ("tokens", 400.into()),
                ("cost", cost.into()),
                ("currency", "USD".into()),
                ("session_cost_cap", "0.3".into()),
                ("day_token_cap", 1_200.into()),
            ],
        )
    };
    story.tell(used("0.1", "s1"));
    story.tell(used("0.2", "s1"));
    story.tell(used("0.300001", "s2"));
    let told = story.told();
    told.counts("budgets.sessions_over_cap", &[2]);
    told.counts("budgets.days_over_cap", &[]);
    told.number("budgets.tokens", 1_200);
    assert_eq!(
        told.row("budgets.by_agent", "ada"),
        ["ada", "USD", "3", "1200", "0.600001", "0"]
    );
    // Tokens without a currency are the same tokens.
    story.tell(event(
        "ai.budget.used.v1",
        &[("agent", "ada".into()), ("tokens", 1.into())],
    ));
    story.told().counts("budgets.days_over_cap", &[2]);
    // Another day is another budget.
    story.wait(86_400);
    story.tell(used("0.1", "s3"));
    story.told().counts("budgets.days_over_cap", &[2]);
}

#[test]
fn what_is_used_is_held_against_what_is_registered() {
    let mut story = Story::new();
    let released = &[
        ("model", "m1".into()),
        ("model_version", "1".into()),
        ("approved_by", "hana".into()),
    ];
    let policy = &[
        ("policy", "p".into()),
        ("policy_version", "1".into()),
        ("kind", "scope".into()),
    ];
    story.tell(event("ai.model.released.v1", released));
    story.tell(event("ai.policy.registered.v1", policy));
    story.tell(event(
        "ai.dataset.registered.v1",
        &[("dataset", "loans".into())],
    ));
    for (model, version) in [("m1", "1"), ("m1", "2"), ("m2", "1")] {
        let facts = &[
            ("system", "credit".into()),
            ("result", "pass".into()),
            ("model", model.into()),
            ("model_version", version.into()),
            ("policy", "p".into()),
            ("policy_version", version.into()),
        ];
        story.tell(event("ai.decision.v1", facts));
    }
    for result in ["ok", "refused"] {
        let facts = &[
            ("agent", "ada".into()),
            ("tool", "pay".into()),
            ("result", result.into()),
        ];
        story.tell(event("ai.tool_call.v1", facts));
    }
    let told = story.told();
    told.number("registry.models_released", 1);
    told.number("registry.models_used", 3);
    told.number("registry.models_used_unreleased", 2);
    told.number("registry.policies_used_unregistered", 1);
    told.number("registry.policies_scope", 1);
    told.number("registry.policies_budget", 0);
    told.number("registry.datasets", 1);
    told.counts("registry.tool_calls", &[6, 7]);
    told.counts("registry.tool_refusals", &[7]);
    assert_eq!(
        told.row("registry.models", "m1"),
        ["m1", "1", "true", "true", "1", "[0]", "[3]"]
    );
}

#[test]
fn incidents_are_followed_to_their_end() {
    let mut story = Story::new();
    let report = |id: &str, status: &str, severity: &str, serious: bool| {
        event(
            "ai.incident.v1",
            &[
                ("incident_id", id.into()),
                ("status", status.into()),
                ("severity", severity.into()),
                ("serious", serious.into()),
            ],
        )
    };
    story.tell(report("i1", "opened", "low", false));
    story.tell(report("i2", "opened", "high", true));
    story.tell(report("i1", "updated", "critical", false));
    story.tell(report("i1", "closed", "low", false));
    story.tell(event(
        "ai.violation.v1",
        &[("kind", "loop".into()), ("prevented", true.into())],
    ));
    story.tell(event(
        "ai.violation.v1",
        &[("kind", "scope".into()), ("agent", "ada".into())],
    ));
    let told = story.told();
    told.counts("incidents.reported", &[0, 1]);
    told.counts("incidents.open_at_end", &[1]);
    told.counts("incidents.serious_open_at_end", &[1]);
    told.counts("incidents.violations_loop", &[4]);
    told.counts("incidents.violations_not_prevented", &[5]);
    assert_eq!(
        told.row("incidents.incidents", "i1")[1..4],
        ["closed", "critical", "false"]
    );
}

#[test]
fn many_names_are_too_many_and_say_so() {
    let mut story = Story::new();
    for number in 0..=crate::projections::pieces::KEYS_MAX {
        let system = format!("system {number}");
        let facts = &[
            ("system", system.as_str().into()),
            ("result", "pass".into()),
        ];
        story.tell(event("ai.decision.v1", facts));
    }
    let told = story.told();
    told.not_computable("decisions.systems");
    told.number("decisions.recorded", 10_001);
    let rows = told.projections.table("decisions.by_system").unwrap().rows;
    assert_eq!(
        rows,
        [[Cell::Text("more names than a state keeps".to_owned())]]
    );
    assert_eq!(told.projections.tables(FoldName::Decisions).len(), 6);
}
