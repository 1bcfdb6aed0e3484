//! The store's own ledger over a store in memory.

use indelible_evidence::{
    body::{Body, FactValue},
    origin::LedgerName,
};

use crate::{
    Access, AccessError, AppendError, Availability, CreateLedger, Engine, EngineOptions,
    EventInput, Filter, Ledger, LedgerError, PrepareError, SYSTEM_SOURCE, SystemEvent, SystemFact,
    SystemKind,
    tests::{
        engine::{Bench, store},
        privacy::{appended, verified},
    },
};

fn options() -> EngineOptions {
    EngineOptions {
        keeps_system: true,
        ledgers: 1,
        ..EngineOptions::new("localhost")
    }
}

pub(super) fn begun(bench: &Bench, engine: &Engine) -> Ledger {
    bench.runtime.block_on(engine.begin_system()).unwrap();
    engine.ledger("_system").unwrap()
}

fn access() -> Access {
    Access::new("unix:alice", "get", "complaint of Erika").unwrap()
}

/// The facts of all events of a kind.
pub(super) fn told(system: &Ledger, kind: SystemKind) -> Vec<Vec<(String, String)>> {
    let filter = Filter {
        types: [kind.event_type().to_owned()].into(),
        ..Filter::default()
    };
    let page = system.list(&filter, 0, 1_000, usize::MAX).unwrap();
    let facts = page.records.iter().map(|view| {
        let body = view.body().unwrap();
        assert_eq!(body.source, SYSTEM_SOURCE);
        let facts = body.facts.iter().map(|(name, value)| {
            let value = match value {
                FactValue::Text(text) => (*text).to_owned(),
                FactValue::Uint(number) => number.to_string(),
                FactValue::Boolean(truth) => truth.to_string(),
            };
            ((*name).to_owned(), value)
        });
        facts.collect()
    });
    facts.collect()
}

pub(super) fn fact<'a>(facts: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = facts.iter().find(|(found, _)| found == name);
    found.map(|(_, value)| value.as_str())
}

#[test]
fn it_is_made_once_counts_in_no_limit_and_is_there_again() {
    let bench = Bench::new();
    let mut store = store();
    let engine = bench.open_with(&store, options()).unwrap();
    let system = begun(&bench, &engine);
    let origin = system.summary().origin;
    assert_eq!(begun(&bench, &engine).summary().origin, origin);
    assert!(origin.starts_with("localhost/_system/log/"), "{origin}");
    bench.ledger(&engine);
    let event = SystemEvent::new(SystemKind::Started).with("count", SystemFact::Uint(7));
    let recorded = engine.record_system(&[event]).unwrap();
    bench.runtime.block_on(recorded).unwrap();
    assert_eq!(system.summary().last_event, None, "no client appended it");
    verified(&system);
    engine.drain().unwrap();
    drop((engine, system));

    store = std::sync::Arc::new(store.reopen());
    let engine = bench.open_with(&store, options()).unwrap();
    let system = begun(&bench, &engine);
    assert_eq!(system.summary().origin, origin);
    assert_eq!(system.summary().state, Availability::Open);
    assert_eq!(system.summary().last_event, None);
    let started = told(&system, SystemKind::Started);
    assert_eq!(fact(&started[0], "count"), Some("7"));
    assert!(
        engine
            .status()
            .notices
            .iter()
            .all(|notice| notice.ledger.is_none())
    );
    engine.drain().unwrap();
}

#[test]
fn the_store_s_own_ledger_takes_nothing_from_clients() {
    let bench = Bench::new();
    let engine = bench.open_with(&store(), options()).unwrap();
    let request = CreateLedger {
        name: LedgerName::system(),
        request_id: String::new(),
        recovery: None,
        encrypts_all: false,
        access_trail: false,
        checks_events: false,
    };
    let made = bench.runtime.block_on(engine.create_ledger(request));
    assert!(matches!(made, Err(LedgerError::Name(_))), "{made:?}");
    let system = begun(&bench, &engine);
    let input = EventInput {
        body: Body {
            id: "a",
            source: "s",
            ..Body::default()
        },
        event_type: "t",
        classification: None,
        payload: None,
    };
    let size = system.summary().size;
    match bench.runtime.block_on(system.prepare(input)) {
        Err(PrepareError::Field(violation)) => assert_eq!(violation.field, "ledger"),
        other => panic!("{other:?}"),
    }
    assert_eq!(system.summary().size, size);
    engine.drain().unwrap();
}

#[test]
fn what_is_opened_is_in_it_in_numbers_and_without_words() {
    let bench = Bench::new();
    let engine = bench.open_with(&store(), options()).unwrap();
    let system = begun(&bench, &engine);
    let ledger = bench.ledger(&engine);
    let sealed = appended(&bench, &ledger, "a", Some("erika"), "text");
    let size = system.summary().size;
    let mut views = ledger.records(0, 1_000, usize::MAX).unwrap();
    assert_eq!(system.summary().size, size, "reading leaves nothing");
    ledger.open_for(&access(), &mut views).unwrap();
    assert!(views.iter().all(|view| !view.is_sealed()));
    let opened = told(&system, SystemKind::Decrypted);
    let [facts] = opened.as_slice() else {
        panic!("{opened:?}")
    };
    let sequences = sealed.to_string();
    for (name, value) in [
        ("principal", "unix:alice"),
        ("call", "get"),
        ("ledger", "l"),
        ("sequences", sequences.as_str()),
    ] {
        assert_eq!(fact(facts, name), Some(value), "{facts:?}");
    }
    assert!(!format!("{facts:?}").contains("Erika"), "{facts:?}");
    verified(&system);
    engine.drain().unwrap();
}

#[test]
fn nothing_is_opened_that_the_store_s_own_ledger_does_not_take() {
    let bench = Bench::new();
    let engine = bench.open_with(&store(), options()).unwrap();
    let ledger = bench.ledger(&engine);
    let sealed = appended(&bench, &ledger, "a", Some("erika"), "text");
    let refused = |ledger: &Ledger| {
        let mut views = ledger.records(sealed, 1, usize::MAX).unwrap();
        let refused = ledger.open_for(&access(), &mut views);
        assert!(views[0].is_sealed());
        match refused {
            Err(AccessError::NotInSystem(AppendError::Refused { state, .. })) => state,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(
        refused(&ledger),
        Availability::Stopped,
        "it is not there yet"
    );
    let system = begun(&bench, &engine);
    for state in [Availability::ReadOnly, Availability::Quarantined] {
        system.cell().set_state(state, "a test says so");
        assert_eq!(refused(&ledger), state);
    }
    assert!(engine.system_quarantine().is_some());
    let event = SystemEvent::new(SystemKind::Held);
    assert!(matches!(
        engine.record_system(&[event]),
        Err(AppendError::Refused { .. })
    ));
    // Only its operator gives it a successor, and nothing of other ledgers changes by it.
    let successor = bench.runtime.block_on(engine.succeed_system()).unwrap();
    assert_eq!(successor.predecessor, Some(system.summary().origin));
    let mut views = ledger.records(sealed, 1, usize::MAX).unwrap();
    ledger.open_for(&access(), &mut views).unwrap();
    assert!(!views[0].is_sealed());
    engine.drain().unwrap();
}

#[test]
fn what_was_not_recorded_at_once_says_so() {
    let bench = Bench::new();
    let engine = bench.open_with(&store(), options()).unwrap();
    let system = begun(&bench, &engine);
    let mut event = SystemEvent::new(SystemKind::ClockAccepted);
    event.happened = Some(1_000_000_000);
    let recorded = engine.record_system(&[event]).unwrap();
    bench.runtime.block_on(recorded).unwrap();
    let accepted = told(&system, SystemKind::ClockAccepted);
    assert_eq!(fact(&accepted[0], "late"), Some("true"));
    let size = system.summary().size;
    let view = system.record(size - 1).unwrap();
    assert_eq!(view.body().unwrap().time, Some("1970-01-01T00:00:01Z"));
    engine.drain().unwrap();
}

#[test]
fn the_last_ledgers_are_for_those_who_administer_the_store() {
    let bench = Bench::new();
    let options = EngineOptions {
        ledgers: 20,
        ..options()
    };
    let engine = bench.open_with(&store(), options).unwrap();
    let create = |number: u64, administers| {
        let request = CreateLedger {
            name: LedgerName::parse(&format!("l-{number}")).unwrap(),
            request_id: String::new(),
            recovery: None,
            encrypts_all: false,
            access_trail: false,
            checks_events: false,
        };
        bench
            .runtime
            .block_on(engine.create_ledger_for(request, administers))
    };
    for number in 0..18 {
        create(number, false).unwrap();
    }
    let refused = create(18, false).unwrap_err();
    assert!(
        matches!(
            refused,
            LedgerError::Reserved {
                ledgers: 18,
                reserved: 2
            }
        ),
        "{refused:?}"
    );
    create(18, true).unwrap();
    create(19, true).unwrap();
    let refused = create(20, true).unwrap_err();
    assert!(
        matches!(refused, LedgerError::TooMany { ledgers: 20 }),
        "{refused:?}"
    );
    engine.drain().unwrap();
}
