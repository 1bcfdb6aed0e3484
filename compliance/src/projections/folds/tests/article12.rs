//! The numbers that a report on record-keeping is made of: where the well-known report of the field counts rightly, the
//! same come out; where it takes what is forged or absent for good, something else does.

#![expect(clippy::too_many_lines, reason = "a test tells its story in one piece")]

use serde_json::Value as Json;

use super::story::{Shown, Story, event};

const RECORDED: &str =
    include_str!("../../../../../tests/data/codeatelier/codeatelier_article12.json");

fn approvals(story: &mut Story, asked: u64, granted: u64, denied: u64) {
    let id = |number: u64| ("approval_id", number.to_string().as_str().into());
    for number in 0..asked {
        let facts = &[id(number), ("agent", "a".into())];
        story.tell(event("ai.approval.requested.v1", facts));
    }
    for number in 0..granted + denied {
        let how = if number < granted {
            "granted"
        } else {
            "denied"
        };
        let facts = &[id(number), ("reviewer", "hana".into())];
        story.tell(event(&format!("ai.approval.{how}.v1"), facts));
    }
}

/// The sections of that report, recorded by running it: its numbers come out here, of events instead of arguments. Its
/// words (*compliant*, *partial*) do not: thresholds are a mapping's, and its own say *compliant* of eight inputs in ten.
#[test]
fn the_numbers_of_each_recorded_section_come_out() {
    let recorded: Json = serde_json::from_str(RECORDED).expect("vectors");
    let mut sections = std::collections::BTreeSet::new();
    for vector in recorded["vectors"].as_array().expect("vectors") {
        let id = vector["id"].as_str().expect("an id");
        let section = id.split('-').nth(1).expect("a section");
        let given = |name: &str| vector["in"][name].as_u64().expect("a number");
        let mut story = Story::new();
        match section {
            "registration" => {
                for _ in 0..given("total_events") {
                    story.tell(event("com.example.event", &[]));
                }
                story.told().number("records.events", given("total_events"));
            }
            "input" => {
                let (with, whole) = (given("events_with_input_hash"), given("total_events"));
                for number in 0..whole {
                    let facts = &[("system", "s".into()), ("result", "pass".into())];
                    let digests: &[&str] = if number < with { &["input"] } else { &[] };
                    story.tell(event("ai.decision.v1", facts).with_digests(digests));
                }
                let share = "decisions.share_with_input_digest";
                story.told().share(share, with, whole);
            }
            "reference" => {
                let names = |kind: &str| vector["in"][kind].as_array().expect("names").clone();
                let text = |name: &Json| name.as_str().expect("a name").into();
                for tool in names("tools") {
                    let facts = &[
                        ("agent", "a".into()),
                        ("tool", text(&tool)),
                        ("result", "ok".into()),
                    ];
                    story.tell(event("ai.tool_call.v1", facts));
                }
                for model in names("models") {
                    let facts = &[
                        ("system", "s".into()),
                        ("result", "pass".into()),
                        ("model", text(&model)),
                    ];
                    story.tell(event("ai.decision.v1", facts));
                }
                let told = story.told();
                for (kind, measure) in [
                    ("agents", "agents.seen"),
                    ("tools", "registry.tools"),
                    ("models", "registry.models_used"),
                ] {
                    told.number(measure, names(kind).len() as u64);
                }
            }
            "functioning" => {
                let kinds = [
                    ("scope", "scope"),
                    ("budget", "budget"),
                    ("hitl", "approval"),
                ];
                for (name, kind) in kinds {
                    for number in 0..given(name) {
                        let policy = format!("{kind} {number}");
                        let facts = &[
                            ("policy", policy.as_str().into()),
                            ("policy_version", "1".into()),
                            ("kind", kind.into()),
                        ];
                        story.tell(event("ai.policy.registered.v1", facts));
                    }
                }
                let told = story.told();
                for (name, kind) in kinds {
                    told.number(&format!("registry.policies_{kind}"), given(name));
                }
            }
            "oversight" => {
                let (granted, denied) = (given("granted"), given("denied"));
                approvals(&mut story, given("requested"), granted, denied);
                let told = story.told();
                told.number("oversight.approvals_granted", granted);
                told.number("oversight.approvals_denied", denied);
                told.share(
                    "oversight.share_resolved",
                    granted + denied,
                    given("requested"),
                );
            }
            "postmarket" => {
                for _ in 0..given("scope_violations") {
                    story.tell(event("ai.violation.v1", &[("kind", "scope".into())]));
                }
                let told = story.told();
                told.number("incidents.violations_scope", given("scope_violations"));
                told.number("incidents.violations", given("scope_violations"));
            }
            "report" => {
                let kinds = vector["kinds"].as_array().expect("kinds");
                for kind in kinds {
                    story.tell(event(kind.as_str().expect("a kind"), &[]));
                }
                let count = vector["out"]["event_count"].as_u64().expect("a number");
                story.told().number("records.events", count);
            }
            other => panic!("section {other}"),
        }
        sections.insert(section.to_owned());
    }
    assert_eq!(sections.len(), 7);
}

/// Ten calls of a tool, and an approval asked for and given.
#[test]
fn a_typical_session_gives_each_section_its_numbers() {
    let mut story = Story::new();
    for _ in 0..10 {
        let facts = &[
            ("agent", "a".into()),
            ("tool", "t".into()),
            ("result", "ok".into()),
        ];
        story.tell(event("ai.tool_call.v1", facts).with_digests(&["input"]));
    }
    let asked = &[
        ("approval_id", "1".into()),
        ("agent", "a".into()),
        ("operator", "olga".into()),
    ];
    story.tell(event("ai.approval.requested.v1", asked));
    let granted = &[("approval_id", "1".into()), ("reviewer", "hana".into())];
    story.tell(event("ai.approval.granted.v1", granted));
    let told = story.told();
    // Registration of events.
    told.number("records.events", 12);
    told.number("records.types", 3);
    // What was used.
    told.number("agents.seen", 1);
    told.number("registry.tools", 1);
    told.number("registry.models_used", 0);
    // Oversight: everything that was asked is answered.
    told.share("oversight.share_resolved", 1, 1);
    told.number("oversight.self_approvals", 0);
    // After release.
    for kind in ["scope", "budget", "loop"] {
        told.number(&format!("incidents.violations_{kind}"), 0);
    }
    // No agent is declared: coverage is not a hundred per cent, it is not known.
    told.not_computable("agents.coverage");
}

/// Three requests, two granted, one denied: all are answered, which is what counts, and not that most were granted.
#[test]
fn a_denial_is_an_answer() {
    let mut story = Story::new();
    for id in ["1", "2", "3"] {
        story.tell(event(
            "ai.approval.requested.v1",
            &[("approval_id", id.into()), ("agent", "a".into())],
        ));
    }
    for (id, how) in [("1", "granted"), ("2", "granted"), ("3", "denied")] {
        let facts = &[("approval_id", id.into()), ("reviewer", "hana".into())];
        story.tell(event(&format!("ai.approval.{how}.v1"), facts));
    }
    let told = story.told();
    told.share("oversight.share_resolved", 3, 3);
    told.number("oversight.approvals_granted", 2);
    told.number("oversight.approvals_denied", 1);
}

/// As many answers as requests are not the answers to these requests.
#[test]
fn answers_to_other_requests_resolve_nothing() {
    let mut story = Story::new();
    for id in ["1", "2"] {
        story.tell(event(
            "ai.approval.requested.v1",
            &[("approval_id", id.into()), ("agent", "a".into())],
        ));
    }
    for id in ["8", "9"] {
        let facts = &[("approval_id", id.into()), ("reviewer", "hana".into())];
        story.tell(event("ai.approval.granted.v1", facts));
    }
    let told = story.told();
    told.share("oversight.share_resolved", 0, 2);
    told.counts("oversight.approvals_answered_unasked", &[2, 3]);
}

/// Seven of ten inputs, and eight of ten.
#[test]
fn the_share_of_inputs_is_of_all_that_can_be_read_and_the_rest_stands_beside_it() {
    for with_input in [7, 8] {
        let mut story = Story::new();
        for number in 0..10 {
            let decision = event(
                "ai.decision.v1",
                &[("system", "s".into()), ("result", "pass".into())],
            );
            let digests: &[&str] = if number < with_input { &["input"] } else { &[] };
            story.tell(decision.with_digests(digests));
        }
        story.tell(event("ai.decision.v1", &[]).shown(Shown::Erased));
        let told = story.told();
        told.share("decisions.share_with_input_digest", with_input, 10);
        told.counts("decisions.not_readable", &[10]);
    }
}

/// A report that we know of logs loops under one name and counts another, so that it never has any.
#[test]
fn a_loop_that_was_detected_is_a_violation() {
    let mut story = Story::new();
    story.tell(event(
        "ai.violation.v1",
        &[("kind", "loop".into()), ("tool", "search".into())],
    ));
    story.tell(event(
        "ai.violation.v1",
        &[("kind", "scope".into()), ("prevented", true.into())],
    ));
    let told = story.told();
    told.counts("incidents.violations", &[0, 1]);
    told.counts("incidents.violations_loop", &[0]);
    told.counts("incidents.violations_not_prevented", &[0]);
}

/// Policies are those that were registered, not those that names of tools suggest.
#[test]
fn policies_are_counted_by_what_they_say_they_are() {
    let mut story = Story::new();
    for (policy, kind) in [("p1", "budget"), ("p2", "budget"), ("p3", "budget")] {
        let facts = &[
            ("policy", policy.into()),
            ("policy_version", "1".into()),
            ("kind", kind.into()),
        ];
        story.tell(event("ai.policy.registered.v1", facts));
    }
    let told = story.told();
    told.number("registry.policies_budget", 3);
    told.number("registry.policies_scope", 0);
    told.number("registry.policies_approval", 0);
}
