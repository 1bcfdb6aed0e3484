//! What the reports of these tests are made of. Measures are made by hand, so that a golden file changes with the forms
//! alone and not with a fold.

use indelible_compliance::frameworks::{Clocks, Framework, Span};
use indelible_compliance::projections::catalogue::Catalogue;
use indelible_compliance::projections::folds::{Digest, Folded};
use indelible_compliance::projections::measure::{Measure, Measures, Recurs, Unread, Value};
use indelible_compliance::projections::pieces::Spread;
use indelible_compliance::projections::record::{BodyView, Record};
use indelible_compliance::projections::table::{Cell, Table};
use indelible_compliance::reports::{
    Asked, Bar, BodyCounts, BodyState, Budget, ByOrigin, NamedRecord, RangeVerdict, Report, Series,
    Subject, View, Wait, Whose, assess,
};
use indelible_evidence::body::{Body, FactValue};
use indelible_evidence::checkpoint::Checkpoint;
use indelible_evidence::hash::{Commitment, TreeHash};
use indelible_evidence::header::{EventHeader, Header, RecordKind};
use indelible_evidence::origin::Origin;
use indelible_evidence::verdict::{Answer, Finding, FindingCode, FindingList};

pub(crate) const EXAMPLE: &str = include_str!("example.yaml");
pub(crate) const ORIGIN: &str = "audit.example.com/credit/0123456789ab";
const VERIFIER_KEY: &str =
    "audit.example.com/credit/0123456789ab+7d3f9c21+AWnp1S2P8mS0pXnYwUnTzFv1mUuqlRXYfvhrzoo+mBXo";
const SECOND: u64 = 1_000_000_000;
const DAY_TEXT: &str = "2026-09-01T00:00:00Z";
const DAY: u64 = START;
const START: u64 = 1_788_220_800 * SECOND;

pub(crate) fn example_catalogue() -> Catalogue {
    Catalogue::default()
        .with_named(
            "agents",
            1,
            [
                "agents.acted_while_halted",
                "agents.coverage",
                "agents.halts",
                "agents.presence_recorded",
                "agents.violations",
            ],
        )
        .with_named("decisions", 1, ["decisions.recorded"])
        .with_named(
            "decisions",
            2,
            [
                "decisions.recorded",
                "decisions.with_input_digest",
                "decisions.with_output_digest",
                "decisions.with_risk_score",
            ],
        )
        .with_named(
            "oversight",
            1,
            [
                "oversight.override_rate",
                "oversight.self_approvals",
                "oversight.time_to_decide_p95",
            ],
        )
}

pub(crate) fn example() -> Framework {
    Framework::read("example.yaml", EXAMPLE, &example_catalogue()).expect("the example is right")
}

pub(crate) fn report_of(subject: &Subject) -> Report {
    let framework = example();
    let clauses = framework.select(&[]).expect("all");
    assess(&framework, &clauses, subject).expect("a report")
}

fn measure(name: &str, value: Value, records: &[u64]) -> (String, Measure) {
    (name.to_owned(), Measure::exact(value, records))
}

/// Something that was recorded on every day.
fn daily((name, mut measure): (String, Measure)) -> (String, Measure) {
    let spread = Spread {
        days: 30,
        longest_pause: 3_600 * SECOND,
    };
    measure.recurs = Some(Recurs {
        known: spread,
        possible: spread,
    });
    (name, measure)
}

/// Evidence that is all there and holds.
pub(crate) fn subject() -> Subject {
    let share = |part, whole| Value::Share { part, whole };
    let measures = [
        measure("agents.acted_while_halted", Value::Count(0), &[]),
        measure("agents.coverage", share(11, 12), &[18, 211, 4_410]),
        measure("agents.halts", Value::Count(2), &[70_112, 120_004]),
        measure("agents.presence_recorded", Value::Flag(true), &[18]),
        measure("agents.violations", Value::Count(31), &[902, 1_804]),
        daily(measure(
            "decisions.recorded",
            Value::Count(181_204),
            &[3, 4, 5, 9],
        )),
        measure("decisions.with_input_digest", share(181_190, 181_204), &[]),
        measure("decisions.with_output_digest", share(181_204, 181_204), &[]),
        measure(
            "decisions.with_risk_score",
            share(102_400, 181_204),
            &[7, 44],
        ),
        measure(
            "oversight.override_rate",
            share(2_110, 181_204),
            &[88, 1_402, 1_977],
        ),
        measure("oversight.self_approvals", Value::Count(1), &[55_021]),
        measure(
            "oversight.time_to_decide_p95",
            Value::Nanoseconds(5 * 3_600 * SECOND + 41 * 60 * SECOND),
            &[60_233],
        ),
    ];
    let projection = |name: &str, version, digest: u8| Folded {
        name: name.to_owned(),
        version,
        records: 204_118,
        digest: Digest(format!("{digest:02x}").repeat(32)),
    };
    Subject {
        checkpoint: Checkpoint {
            origin: Origin::parse(ORIGIN).expect("an origin"),
            size: 731_220,
            root: TreeHash::from_bytes([0x5a; 32]),
        },
        verifier_key: VERIFIER_KEY.to_owned(),
        asked: Asked::Period {
            from: Some(START),
            to: Some(START + 30 * 86_400 * SECOND),
        },
        whose: Whose::Clients,
        by_event_time: None,
        by_origin: ByOrigin::default(),
        recorded_ahead: None,
        lost: None,
        predecessor: None,
        from: 0,
        to: 204_118,
        records: 204_118,
        times: Some((
            START + 4 * SECOND,
            START + 30 * 86_400 * SECOND - 7 * SECOND,
        )),
        until: None,
        outside: Vec::new(),
        view: View::Bodies,
        verdict: RangeVerdict {
            integrity: Answer::Holds,
            custody: Answer::Holds,
        },
        bodies: BodyCounts {
            open: 204_101,
            ..BodyCounts::default()
        },
        clocks: Clocks::default(),
        projections: vec![
            projection("agents", 1, 0xa1),
            projection("budgets", 1, 0xb2),
            projection("decisions", 2, 0xd2),
            projection("oversight", 1, 0x01),
        ],
        measures: Measures(measures.into_iter().collect()),
        named: named(),
        series: series(),
        tables: vec![Table {
            name: "decisions.by_model",
            columns: &["model", "decisions", "refused", "errors", "first_seen"],
            rows: vec![
                row("credit-scorer 4.2", 120_334, 3_001, 12, &[512_003]),
                row("credit-scorer 4.3", 60_012, 1_402, 3, &[640_118]),
                row("fallback-rules", 858, 858, 0, &[520_001]),
            ],
        }],
    }
}

/// Three of the records that the measures name: one that could be read, one that could not, and a key event.
fn named() -> Vec<NamedRecord> {
    let text = |text: &str| Some(text.to_owned());
    let bare = |sequence, what: &str, body| NamedRecord {
        sequence,
        recorded: "2026-09-03T07:12:09.000000000Z".to_owned(),
        what: what.to_owned(),
        body,
        event_time: None,
        actor: None,
        correlation_id: None,
        outcome: None,
    };
    vec![
        bare(3, "key event", None),
        NamedRecord {
            event_time: text("2026-09-03T09:12:08+02:00"),
            actor: text("clerk-7"),
            correlation_id: text("case-2026-0815"),
            outcome: text("granted"),
            ..bare(55_021, "ai.approval.granted.v1", Some(BodyState::Open))
        },
        bare(70_112, "ai.agent.halted.v1", Some(BodyState::Sealed)),
    ]
}

/// Two weeks of it.
fn series() -> Series {
    let bar = |first_day: &str, decisions, overrides, halts| Bar {
        first_day: first_day.to_owned(),
        decisions,
        overrides,
        halts,
        ..Bar::default()
    };
    Series {
        days_per_bar: 7,
        bars: vec![
            bar("2026-09-01", 40_011, 420, 0),
            Bar {
                calls: 1_900,
                calls_failed: 12,
                calls_unsaid: 1,
                drift_measured: 40,
                drift_warnings: 3,
                drift_critical: 1,
                drift_unsaid: 2,
                ..bar("2026-09-15", 61_007, 1_690, 2)
            },
        ],
        waits: vec![Wait {
            measure: "oversight.time_to_override".to_owned(),
            p50: Span::of(192 * SECOND),
            p95: Span::of(3_900 * SECOND),
            longest: Span::of(90_000 * SECOND),
            unread: 4,
        }],
        budgets: vec![Budget {
            agent: "credit-scorer".to_owned(),
            day: Some("2026-09-03".to_owned()),
            session: None,
            currency: Some("EUR".to_owned()),
            used: "13.6".to_owned(),
            cap: "10".to_owned(),
            millionths: 1_360_000,
        }],
        budgets_omitted: 2,
    }
}

fn row(model: &str, decisions: u64, refused: u64, errors: u64, records: &[u64]) -> Vec<Cell> {
    vec![
        Cell::Text(model.to_owned()),
        Cell::Number(decisions),
        Cell::Number(refused),
        Cell::Number(errors),
        Cell::Records(records.to_vec()),
    ]
}

/// One of these findings, and so many more than are listed.
pub(crate) fn broken(code: FindingCode, sequence: u64, detail: &str, more: usize) -> Answer {
    let mut findings = FindingList::default();
    findings.push(Finding::of_record(code, sequence, detail));
    for sequence in 0..more as u64 {
        findings.push(Finding::of_record(code, sequence, detail));
    }
    findings.into_answer(|| Answer::Holds)
}

/// The same, with bodies that can't be read.
pub(crate) fn with_closed_bodies() -> Subject {
    Subject {
        bodies: BodyCounts {
            open: 201_000,
            sealed: 2_000,
            erased: 1_041,
            withheld: 60,
            ..BodyCounts::default()
        },
        ..with_unread(3_101)
    }
}

/// A producer's clock that is so many seconds from the ledger's.
pub(crate) fn clocks(seconds: u64) -> Clocks {
    let body = Body {
        id: "1",
        source: "s",
        time: Some(DAY_TEXT),
        facts: vec![
            ("approval_id", FactValue::Text("a")),
            ("agent", FactValue::Text("b")),
        ],
        ..Body::default()
    };
    let time = DAY + seconds * SECOND;
    let mut clocks = Clocks::default();
    clocks.see(&Record::new(
        &header("ai.approval.requested.v1", time),
        BodyView::Open(&body),
    ));
    clocks
}

fn header(event_type: &str, time: u64) -> Header<'_> {
    Header {
        sequence: 0,
        time,
        prior_key_event: 0,
        kind: RecordKind::Event(EventHeader {
            event_type,
            classification: None,
            body: Commitment::from_bytes([1; 32]),
            payload: None,
            sealed: None,
        }),
    }
}

/// The same, with so many decisions that nobody read.
pub(crate) fn with_unread(events: u64) -> Subject {
    let mut subject = subject();
    for (name, measure) in &mut subject.measures.0 {
        if name.starts_with("decisions.") {
            measure.unread(Unread::once(events));
        }
    }
    subject
}

/// An event on an approval that nobody read.
pub(crate) fn unread_clock() -> Clocks {
    let mut clocks = Clocks::default();
    let header = header("ai.approval.requested.v1", START);
    clocks.see(&Record::new(&header, BodyView::Sealed));
    clocks
}

/// The same, with an integrity that is broken.
pub(crate) fn forged() -> Subject {
    let mut subject = subject();
    subject.verdict.integrity = broken(
        FindingCode::ChainMismatch,
        612_044,
        "its header gives another chain hash than the one that stands for it",
        3,
    );
    subject
}
