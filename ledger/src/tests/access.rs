//! The access trail over a store in memory: whoever gets plaintext is on record first, whoever can't be is not answered,
//! and what the trail adds disturbs no client.

use std::{sync::Arc, time::Duration};

use indelible_evidence::{
    body::{Body, FactValue},
    header::RecordKind,
    note::VerifierKey,
    origin::LedgerName,
};
use indelible_store::{
    memory::{Fault, MemoryStore},
    record::Part,
};

use crate::{
    ACCESS_SOURCE, ACCESS_TYPE, Access, AccessError, AppendError, Availability, CreateLedger,
    Engine, EngineOptions, EventInput, Filter, Ledger, PrepareError, RecordView,
    tests::{
        engine::{Bench, events, store},
        privacy::{appended, verified},
    },
};

fn with_trail(bench: &Bench, engine: &Engine) -> Ledger {
    encrypting(bench, engine, false)
}

fn encrypting(bench: &Bench, engine: &Engine, encrypts_all: bool) -> Ledger {
    let request = CreateLedger {
        name: LedgerName::parse("l").unwrap(),
        request_id: String::new(),
        recovery: None,
        encrypts_all,
        access_trail: true,
        checks_events: false,
    };
    let created = engine.create_ledger(request);
    bench.runtime.block_on(created).unwrap();
    engine.ledger("l").unwrap()
}

fn access() -> Access {
    Access::new("local", "list", "complaint 118").unwrap()
}

fn views(ledger: &Ledger, from: u64) -> Vec<RecordView> {
    ledger.records(from, 1_000, usize::MAX).unwrap()
}

/// The trail: the text of the numbers, how many they are, and the purpose.
fn trail(ledger: &Ledger) -> Vec<(String, u64, String)> {
    let filter = Filter {
        types: [ACCESS_TYPE.to_owned()].into(),
        ..Filter::default()
    };
    let page = ledger.list(&filter, 0, 1_000, usize::MAX).unwrap();
    page.records
        .iter()
        .map(|view| {
            let body = view.body().expect("it is in the clear");
            assert_eq!((body.source, body.actor), (ACCESS_SOURCE, Some("local")));
            let fact = |name| {
                body.facts
                    .iter()
                    .find(|(found, _)| *found == name)
                    .unwrap()
                    .1
            };
            let text = |name| match fact(name) {
                FactValue::Text(text) => text.to_owned(),
                other => panic!("{other:?}"),
            };
            let FactValue::Uint(events) = fact("events") else {
                panic!("it is a number")
            };
            (text("sequences"), events, text("purpose"))
        })
        .collect()
}

#[test]
fn what_is_opened_is_on_record_and_reading_the_trail_opens_nothing() {
    let bench = Bench::new();
    let engine = bench.open(&store()).unwrap();
    let ledger = with_trail(&bench, &engine);
    for (number, subject) in [Some("erika"), None, Some("max"), Some("erika")]
        .into_iter()
        .enumerate()
    {
        appended(&bench, &ledger, &format!("e{number}"), subject, "text");
    }
    let size = ledger.summary().size;
    // Reading without opening leaves nothing.
    let mut all = views(&ledger, 0);
    assert_eq!(ledger.summary().size, size);
    ledger.open_for(&access(), &mut all).unwrap();
    assert!(all.iter().all(|view| !view.is_sealed()));
    assert_eq!(ledger.summary().size, size + 1);
    let expected = vec![("2,4-5".to_owned(), 3, "complaint 118".to_owned())];
    assert_eq!(trail(&ledger), expected);
    // The trail is in the clear: opening it is no access, and so has no end of its own.
    ledger
        .open_for(&access(), &mut views(&ledger, size))
        .unwrap();
    assert_eq!(ledger.summary().size, size + 1);
    let view = ledger.record(size).unwrap();
    let Part::Present { bytes, .. } = view.stored().body else {
        panic!("it has a body")
    };
    for subject in ["erika", "max"] {
        let subject = subject.as_bytes();
        assert!(!bytes.windows(subject.len()).any(|window| window == subject));
    }
    verified(&ledger);
    let key = VerifierKey::parse(&ledger.summary().verifier_key).unwrap();
    let (receipt, record, _) = ledger.receipt(size).unwrap();
    receipt.verify(&record, &key).unwrap();
    engine.drain().unwrap();
}

#[test]
fn the_trail_is_in_the_clear_also_where_all_events_are_sealed() {
    let bench = Bench::new();
    let engine = bench.open(&store()).unwrap();
    let ledger = encrypting(&bench, &engine, true);
    let sealed = appended(&bench, &ledger, "a", None, "text");
    ledger.open_for(&access(), &mut views(&ledger, 0)).unwrap();
    let expected = vec![(sealed.to_string(), 1, "complaint 118".to_owned())];
    assert_eq!(trail(&ledger), expected);
    verified(&ledger);
    engine.drain().unwrap();
}

#[test]
fn a_ledger_without_a_trail_records_nothing_of_it() {
    let bench = Bench::new();
    let engine = bench.open(&store()).unwrap();
    let ledger = bench.ledger(&engine);
    appended(&bench, &ledger, "a", Some("erika"), "text");
    let size = ledger.summary().size;
    let mut all = views(&ledger, 0);
    ledger.open_for(&access(), &mut all).unwrap();
    assert!(all.iter().all(|view| !view.is_sealed()));
    assert_eq!(ledger.summary().size, size);
    engine.drain().unwrap();
}

/// Opens with a write or commit failing; nothing of it may be open then.
fn closed(bench: &Bench, store: &Arc<MemoryStore>, fault: Fault) {
    let engine = bench.open(store).unwrap();
    let ledger = with_trail(bench, &engine);
    let sealed = appended(bench, &ledger, "a", Some("erika"), "text");
    store.fail_commit(0, fault);
    let mut all = views(&ledger, 0);
    let refused = ledger.open_for(&access(), &mut all);
    assert!(
        matches!(
            refused,
            Err(AccessError::Unrecorded(AppendError::Unknown { .. }))
        ),
        "{refused:?}"
    );
    assert!(all[sealed as usize].is_sealed() && all[sealed as usize].payload().is_none());
    // And so from here on: the ledger has stopped.
    assert_eq!(ledger.summary().state, Availability::Stopped);
    let refused = ledger.open_for(&access(), &mut all);
    let state = |refused| match refused {
        Err(AccessError::Unrecorded(AppendError::Refused { state, .. })) => state,
        other => panic!("{other:?}"),
    };
    assert_eq!(state(refused), Availability::Stopped);
    assert!(all[sealed as usize].is_sealed());
    let _failed = engine.drain();
}

#[test]
fn who_can_not_be_recorded_is_not_answered() {
    for fault in [Fault::Lost, Fault::Persisted] {
        closed(&Bench::new(), &store(), fault);
    }
}

#[test]
fn a_ledger_that_takes_no_records_opens_nothing() {
    let bench = Bench::new();
    let engine = bench.open(&store()).unwrap();
    let ledger = with_trail(&bench, &engine);
    let sealed = appended(&bench, &ledger, "a", Some("erika"), "text");
    for state in [Availability::ReadOnly, Availability::Quarantined] {
        ledger.cell().set_state(state, "a test says so");
        let mut all = views(&ledger, sealed);
        let refused = ledger.open_for(&access(), &mut all);
        assert!(matches!(
            refused,
            Err(AccessError::Unrecorded(AppendError::Refused { state: found, .. })) if found == state
        ));
        assert!(all[0].is_sealed());
    }
    engine.drain().unwrap();
}

/// An erasure may be among what is gone, whether the ledger keeps a trail or not.
#[test]
fn a_ledger_that_lacks_records_opens_nothing() {
    for keeps_trail in [true, false] {
        let bench = Bench::new();
        let engine = bench.open(&store()).unwrap();
        let ledger = match keeps_trail {
            true => with_trail(&bench, &engine),
            false => bench.ledger(&engine),
        };
        let sealed = appended(&bench, &ledger, "a", Some("erika"), "text");
        ledger.cell().doubts.note_lack_of_records();
        let mut all = views(&ledger, sealed);
        let refused = ledger.open_for(&access(), &mut all);
        assert!(
            matches!(refused, Err(AccessError::Doubtful(_))),
            "{refused:?}"
        );
        assert!(all[0].is_sealed());
        engine.drain().unwrap();
    }
}

#[test]
fn the_trail_does_not_disturb_who_expects_the_last_event() {
    let bench = Bench::new();
    let mut store = store();
    let engine = bench.open(&store).unwrap();
    let ledger = with_trail(&bench, &engine);
    let last = appended(&bench, &ledger, "a", Some("erika"), "text");
    for _ in 0..3 {
        ledger.open_for(&access(), &mut views(&ledger, 0)).unwrap();
    }
    assert_eq!(ledger.summary().last_event, Some(last));
    engine.drain().unwrap();
    drop((engine, ledger));
    // Also after starts, with the trail below what is published, and above it.
    for _ in 0..3 {
        store = Arc::new(store.reopen());
        let options = EngineOptions {
            publication_interval: Duration::from_secs(3_600),
            ..EngineOptions::new("localhost")
        };
        let engine = bench.open_with(&store, options).unwrap();
        let ledger = engine.ledger("l").unwrap();
        let summary = ledger.summary();
        assert_eq!(
            (summary.state, summary.last_event),
            (Availability::Open, Some(last))
        );
        ledger.open_for(&access(), &mut views(&ledger, 0)).unwrap();
        assert_eq!(ledger.summary().last_event, Some(last));
        verified(&ledger);
        // The power is cut before the end, and with it what would be published then.
        store = Arc::new(store.reopen());
        let _failed = engine.drain();
    }
    let engine = bench.open(&store).unwrap();
    let ledger = engine.ledger("l").unwrap();
    let expected = ledger.append(events(&ledger, &["b"]), Some(last));
    bench.runtime.block_on(expected).unwrap();
    engine.drain().unwrap();
}

#[test]
fn what_is_the_trails_no_client_appends() {
    let bench = Bench::new();
    let engine = bench.open(&store()).unwrap();
    let without = CreateLedger {
        name: LedgerName::parse("without").unwrap(),
        request_id: String::new(),
        recovery: None,
        encrypts_all: false,
        access_trail: false,
        checks_events: false,
    };
    let created = engine.create_ledger(without);
    bench.runtime.block_on(created).unwrap();
    let cases = [
        (ACCESS_TYPE, "s", "type"),
        ("indelible.access.v9", "s", "type"),
        ("t", ACCESS_SOURCE, "source"),
        ("t", "urn:indelible:else", "source"),
    ];
    for ledger in [
        with_trail(&bench, &engine),
        engine.ledger("without").unwrap(),
    ] {
        for (event_type, source, field) in cases {
            let body = Body {
                id: "a",
                source,
                ..Body::default()
            };
            let input = EventInput {
                body,
                event_type,
                classification: None,
                payload: None,
            };
            match bench.runtime.block_on(ledger.prepare(input)) {
                Err(PrepareError::Field(violation)) => assert_eq!(violation.field, field),
                other => panic!("{other:?}"),
            }
        }
        let is_event = |view: &RecordView| matches!(view.header().kind, RecordKind::Event(_));
        assert!(!views(&ledger, 0).iter().any(is_event));
    }
    engine.drain().unwrap();
}
