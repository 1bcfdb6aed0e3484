//! Reports over records that were really folded: every mapping that ships, on the projections of this build.

use indelible_compliance::frameworks::{Clocks, SHIPPED};
use indelible_compliance::projections::catalogue::Catalogue;
use indelible_compliance::projections::fold_run::{BodyBytes, FoldRun};
use indelible_compliance::projections::folds::{FoldName, Projections};
use indelible_compliance::projections::measure::Value;
use indelible_compliance::projections::record::{BodyView, Record};
use indelible_compliance::reports::{
    Asked, BodyCounts, OutcomeFacts, Report, State, Subject, assess, forms::html,
};
use indelible_evidence::body::{Body, ComponentDigest, FactValue};
use indelible_evidence::hash::Commitment;
use indelible_evidence::header::{EventHeader, Header, RecordKind};

use crate::fixture::subject;
use crate::golden::hold_against;

const START: u64 = 1_767_225_600_000_000_000;
const MINUTE: u64 = 60_000_000_000;
const EVENTS: u64 = 6_000;
/// So that the range reaches over more than half a year.
const STEP: u64 = 45 * MINUTE;

type Facts = Vec<(&'static str, FactValue<'static>)>;

fn text(name: &'static str, value: &'static str) -> (&'static str, FactValue<'static>) {
    (name, FactValue::Text(value))
}

/// The event of a place: mostly decisions, and what belongs to them.
fn event(place: u64) -> (&'static str, Facts) {
    let model = if place < 4_000 { "4.2" } else { "4.3" };
    match (place, place % 40) {
        (0 | 4_000, _) => (
            "ai.model.released.v1",
            vec![text("model", "credit-scorer"), text("model_version", model)],
        ),
        (1, _) => (
            "ai.agent.declared.v1",
            vec![text("agent", "scorer"), text("operator", "m.rossi")],
        ),
        (2, _) => (
            "ai.agent.declared.v1",
            vec![text("agent", "letters"), text("operator", "j.novak")],
        ),
        (3, _) => (
            "ai.policy.registered.v1",
            vec![
                text("policy", "lending"),
                text("policy_version", "7"),
                text("kind", "decision"),
            ],
        ),
        (2_000, _) => (
            "ai.agent.halted.v1",
            vec![
                text("agent", "scorer"),
                text("by", "m.rossi"),
                text("by_kind", "human"),
            ],
        ),
        (2_010, _) => (
            "ai.agent.resumed.v1",
            vec![
                text("agent", "scorer"),
                text("by", "m.rossi"),
                text("by_kind", "human"),
            ],
        ),
        (2_001..2_010, _) => (
            "ai.performance.v1",
            vec![text("system", "credit"), text("metric.auc", "0.913")],
        ),
        (3_000, _) => (
            "ai.incident.v1",
            vec![
                text("incident_id", "i-1"),
                text("status", "opened"),
                text("severity", "high"),
                ("serious", FactValue::Boolean(true)),
            ],
        ),
        (3_400, _) => (
            "ai.incident.v1",
            vec![
                text("incident_id", "i-1"),
                text("status", "closed"),
                text("severity", "high"),
                ("serious", FactValue::Boolean(true)),
            ],
        ),
        (_, 7) => (
            "ai.oversight.v1",
            vec![
                text("reviewer", "a.berg"),
                text("intervention", "confirm"),
                text("system", "credit"),
            ],
        ),
        (_, 9 | 19 | 29) => {
            let failed = FactValue::Boolean(place % 400 == 9);
            let latency = FactValue::Uint(120 + place % 97);
            (
                "ai.performance.v1",
                vec![
                    text("system", "credit"),
                    text("model", "credit-scorer"),
                    ("error", failed),
                    ("latency_ms", latency),
                    text("metric.auc", "0.911"),
                ],
            )
        }
        (_, 11) => (
            "ai.override.v1",
            vec![
                text("reviewer", "a.berg"),
                text("system", "credit"),
                text("reason", "income_misread"),
            ],
        ),
        (_, 13) => (
            "ai.agent.present.v1",
            vec![text("agent", "letters"), text("state", "live")],
        ),
        (_, 30) => (
            "indelible.access.decrypted.v1",
            vec![
                text("principal", "auditor"),
                text("call", "Read"),
                ("events", FactValue::Uint(9)),
                ("first_sequence", FactValue::Uint(1)),
                ("last_sequence", FactValue::Uint(9)),
                text("sequences", "1-9"),
                text("purpose", "complaint"),
            ],
        ),
        (_, 31) => (
            "indelible.report.made.v1",
            vec![
                text("principal", "auditor"),
                text("framework", "eu-ai-act"),
                text("report_id", "r"),
            ],
        ),
        _ => {
            let result = if place.is_multiple_of(11) {
                "fail"
            } else {
                "pass"
            };
            let facts = vec![
                text("system", "credit"),
                text("result", result),
                text("agent", "scorer"),
                text("model", "credit-scorer"),
                text("model_version", model),
                text("policy", "lending"),
                text("policy_version", "7"),
                text(
                    "risk_score",
                    if place.is_multiple_of(3) {
                        "0.62"
                    } else {
                        "0.18"
                    },
                ),
            ];
            ("ai.decision.v1", facts)
        }
    }
}

fn folded() -> (Projections, Clocks) {
    let mut run = FoldRun::new();
    let mut clocks = Clocks::default();
    let mut body = Vec::new();
    let mut number = 0;
    for place in 0..EVENTS {
        let (event_type, mut facts) = event(place);
        // The daemon's own events have a source of their own, and no numbers.
        let trail = event_type.starts_with("indelible.");
        if !trail {
            facts.push(("producer_sequence", FactValue::Uint(number)));
            number += 1;
        }
        let id = place.to_string();
        // A correction comes right after what it corrects.
        let case = (place / 2).to_string();
        let digest = |component| ComponentDigest {
            component,
            algorithm: "sha256",
            value: match component {
                "final_output" => &[8; 32],
                _ => &[7; 32],
            },
        };
        let digests = match event_type {
            "ai.override.v1" => vec![digest("original_output"), digest("final_output")],
            _ => vec![digest("input"), digest("output")],
        };
        body.clear();
        let mut written = Body {
            id: &id,
            source: if trail {
                "urn:indelible:access"
            } else {
                "credit-service"
            },
            correlation_id: Some(&case),
            facts,
            digests,
            ..Body::default()
        };
        written.encode_into(&mut body).expect("a body");
        let event = EventHeader {
            event_type,
            classification: Some("automated_decision"),
            body: Commitment::from_bytes([1; 32]),
            payload: None,
            sealed: None,
        };
        let header = Header {
            sequence: place,
            time: START + place * STEP,
            prior_key_event: 0,
            kind: RecordKind::Event(event),
        };
        let bytes = match place % 500 {
            499 => BodyBytes::Erased,
            _ => BodyBytes::Open(&body),
        };
        run.record(&header.encode(), bytes).expect("a record");
        let view = match bytes {
            BodyBytes::Open(_) => BodyView::Open(&written),
            _ => BodyView::Erased,
        };
        clocks.see(&Record::new(&header, view));
    }
    (run.finish(), clocks)
}

fn subject_of((projections, clocks): &(Projections, Clocks)) -> Subject {
    let measures = projections.measures();
    let tables = ["decisions.by_outcome", "decisions.by_model"];
    let mut subject = subject();
    subject.checkpoint.size = EVENTS;
    Subject {
        asked: Asked::Whole,
        from: 0,
        to: EVENTS,
        records: projections.records(),
        times: Some((START, START + (EVENTS - 1) * STEP)),
        bodies: BodyCounts::of(&measures).expect("counted"),
        clocks: clocks.clone(),
        projections: FoldName::ALL
            .iter()
            .map(|fold| projections.folded(*fold))
            .collect(),
        tables: tables
            .iter()
            .filter_map(|name| projections.table(name))
            .collect(),
        measures,
        ..subject
    }
}

fn reports() -> Vec<Report> {
    let subject = subject_of(&folded());
    let of = |shipped: &indelible_compliance::frameworks::Shipped| {
        let framework = shipped
            .read(&Catalogue::of_this_build())
            .expect("a mapping");
        let clauses = framework.select(&[]).expect("all");
        assess(&framework, &clauses, &subject).expect("a report")
    };
    SHIPPED.iter().map(of).collect()
}

/// A threshold in another unit than its measure would make a criterion that nothing ever meets.
#[test]
fn every_threshold_is_of_the_unit_of_its_measure() {
    let subject = subject_of(&folded());
    for report in reports() {
        for criterion in report.clauses.iter().flat_map(|clause| &clause.criteria) {
            assert!(
                !criterion.words.contains("the mapping is wrong"),
                "{}: {criterion:?}",
                report.framework.id
            );
            let measure = &subject.measures.0[&criterion.measure];
            let known = !matches!(measure.value, Value::NotComputable(_));
            assert!(
                known || criterion.outcome != OutcomeFacts::Met,
                "{criterion:?}"
            );
        }
    }
}

/// The ledger's own records among them.
const OWN: u64 = EVENTS / 20;

#[test]
fn the_bodies_that_were_counted_are_those_that_were_folded() {
    let bodies = subject_of(&folded()).bodies;
    assert_eq!(
        (bodies.open, bodies.erased, bodies.total()),
        (EVENTS - OWN - 12, 12, EVENTS - OWN)
    );
}

#[test]
fn a_draft_says_so_in_every_form() {
    for report in reports() {
        let drafts = ["soc2", "iso-42001", "owasp-agentic", "pci-dss"];
        let draft = drafts.contains(&report.framework.id.as_str());
        let said = report
            .headline
            .contains("The mapping is an unreviewed draft");
        assert_eq!(said, draft, "{}", report.framework.id);
        let page = html::html(&report);
        assert_eq!(page.contains("class=\"stamp\""), draft);
    }
}

#[test]
fn a_report_over_folded_records_is_as_it_was() {
    let reports = reports();
    let act = &reports[0];
    let state = |id: &str| {
        act.clauses
            .iter()
            .find(|clause| clause.id == id)
            .expect("the clause")
            .state
    };
    // Twelve bodies were erased, and with them the numbers that their producer gave: whether one is missing nobody knows.
    assert_eq!(state("12(1)"), State::NotAssessable);
    assert_eq!(state("12(3)(a)"), State::NotAssessable);
    assert_ne!(state("19(1)"), State::Evidenced);
    hold_against("eu-ai-act.html", html::html(act).as_bytes());
}
