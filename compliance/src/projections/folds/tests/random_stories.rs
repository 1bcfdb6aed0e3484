//! Stories by lot, in which everything happens that folds look at.

use super::{
    random_attributes::{Step, agent, around, human, text, with_payload},
    random_gate::{governed, under_gate},
    random_records::{recorded, used},
    story::{Fact, NOON, SECOND, Story, Told, event},
};
use crate::conventions::Right;

const TYPES: u8 = 58;

fn approval(number: u8) -> Fact {
    Fact::Text(format!("approval {}", number % 5))
}

/// What an AI system decided, and what humans did about it.
fn decided((kind, who, what, how): Step) -> Option<Told> {
    let correlation = format!("case {}", what % 6);
    Some(match kind % TYPES {
        0..=2 => {
            let result = text(&["pass", "fail", "escalate", "wrong word"], how);
            let mut facts = vec![
                ("system", text(&["credit", "hiring"], who)),
                ("result", result),
            ];
            if what % 2 == 0 {
                facts.extend([
                    ("model", text(&["m1", "\u{1f600}", "\u{ff61}"], who)),
                    ("policy", text(&["p1", "p2"], what)),
                ]);
                facts.extend([
                    ("model_version", text(&["1", "2"], how)),
                    ("policy_version", text(&["1", "2"], who)),
                    ("risk_score", text(&["0.5", "0.75"], how)),
                    ("agent", agent(who)),
                ]);
            }
            let decision = event("ai.decision.v1", &facts).with_digests(&["input"]);
            if who % 5 == 0 {
                decision
            } else {
                decision.correlated(&correlation)
            }
        }
        3 | 4 => event("ai.override.v1", &[("reviewer", human(how))])
            .correlated(&correlation)
            .with_digests(&["original_output", "final_output"]),
        5 => {
            let review = event(
                "ai.oversight.v1",
                &[
                    ("reviewer", human(who)),
                    ("intervention", text(&["review", "confirm", "stop"], how)),
                ],
            );
            if how % 4 == 0 {
                review
            } else {
                review.correlated(&correlation)
            }
        }
        _ => return None,
    })
}

/// Approvals and what they are for.
fn approved((kind, who, what, how): Step) -> Option<Told> {
    Some(match kind % TYPES {
        6 | 7 => event(
            "ai.approval.requested.v1",
            &[
                ("approval_id", approval(what)),
                ("agent", agent(who)),
                if how % 2 == 0 {
                    ("operator", human(how))
                } else {
                    ("expires_at_ns", Fact::Uint(NOON))
                },
            ],
        ),
        8 | 9 => event(
            "ai.approval.granted.v1",
            &[("approval_id", approval(what)), ("reviewer", human(how))],
        ),
        10 => event(
            "ai.approval.denied.v1",
            &[("approval_id", approval(what)), ("reviewer", human(how))],
        ),
        11 => event("ai.approval.expired.v1", &[("approval_id", approval(what))]),
        12 | 13 => event(
            "ai.tool_call.v1",
            &[
                ("agent", agent(who)),
                ("tool", text(&["mail", "pay"], what)),
                ("result", text(&["ok", "error", "refused"], how)),
                if how % 2 == 0 {
                    ("approval_id", approval(what))
                } else {
                    ("latency_ms", Fact::Uint(7))
                },
            ],
        ),
        _ => return None,
    })
}

/// What agents are and use.
fn of_agents((kind, who, what, how): Step) -> Option<Told> {
    Some(match kind % TYPES {
        15 | 34 => event(
            "ai.budget.used.v1",
            &[
                ("agent", agent(who)),
                ("session", text(&["s1", "s2"], what)),
                ("tokens", Fact::Uint(u64::from(how))),
                ("cost", text(&["0.1", "0.25"], how)),
                ("currency", text(&["USD", "EUR"], what)),
                ("day_token_cap", Fact::Uint(u64::from(what) * 4)),
                ("session_cost_cap", text(&["0.5", "1"], who)),
            ],
        ),
        16 => event(
            "ai.agent.declared.v1",
            &[
                ("agent", agent(who)),
                if who % 3 == 0 {
                    ("purpose", human(how))
                } else {
                    ("operator", human(how))
                },
            ],
        ),
        17 => event(
            "ai.agent.present.v1",
            &[
                ("agent", agent(who)),
                ("state", text(&["live", "idle"], how)),
            ],
        ),
        18 => event(
            "ai.agent.halted.v1",
            &[
                ("agent", agent(who)),
                ("by", human(how)),
                ("by_kind", text(&["human", "system"], what)),
            ],
        ),
        19 => event(
            "ai.agent.resumed.v1",
            &[
                ("agent", agent(who)),
                ("by", human(how)),
                ("by_kind", text(&["human", "agent"], what)),
            ],
        ),
        _ => return None,
    })
}

/// What is in use.
fn in_use((kind, who, what, how): Step) -> Option<Told> {
    Some(match kind % TYPES {
        20 => event(
            "ai.policy.registered.v1",
            &[
                ("policy", text(&["p1", "p3"], what)),
                ("policy_version", text(&["1", "2"], how)),
                (
                    "kind",
                    text(
                        &["scope", "budget", "approval", "decision", "retention"],
                        who,
                    ),
                ),
            ],
        ),
        21 => event(
            "ai.model.released.v1",
            &[
                ("model", text(&["m1"], what)),
                ("model_version", text(&["1"], how)),
                if who % 2 == 0 {
                    ("provider", text(&["acme"], what))
                } else {
                    ("approved_by", human(how))
                },
            ],
        ),
        28 => event(
            "ai.dataset.registered.v1",
            &[
                ("dataset", text(&["d1", "d2"], what)),
                ("purpose", text(&["training", "testing"], how)),
                if who % 2 == 0 {
                    ("origin", text(&["public"], what))
                } else {
                    ("licence", text(&["cc-by"], what))
                },
            ],
        )
        .with_digests(&["dataset"]),
        _ => return None,
    })
}

/// How models do, and what went wrong.
fn of_systems((kind, who, what, how): Step) -> Option<Told> {
    Some(match kind % TYPES {
        14 => event(
            "ai.performance.v1",
            &[
                ("system", text(&["credit", "hiring"], who)),
                ("model", text(&["m1", "m2"], who)),
                if how % 5 == 0 {
                    ("note", text(&["unsaid"], what))
                } else {
                    ("error", Fact::Boolean(how % 3 == 0))
                },
                ("latency_ms", Fact::Uint(u64::from(what) * u64::from(how))),
                ("drift", text(&["0.1", "0.45"], what)),
                if how % 7 == 0 {
                    ("error_kind", text(&["timeout"], what))
                } else {
                    ("drift_status", text(&["ok", "warning", "critical"], how))
                },
                (
                    "metric.accuracy",
                    text(&["0.9", "-0.5", "no decimal"], what),
                ),
                ("provider_status", text(&["success", "429"], how)),
            ],
        ),
        22 => event(
            "ai.incident.v1",
            &[
                ("incident_id", text(&["i1", "i2"], what)),
                ("status", text(&["opened", "updated", "closed"], how)),
                ("severity", text(&["low", "critical"], who)),
                if who % 5 == 0 {
                    ("harm", text(&["death", "infrastructure"], what))
                } else {
                    ("serious", Fact::Boolean(who % 4 == 0))
                },
                if what % 3 == 0 {
                    ("note", text(&["by_letter"], what))
                } else {
                    let days = u64::from(how) * 86_400 * SECOND;
                    ("aware_at_ns", Fact::Uint(NOON - days))
                },
            ],
        ),
        23 => event(
            "ai.violation.v1",
            &[
                (
                    "kind",
                    text(&["scope", "budget", "loop", "contract", "policy"], how),
                ),
                ("agent", agent(who)),
            ],
        ),
        _ => return None,
    })
}

/// What people ask for, and what they were shown.
fn of_people((kind, who, what, how): Step) -> Option<Told> {
    Some(match kind % TYPES {
        24 => event(
            "indelible.access.decrypted.v1",
            &[
                ("principal", text(&["hana", "ivo", "local"], who)),
                ("call", text(&["get", "list"], what)),
                ("events", Fact::Uint(u64::from(how))),
                ("first_sequence", Fact::Uint(0)),
                ("last_sequence", Fact::Uint(9)),
                ("sequences", text(&["0-9"], what)),
            ],
        ),
        29 => event(
            "indelible.report.made.v1",
            &[
                ("principal", human(who)),
                ("framework", text(&["gdpr"], how)),
                ("report_id", text(&["r"], what)),
            ],
        ),
        30 => event(
            "privacy.request.received.v1",
            &[
                ("request_id", text(&["r1", "r2", "r3"], what)),
                ("right", text(Right::WORDS, how)),
                if who % 3 > 0 {
                    // Days before, so that some requests are late.
                    let days = u64::from(who) * 86_400 * SECOND;
                    ("received_at_ns", Fact::Uint(NOON - days))
                } else {
                    ("note", text(&["by_letter"], what))
                },
            ],
        )
        .correlated_if(who % 4 > 0, &format!("case {}", who % 6)),
        31 => event(
            if how % 3 == 0 {
                "privacy.request.extended.v1"
            } else {
                "privacy.request.answered.v1"
            },
            &[
                ("request_id", text(&["r1", "r2", "r3", "r4"], what)),
                ("outcome", text(&["fulfilled", "partly", "refused"], who)),
            ],
        )
        .with_digests(if what % 2 == 0 { &["answer"] } else { &[] }),
        _ => return None,
    })
}

/// What came from other systems.
fn imported((kind, who, what, how): Step) -> Option<Told> {
    Some(match kind % TYPES {
        32 => event(
            "indelible.import.checked.v1",
            &[
                ("import_system", text(&["aigc", "codeatelier"], who)),
                ("verdict", text(&["unverified", "verified", "broken"], how)),
                ("file_sha256", text(&["aa", "bb", "cc"], what)),
                ("artifacts", Fact::Uint(u64::from(who))),
                ("verified", Fact::Uint(u64::from(how))),
                ("unverified", Fact::Uint(0)),
                ("broken", Fact::Uint(u64::from(what))),
                ("first_broken_line", Fact::Uint(u64::from(how))),
                ("first_broken_finding", text(&["link_broken", "fork"], who)),
            ],
        ),
        33 => event(
            "indelible.import.broken.v1",
            &[("import_finding", text(&["content_altered"], what))],
        ),
        _ => return None,
    })
}

/// A key event, if it is one.
fn key_event(story: &mut Story, (kind, who, what, how): Step) -> bool {
    match kind % TYPES {
        25 => {
            story.erase(&[what % 4 + 1], "on request");
        }
        26 => {
            if how % 2 == 0 {
                story.hold(who % 3, (what % 3 > 0).then_some(&[what % 4 + 1]));
            } else {
                story.release(who % 3);
            }
        }
        27 => drop(match how % 4 {
            0 => story.kek(what),
            1 => story.ledger_key(what % 4 + 1),
            2 => super::disposals::kept(story, what),
            _ => story.malformed_key_event(),
        }),
        _ => return false,
    }
    true
}

fn step(story: &mut Story, step: Step) {
    if key_event(story, step) || governed(story, step, TYPES) {
        return;
    }
    let told = decided(step)
        .or_else(|| approved(step))
        .or_else(|| of_agents(step))
        .or_else(|| in_use(step))
        .or_else(|| of_systems(step))
        .or_else(|| of_people(step))
        .or_else(|| used(step, TYPES))
        .or_else(|| imported(step))
        .or_else(|| recorded(step, TYPES));
    let told = told.unwrap_or_else(|| {
        let (_, _, _, how) = step;
        event(
            ["com.example.other", "AI-Decision.v1"][usize::from(how % 2)],
            &[("legal_basis", text(&["contract", "consent"], how))],
        )
    });
    let told = under_gate(story, told, step);
    story.tell(around(with_payload(told, step), step));
}

pub(super) fn story(steps: &[(Step, u32)]) -> Story {
    let mut story = Story::new();
    for (next, seconds) in steps {
        story.wait(u64::from(*seconds));
        step(&mut story, *next);
    }
    story
}
