//! Reports of a daemon over its own store, sound and forged.

use std::{collections::HashMap, sync::Arc};

use indelible_compliance::{
    frameworks::{Clause, Framework, shipped},
    projections::catalogue::Catalogue,
    reports::{AnswerName, Report, State as ClauseState, Whose, forms::dsse},
};
use indelible_evidence::{body::FactValue, note::VerifierKey};
use indelible_store::{
    ErasedParts, LedgerId, ReadStore as _, memory::MemoryStore, record::StoredRecord,
};

use crate::{
    Engine, Ledger, RecordSelection, ReportError, ReportMade, ReportRequest, Selection,
    tests::{
        engine::{Bench, events, store},
        privacy::{appended, ledger},
    },
};

const LEDGER: LedgerId = LedgerId::new(0);

/// Another value for a record, or none.
type Change = (u64, Option<Vec<u8>>);

fn framework() -> Framework {
    let shipped = shipped("hipaa", None).unwrap();
    shipped.read(&Catalogue::of_this_build()).unwrap()
}

/// Asks for these clauses of the whole ledger.
fn request_of<'a>(framework: &'a Framework, clauses: &'a [&'a Clause]) -> ReportRequest<'a> {
    ReportRequest {
        principal: "local",
        framework,
        clauses,
        selection: RecordSelection {
            bounds: Selection::Whole,
            as_of: None,
        },
        event_period: None,
        whose: Whose::Clients,
        access: None,
        with_tables: false,
        sign: true,
    }
}

fn made(ledger: &Ledger, selection: Selection) -> Result<ReportMade, ReportError> {
    made_as_of(ledger, selection, None)
}

fn made_as_of(
    ledger: &Ledger,
    selection: Selection,
    as_of: Option<u64>,
) -> Result<ReportMade, ReportError> {
    let framework = framework();
    let clauses = framework.select(&[]).unwrap();
    let request = ReportRequest {
        selection: RecordSelection {
            bounds: selection,
            as_of,
        },
        ..request_of(&framework, &clauses)
    };
    ledger.report(&request, &mut std::io::sink(), &|_| ())
}

fn report(made: &ReportMade) -> Report {
    Report::from_json(&made.json).unwrap()
}

fn filled(bench: &Bench, store: &Arc<MemoryStore>) -> (Engine, Ledger) {
    let engine = bench.open(store).unwrap();
    let ledger = ledger(bench, &engine, false);
    for id in ["a", "b", "c"] {
        appended(bench, &ledger, id, None, "payload");
    }
    appended(bench, &ledger, "d", Some("erika"), "hers");
    (engine, ledger)
}

#[test]
fn a_report_is_signed_recorded_and_holds_over_what_was_written() {
    let bench = Bench::new();
    let (_engine, ledger) = filled(&bench, &store());
    let first = made(&ledger, Selection::Whole).unwrap();
    let told = report(&first);
    assert_eq!(told.evidence.integrity.answer, AnswerName::Holds);
    assert_eq!(told.evidence.custody.answer, AnswerName::Holds);
    assert_eq!(
        (told.evidence.bodies.open, told.evidence.bodies.sealed),
        (3, 1)
    );

    let sequence = first.recorded.clone().unwrap();
    let view = ledger.record(sequence).unwrap();
    let body = view.body().unwrap();
    assert_eq!(view.header().kind.name(), "event");
    assert!(
        body.facts
            .iter()
            .any(|(name, value)| *name == "report_id" && format!("{value:?}").contains(&told.id))
    );
    let fact = |name: &str| body.facts.iter().find(|(fact, _)| *fact == name);
    assert_eq!(
        fact("clauses"),
        Some(&("clauses", FactValue::Uint(told.clauses.len() as u64)))
    );
    assert_eq!(
        fact("clauses_left_out"),
        Some(&("clauses_left_out", FactValue::Uint(0)))
    );
    assert_eq!(fact("left_out"), None);
    // The daemon's own word can't be a client's, and does not count as one.
    assert_eq!(told.range.to, sequence);
    assert!(
        bench
            .runtime
            .block_on(ledger.append(events(&ledger, &["e"]), Some(sequence - 1)))
            .is_ok(),
        "the last event of a client is the one before"
    );

    let envelope = dsse::open(first.envelope.as_deref().unwrap()).unwrap();
    let key = VerifierKey::parse(&ledger.summary().verifier_key).unwrap();
    assert!(envelope.signed_by(&key));

    let part = made(
        &ledger,
        Selection::Range {
            from: 3,
            to: Some(5),
        },
    )
    .unwrap();
    let part = report(&part);
    assert_eq!(
        (part.range.from, part.range.to, part.range.records),
        (3, 5, 2)
    );
    assert!(
        made(
            &ledger,
            Selection::Period {
                from: u64::MAX / 2,
                to: None
            }
        )
        .is_err()
    );
}

/// Whoever asks about all clauses but one is on record with it.
#[test]
fn a_record_of_a_report_says_which_clauses_it_leaves_out() {
    let bench = Bench::new();
    let (_engine, ledger) = filled(&bench, &store());
    let framework = framework();
    let clauses = framework.select(&[]).unwrap();
    let request = ReportRequest {
        clauses: &clauses[1..],
        ..request_of(&framework, &clauses)
    };
    let made = ledger
        .report(&request, &mut std::io::sink(), &|_| ())
        .unwrap();
    let told = report(&made);
    assert_eq!(told.framework.left_out, [clauses[0].id.clone()]);
    let view = ledger.record(made.recorded.unwrap()).unwrap();
    let body = view.body().unwrap();
    let on = clauses.len() as u64 - 1;
    for wanted in [
        ("clauses", FactValue::Uint(on)),
        ("clauses_left_out", FactValue::Uint(1)),
        ("left_out", FactValue::Text(&clauses[0].id)),
    ] {
        assert!(body.facts.contains(&wanted), "{wanted:?}");
    }
    let mut components: Vec<_> = body.digests.iter().map(|digest| digest.component).collect();
    components.sort_unstable();
    assert_eq!(components, ["left_out", "report"]);
}

/// Everything that whoever owns the disk can do to one record, and what it is called.
fn forgeries(store: &MemoryStore, sequence: u64, size: u64) -> Vec<(String, Vec<Change>)> {
    let value = |at| store.record(LEDGER, at).unwrap().unwrap();
    let (bytes, next) = (value(sequence), (sequence + 1) % size);
    let stored = StoredRecord::decode(&bytes).unwrap();
    let mut forgeries = vec![
        ("is gone".to_owned(), vec![(sequence, None)]),
        (
            format!("stands in the place of {next}"),
            vec![(sequence, Some(value(next))), (next, Some(bytes.clone()))],
        ),
        (
            format!("is {next} once more"),
            vec![(sequence, Some(value(next)))],
        ),
    ];
    // Layout, chain hash, header, and what follows it: all but the identity hash, which is no evidence.
    let header = bytes
        .windows(stored.header.len())
        .position(|window| window == stored.header)
        .unwrap();
    for at in [
        0,
        1,
        header,
        header + stored.header.len() / 2,
        bytes.len() - 1,
    ] {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1;
        forgeries.push((
            format!("has another byte {at}"),
            vec![(sequence, Some(flipped))],
        ));
    }
    if let Ok(Some(erased)) = StoredRecord::erase(&bytes, ErasedParts::All) {
        forgeries.push((
            "is erased, and no record says so".to_owned(),
            vec![(sequence, Some(erased))],
        ));
    }
    forgeries
}

/// However the store is forged, a report over it is none, or says that it is broken, and no clause is evidenced.
#[test]
fn no_report_over_a_forged_store_says_that_it_holds() {
    let bench = Bench::new();
    let store = store();
    let (_engine, ledger) = filled(&bench, &store);
    let sound = report(&made(&ledger, Selection::Whole).unwrap());
    assert_eq!(sound.evidence.integrity.answer, AnswerName::Holds);
    let size = store.head(LEDGER).unwrap().unwrap().size;
    let (mut none, mut broken) = (0, 0);
    for sequence in 0..size {
        for (what, changes) in forgeries(&store, sequence, size) {
            let value = |at: u64| store.record(LEDGER, at).unwrap();
            let before: Vec<Change> = changes.iter().map(|(at, _)| (*at, value(*at))).collect();
            for (at, forged) in changes {
                store.forge(LEDGER, at, forged);
            }
            match made(&ledger, Selection::Whole) {
                Err(_) => none += 1,
                Ok(made) => {
                    let told = report(&made);
                    let answers = [&told.evidence.integrity, &told.evidence.custody];
                    let holds = answers.iter().all(|one| one.answer == AnswerName::Holds);
                    assert!(!holds, "record {sequence} {what}: {}", told.headline);
                    let mut clauses = told.clauses.iter();
                    let evidenced = clauses.any(|clause| clause.state == ClauseState::Evidenced);
                    assert!(!evidenced, "record {sequence} {what}: {}", told.headline);
                    broken += 1;
                }
            }
            for (at, bytes) in before {
                store.forge(LEDGER, at, bytes);
            }
        }
    }
    assert!(none > 0 && broken > 0, "{none} none, {broken} broken");
}

/// A report of an older size is the same bytes as the one that was made then, whatever was appended since.
#[test]
fn a_report_as_of_an_older_size_is_the_one_of_then() {
    let bench = Bench::new();
    let (engine, ledger) = filled(&bench, &store());
    let (from, to) = (2, None);
    let selections = [
        Selection::Whole,
        Selection::Range {
            from: 1,
            to: Some(4),
        },
        Selection::Range { from, to },
        Selection::Period { from: 0, to },
        Selection::Period {
            from: 0,
            to: Some(u64::MAX / 2),
        },
    ];
    let then = selections.map(|selection| made(&ledger, selection).unwrap().json);
    for id in 0..40 {
        appended(&bench, &ledger, &format!("later {id}"), None, "payload");
    }
    let rotated = engine.rotate_identity(&HashMap::new(), None, &mut |_, _| {});
    assert_eq!(rotated.unwrap().rotated.len(), 1);
    engine.rotate_epoch("l").unwrap();
    appended(&bench, &ledger, "last", None, "payload");

    for (selection, json) in selections.into_iter().zip(then) {
        let told = Report::from_json(&json).unwrap();
        assert_eq!(told.evidence.custody.answer, AnswerName::Holds);
        let size = told.ledger.checkpoint_size;
        let again = made_as_of(&ledger, selection, Some(size)).unwrap();
        assert!(again.json == json, "{selection:?} as of {size}");
        assert!(again.recorded.is_ok());
        let later = report(&made(&ledger, selection).unwrap());
        assert_ne!(later.ledger, told.ledger);
    }
    let size = ledger.summary().size;
    let refused = made_as_of(&ledger, Selection::Whole, Some(size + 1)).map(|_| ());
    let Err(ReportError::NotYet { asked, .. }) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(asked, size + 1);
    let range = Selection::Range {
        from: 1,
        to: Some(9),
    };
    let refused = made_as_of(&ledger, range, Some(8)).map(|_| ());
    assert!(
        matches!(refused, Err(ReportError::NotThen { size: 8, .. })),
        "{refused:?}"
    );
}
