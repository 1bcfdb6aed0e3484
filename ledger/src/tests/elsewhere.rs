//! Erasing from a ledger that takes no records, over a store in memory: broken off at any of its writes, either nothing is
//! ordered and nothing is gone, or the next start completes it.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use indelible_store::{
    KeyRing,
    memory::{Fault, MemoryStore},
};

use crate::{
    Availability, Engine, EngineOptions, Ledger, SystemKind,
    state::error::{KeyEventError, ReadError},
    tests::{
        engine::{Bench, store},
        privacy::{appended, ledger, payload, verified},
        system::{begun, fact, told},
    },
};

/// How long an interrupted erasure may take after a start.
const RESUMED: Duration = Duration::from_secs(20);

fn open(bench: &Bench, store: &Arc<MemoryStore>) -> (Engine, Ledger, Ledger) {
    let options = EngineOptions {
        keeps_system: true,
        ..EngineOptions::new("localhost")
    };
    let engine = bench.open_with(store, options).unwrap();
    let system = begun(bench, &engine);
    let ledger = ledger(bench, &engine, false);
    (engine, system, ledger)
}

#[test]
fn an_erasure_that_another_ledger_records_is_completed_wherever_it_is_broken_off() {
    for fault in [Fault::Lost, Fault::Persisted] {
        let mut completed = false;
        for nth in 0..60 {
            completed = broken_off(nth, fault);
            if completed {
                assert!(nth >= 3, "such an erasure has more writes than {nth}");
                break;
            }
        }
        assert!(completed, "the last run has no fault");
    }
}

/// Erases with the `nth` write failing; true if there was no such write.
fn broken_off(nth: u64, fault: Fault) -> bool {
    let place = format!("{fault:?} write {nth}");
    let bench = Bench::new();
    let store = store();
    let (engine, system, ledger) = open(&bench, &store);
    let gone = appended(&bench, &ledger, "a", Some("erika"), "erase me");
    let kept = appended(&bench, &ledger, "b", Some("max"), "keep me");
    let size = ledger.summary().size;
    let reason = "a test says so";
    ledger.cell().set_state(Availability::Quarantined, reason);
    store.fail_write(nth, fault);
    let completed = ledger.erase("erika", "b", &mut |_| {}).is_ok();
    let _failed = engine.drain();
    drop((engine, system, ledger));

    let store: Arc<MemoryStore> = Arc::new(store.reopen());
    // Nothing is wrong with it but what the test said.
    let (engine, system, ledger) = open(&bench, &store);
    let summary = ledger.summary();
    let why = &summary.state_reason;
    assert_eq!(summary.state, Availability::Open, "{place}: {why}");
    assert_eq!(ledger.summary().size, size, "{place}: it takes no record");
    let orders = told(&system, SystemKind::Erased);
    let erasures = ledger.erasures().unwrap();
    assert_eq!(erasures.len(), orders.len(), "{place}");
    assert_eq!(payload(&ledger, kept).unwrap(), b"keep me");
    if erasures.is_empty() {
        assert_eq!(payload(&ledger, gone).unwrap(), b"erase me", "{place}");
        engine.drain().unwrap();
        return completed;
    }
    let deadline = Instant::now() + RESUMED;
    while !ledger.erasures().unwrap()[0].1 {
        assert!(Instant::now() < deadline, "{place}: it was not taken up");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(payload(&ledger, gone), None, "{place}");
    let origin = ledger.summary().origin;
    assert_eq!(fact(&orders[0], "origin"), Some(origin.as_str()));
    assert_eq!(fact(&orders[0], "basis"), Some("b"));
    let recorded_in = Some(system.summary().origin);
    assert_eq!(erasures[0].0.recorded_in, recorded_in, "{place}");
    for key in &erasures[0].0.data_keys {
        let left = store.data_key(ledger.cell().id, key).unwrap();
        assert_eq!(left, None, "{place}");
    }
    verified(&ledger);
    engine.drain().unwrap();
    completed
}

#[test]
fn where_a_hold_may_be_missing_nobody_is_erased_before_a_successor_took_the_place() {
    let bench = Bench::new();
    let store = store();
    let (engine, system, ledger) = open(&bench, &store);
    let hers = appended(&bench, &ledger, "a", Some("erika"), "erase me");
    ledger.cell().doubts.note_lack_of_records();
    ledger
        .cell()
        .set_state(Availability::Quarantined, "a test says so");
    let refused = ledger.erase("erika", "b", &mut |_| {}).unwrap_err();
    assert!(
        matches!(refused, KeyEventError::Read(ReadError::HoldsUnknown(_))),
        "{refused:?}"
    );
    assert!(told(&system, SystemKind::Erased).is_empty());
    // What was missing is lost for good then.
    ledger
        .cell()
        .set_state(Availability::Closed, "a successor took its place");
    ledger.erase("erika", "b", &mut |_| {}).unwrap();
    assert_eq!(told(&system, SystemKind::Erased).len(), 1);
    assert_eq!(payload(&ledger, hers), None);
    engine.drain().unwrap();
}
