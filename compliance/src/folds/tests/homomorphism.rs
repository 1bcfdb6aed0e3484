//! Folding is a homomorphism: for every fold of the list, whatever happens across the cut.

use proptest::prelude::*;

use super::story::{Fact, Shown, Story, Told, event};
use crate::{
    canonical,
    folds::{FoldName, Projections},
    measure::{Measure, Value},
    state::Absorb,
};

/// One step of a story, in numbers: what happens, to whom, and how. The vocabularies are small, so that approvals,
/// overrides, halts and erasures meet what they belong to, on either side of a cut.
type Step = (u8, u8, u8, u8);

const TYPES: u8 = 36;

fn pick(words: &[&str], number: u8) -> String {
    words[usize::from(number) % words.len()].to_owned()
}

fn agent(number: u8) -> Fact {
    Fact::Text(pick(&["ada", "bob", "cy"], number))
}

fn human(number: u8) -> Fact {
    Fact::Text(pick(&["hana", "ivo", "ada"], number))
}

fn text(words: &[&str], number: u8) -> Fact {
    Fact::Text(pick(words, number))
}

fn approval(number: u8) -> Fact {
    Fact::Text(format!("approval {}", number % 5))
}

fn step(story: &mut Story, (kind, who, what, how): Step) {
    let correlation = format!("case {}", what % 6);
    let told = match kind % TYPES {
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
        6 | 7 => event(
            "ai.approval.requested.v1",
            &[
                ("approval_id", approval(what)),
                ("agent", agent(who)),
                if how % 2 == 0 {
                    ("operator", human(how))
                } else {
                    ("expires_at_ns", Fact::Uint(super::story::NOON))
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
        14 => event(
            "ai.performance.v1",
            &[
                ("system", text(&["credit", "hiring"], who)),
                ("model", text(&["m1", "m2"], who)),
                ("error", Fact::Boolean(how % 3 == 0)),
                ("latency_ms", Fact::Uint(u64::from(what) * u64::from(how))),
                ("drift", text(&["0.1", "0.45"], what)),
                ("drift_status", text(&["ok", "warning", "critical"], how)),
                (
                    "metric.accuracy",
                    text(&["0.9", "-0.5", "no decimal"], what),
                ),
                ("provider_status", text(&["success", "429"], how)),
            ],
        ),
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
            ],
        ),
        22 => event(
            "ai.incident.v1",
            &[
                ("incident_id", text(&["i1", "i2"], what)),
                ("status", text(&["opened", "updated", "closed"], how)),
                ("severity", text(&["low", "critical"], who)),
                ("serious", Fact::Boolean(who % 4 == 0)),
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
        24 => event(
            "indelible.access.decrypted.v1",
            &[
                ("principal", human(who)),
                ("call", text(&["get", "list"], what)),
                ("events", Fact::Uint(u64::from(how))),
                ("first_sequence", Fact::Uint(0)),
                ("last_sequence", Fact::Uint(9)),
                ("sequences", text(&["0-9"], what)),
            ],
        ),
        25 => {
            story.erase(&[what % 4 + 1], "on request");
            return;
        }
        26 => {
            if how % 2 == 0 {
                story.hold(who % 3, (what % 3 > 0).then_some(&[what % 4 + 1]));
            } else {
                story.release(who % 3);
            }
            return;
        }
        27 => {
            match how % 3 {
                0 => story.kek(what),
                1 => story.ledger_key(what % 4 + 1),
                _ => story.malformed_key_event(),
            };
            return;
        }
        28 => event(
            "ai.dataset.registered.v1",
            &[("dataset", text(&["d1", "d2"], what))],
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
                ("right", text(&["access", "erasure", "objection"], how)),
                if who % 2 == 0 {
                    // Days before, so that some requests are late.
                    let days = u64::from(who) * 86_400 * super::story::SECOND;
                    ("received_at_ns", Fact::Uint(super::story::NOON - days))
                } else {
                    ("note", text(&["by_letter"], what))
                },
            ],
        ),
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
        ),
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
        _ => event(
            "com.example.other",
            &[("legal_basis", text(&["contract", "consent"], how))],
        ),
    };
    story.tell(around(told, (kind, who, what, how)));
}

/// What any event may have: a number and a time of its producer's, a person, a state of its body.
fn around(mut told: Told, (kind, who, what, how): Step) -> Told {
    let numbered = kind & 0x20 == 0;
    told.source = Some(pick(
        &[
            "urn:a",
            "urn:b",
            if numbered { "urn:c" } else { "urn:quiet" },
        ],
        what,
    ));
    if told.event_type.starts_with("indelible.access.") && what % 2 == 0 {
        told.source = Some(crate::event::ACCESS_SOURCE.to_owned());
    }
    if numbered {
        told.facts
            .push(("producer_sequence".to_owned(), Fact::Uint(u64::from(how))));
    }
    if kind & 0x40 == 0 {
        let texts = [
            "2026-03-01T12:00:00Z",
            "2026-03-01T11:00:00Z",
            "2026-03-02T12:00:00Z",
            "yesterday",
        ];
        told.time = Some(pick(&texts, how));
    }
    if who & 0x20 == 0 {
        told = told.about(&pick(&["ann", "ben", "cat"], what), what % 4 + 1);
    }
    if who & 0x40 == 0 {
        told.actor = Some(pick(&["ada", "hana"], how));
    }
    if kind & 0x80 == 0 && who % 3 == 0 {
        told.data_key = None;
    }
    told.shown = match how {
        0..200 => Shown::Open,
        200..210 => Shown::Sealed,
        210..220 => Shown::Erased,
        220..230 => Shown::Withheld,
        230..240 => Shown::Archived,
        240..248 => Shown::Missing,
        248.. => Shown::Garbage,
    };
    told
}

fn story(steps: &[(Step, u32)]) -> Story {
    let mut story = Story::new();
    for (next, seconds) in steps {
        story.wait(u64::from(*seconds));
        step(&mut story, *next);
    }
    story
}

fn same(left: &Projections, right: &Projections) -> Result<(), TestCaseError> {
    for fold in FoldName::ALL {
        prop_assert_eq!(left.state(*fold), right.state(*fold), "{}", fold.as_str());
        prop_assert_eq!(left.tables(*fold), right.tables(*fold), "{}", fold.as_str());
        prop_assert_eq!(left.folded(*fold), right.folded(*fold));
    }
    prop_assert_eq!(left, right);
    prop_assert_eq!(left.measures(), right.measures());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_fold_comes_out_the_same_wherever_it_is_cut(
        steps in proptest::collection::vec((any::<Step>(), 0_u32..20_000), 0..70),
        cuts in (0_usize..70, 0_usize..70),
    ) {
        let story = story(&steps);
        let whole = story.fold(0..story.len());
        let first = cuts.0.min(cuts.1).min(story.len());
        let second = cuts.0.max(cuts.1).min(story.len());
        let (a, b, c) = (story.fold(0..first), story.fold(first..second), story.fold(second..story.len()));
        let mut left = a.clone();
        left.absorb(b.clone());
        left.absorb(c.clone());
        same(&left, &whole)?;
        let mut right = b;
        right.absorb(c);
        let mut outer = a;
        outer.absorb(right);
        same(&outer, &whole)?;
        // What was stored goes on as if it had never been.
        let read = Projections::decode(whole.encode().as_bytes()).unwrap();
        same(&read, &whole)?;
        prop_assert_eq!(read.records(), story.len() as u64);
        prop_assert_eq!(&canonical::to_string(&whole).unwrap(), &serde_json::to_string(&whole).unwrap());
    }
}

/// Spreads the bits of a number over all of it.
fn mixed(number: u32) -> u32 {
    let number = (number ^ (number >> 16)).wrapping_mul(0x045d_9f3b);
    let number = (number ^ (number >> 16)).wrapping_mul(0x045d_9f3b);
    number ^ (number >> 16)
}

#[test]
fn the_random_stories_reach_what_they_are_for() {
    // What no story of many shows is not tested above.
    let mut never = std::collections::BTreeSet::new();
    for number in 0..400_u32 {
        let steps: Vec<_> = (0..60)
            .map(|step| {
                let [a, b, c, d] = mixed(number * 60 + step + 1).to_be_bytes();
                ((a, b, c, d), 7)
            })
            .collect();
        let shows_nothing =
            |measure: &Measure| matches!(measure.value, Value::Count(0) | Value::NotComputable(_));
        let measures = story(&steps).told().projections.measures().0;
        let nothing = measures
            .into_iter()
            .filter(|(_, measure)| shows_nothing(measure));
        let nothing = nothing.map(|(name, _)| name).collect();
        never = if number == 0 {
            nothing
        } else {
            &never & &nothing
        };
    }
    // Its statements are signed by keys of their own, which the tests of custody have.
    let expected = [
        "custody.genesis",
        "custody.identity_changes",
        "custody.revocations",
    ];
    assert!(never.iter().eq(expected), "{never:?}");
}
