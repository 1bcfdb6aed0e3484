//! A ledger on which all that clauses look for is recorded, and not one record more than their thresholds ask for.

use indelible_compliance::frameworks::{Framework, Kind, SHIPPED};
use indelible_compliance::projections::catalogue::Catalogue;
use indelible_compliance::reports::{ClauseFinding, OutcomeFacts, State};

use crate::ledger::{Fact, Told, claim, reports, subject_from, told};

/// Days, and decisions: one each.
const DAYS: u64 = 400;
/// A rate that is asked for every 30 days fits in so often.
const RATES: u64 = 13;

fn decision(day: u64) -> Told {
    // Exactly so many lack something as thresholds allow.
    let (bare, without_policy) = (day % 100 == 50, day % 10 == 5);
    let mut facts: Vec<(&str, Fact)> = vec![
        ("system", "credit".into()),
        ("result", "pass".into()),
        ("agent", "scorer".into()),
        ("risk_score", "0.2".into()),
    ];
    if !bare {
        facts.extend([("model", "m".into()), ("model_version", "1".into())]);
    }
    if !without_policy {
        facts.extend([("policy", "lending".into()), ("policy_version", "7".into())]);
    }
    let digests: &[&str] = if bare { &[] } else { &["input", "output"] };
    let mut decision = told("ai.decision.v1", &facts)
        .with(digests)
        .of(&format!("case {day}"));
    if !bare {
        decision = decision.by("service");
    }
    decision.classification = Some("automated_decision");
    decision
}

/// What is declared, evaluated and released before anything is used.
fn registered() -> Vec<Told> {
    let model = [("model", "m".into()), ("model_version", "1".into())];
    vec![
        told("ai.evaluation.v1", &model)
            .with(&["report"])
            .by("t.lab"),
        told("ai.model.released.v1", &model)
            .and("approved_by", "a.boss")
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
                ("heartbeat_seconds", 100_000_u64.into()),
            ],
        )
        .by("service"),
    ]
}

/// What happens once.
fn happened(day: u64) -> Vec<Told> {
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
                (
                    "aware_at_ns",
                    (crate::ledger::NOON * 1_000_000_000 + day * 86_400_000_000_000).into(),
                ),
            ],
        )
        .by("h.safe")
    };
    let request = |right: &str| {
        told(
            "privacy.request.received.v1",
            &[("request_id", right.into()), ("right", right.into())],
        )
        .by("desk")
    };
    let approval = ("approval_id", Fact::from("p"));
    match day {
        20 => vec![order("halted"), order("resumed")],
        40 => vec![
            told("ai.override.v1", &[("reviewer", "a.berg".into())])
                .of("case 39")
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
                &[("incident_id", "i".into()), ("to", "authority".into())],
            )
            .with(&["report"])
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
        120 => [
            "access",
            "rectification",
            "erasure",
            "restriction",
            "portability",
            "objection",
        ]
        .map(request)
        .to_vec(),
        130 => [
            "access",
            "rectification",
            "erasure",
            "restriction",
            "portability",
            "objection",
        ]
        .map(|right| {
            let refused = right == "objection";
            let outcome = if refused { "refused" } else { "fulfilled" };
            let answer = told(
                "privacy.request.answered.v1",
                &[("request_id", right.into()), ("outcome", outcome.into())],
            );
            let answer = if refused {
                answer.and("reason", "legal_claims")
            } else {
                answer
            };
            answer.with(&["answer"]).by("desk")
        })
        .to_vec(),
        _ => Vec::new(),
    }
}

/// Reviews of decisions: one in a hundred, and as often as a rate is asked for.
fn reviews(day: u64) -> Option<Told> {
    let due = day % 30 == 12 && day / 30 < RATES;
    let review = told(
        "ai.oversight.v1",
        &[
            ("reviewer", "a.berg".into()),
            ("intervention", "confirm".into()),
        ],
    );
    due.then(|| review.of(&format!("case {}", day - 1)).by("a.berg"))
}

/// Calls of models, as often as a rate is asked for.
fn calls(day: u64) -> Option<Told> {
    let due = day % 30 == 14 && day / 30 < RATES;
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

/// The ledger.
pub(crate) fn ledger() -> Vec<Told> {
    let mut ledger = registered();
    for day in 0..=DAYS {
        let mut of_day = Vec::new();
        if day < DAYS {
            of_day.push(decision(day));
        }
        of_day.extend(reviews(day));
        of_day.extend(calls(day));
        of_day.extend(happened(day));
        if day == DAYS {
            of_day.push(
                told(
                    "ai.agent.present.v1",
                    &[("agent", "scorer".into()), ("state", "idle".into())],
                )
                .by("scorer"),
            );
        }
        ledger.extend(of_day.into_iter().map(|event| event.on_day(day)));
    }
    (0_u64..)
        .zip(ledger)
        .map(|(number, event)| event.and("producer_sequence", number))
        .collect()
}

/// What speaks against one clause or another, as somebody might record it by mistake or by intent.
fn spoils() -> Vec<Told> {
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

/// The ledger with some records taken away and others put in: places, and what; a number past the list takes away.
pub(crate) fn spoilt(changes: &[(usize, usize)]) -> Vec<Told> {
    let mut ledger = ledger();
    let spoils = spoils();
    for (place, what) in changes {
        let place = place % ledger.len();
        match spoils.get(*what) {
            Some(spoil) => {
                let day = ledger[place].day;
                ledger.insert(place, spoil.clone().on_day(day));
            }
            None => drop(ledger.remove(place)),
        }
    }
    ledger
}

/// Everything that speaks against a clause, at once.
pub(crate) fn all_spoilt() -> Vec<Told> {
    let changes: Vec<_> = (0..spoils().len())
        .map(|what| (200 + 5 * what, what))
        .collect();
    spoilt(&changes)
}

/// The records that there are few of, and of the others every 25th, with their places.
pub(crate) fn rare(ledger: &[Told]) -> Vec<(usize, &Told)> {
    let places = ledger.iter().enumerate();
    places
        .filter(|(place, event)| event.event_type != "ai.decision.v1" || place % 25 == 7)
        .collect()
}

/// The most that a clause can be, by its mapping.
fn ceiling(framework: &Framework, id: &str) -> State {
    let clause = framework.clauses.iter().find(|clause| clause.id == id);
    let clause = clause.expect("the clause");
    let mut held = clause
        .criteria
        .iter()
        .filter_map(|criterion| criterion.held.as_ref());
    match clause.kind {
        None => State::NotAssessable,
        Some(Kind::RecordKeeping)
            if clause.partly.is_none() && !held.any(|held| held.counts_once()) =>
        {
            State::Evidenced
        }
        Some(_) => State::PartlyEvidenced,
    }
}

fn mappings() -> Vec<Framework> {
    let read = SHIPPED
        .iter()
        .map(|shipped| shipped.read(&Catalogue::of_this_build()));
    read.collect::<Result<_, _>>().expect("mappings")
}

/// What a clause claims, and by how many criteria. How long a range is, no single record decides.
fn shown(clause: &ClauseFinding) -> (u8, usize) {
    let met = clause.criteria.iter();
    let met = met.filter(|criterion| {
        criterion.outcome == OutcomeFacts::Met && criterion.measure != "records.span"
    });
    let met = met.count();
    (if met > 0 { claim(clause.state) } else { 0 }, met)
}

#[test]
fn every_clause_that_can_be_shown_is() {
    let subject = subject_from(0, &ledger());
    let mut wrong = Vec::new();
    for (report, framework) in reports(&subject).iter().zip(mappings()) {
        for clause in &report.clauses {
            let wanted = ceiling(&framework, &clause.id);
            if clause.state != wanted {
                let criteria = clause.criteria.iter();
                let criteria = criteria.filter(|criterion| {
                    !matches!(criterion.outcome, OutcomeFacts::Met | OutcomeFacts::Shown)
                });
                let words: Vec<_> = criteria
                    .map(|criterion| format!("{}: {}", criterion.measure, criterion.words))
                    .collect();
                wrong.push(format!(
                    "{} {} is {:?}, not {wanted:?}: {:?}",
                    framework.id, clause.id, clause.state, words
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn one_record_less_lowers_every_clause() {
    let whole = ledger();
    let of = |ledger: &[Told]| -> Vec<(String, (u8, usize))> {
        let reports = reports(&subject_from(0, ledger));
        let clauses = reports.iter().flat_map(|report| {
            let name = move |id: &str| format!("{} {id}", report.framework.id);
            report
                .clauses
                .iter()
                .map(move |clause| (name(&clause.id), shown(clause)))
        });
        clauses.collect()
    };
    let shown = of(&whole);
    let mut lowered = vec![false; shown.len()];
    for (place, _) in rare(&whole) {
        let mut less = whole.clone();
        less.remove(place);
        for (lowered, (now, then)) in lowered.iter_mut().zip(of(&less).iter().zip(&shown)) {
            *lowered |= now.1 < then.1;
        }
    }
    let stuck = shown.iter().zip(&lowered);
    let stuck: Vec<_> = stuck
        .filter(|((_, (claim, _)), lowered)| *claim > 0 && !**lowered)
        .map(|((name, _), _)| name)
        .collect();
    assert!(stuck.is_empty(), "no record less lowers {stuck:?}");
}
