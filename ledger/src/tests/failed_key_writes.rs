//! Writes of data keys that fail, of which nobody is told whether they are durable.

use std::sync::Arc;

use indelible_store::memory::Fault;

use crate::{
    Availability,
    tests::{
        engine::{Bench, store},
        privacy::{appended, ledger, verified},
    },
};

#[test]
fn a_write_of_keys_that_failed_is_no_damage_whether_it_is_durable_or_not() {
    let mut went_on = 0;
    for (nth, fault) in (0..12).flat_map(|nth| [(nth, Fault::Lost), (nth, Fault::Persisted)]) {
        let bench = Bench::new();
        let store = store();
        let engine = bench.open(&store).unwrap();
        let ledger = ledger(&bench, &engine, false);
        appended(&bench, &ledger, "a", Some("erika"), "erase me");
        store.fail_write(nth, fault);
        let failed = ledger.erase("erika", "b", &mut |_| {}).is_err();
        if failed && ledger.summary().state == Availability::Open {
            // The store takes no further writes, and is read on.
            verified(&ledger);
            went_on += 1;
        }
        let _failed = engine.drain();
        drop((engine, ledger));
        let engine = bench.open(&Arc::new(store.reopen())).unwrap();
        let ledger = engine.ledger("l").unwrap();
        let state = ledger.summary().state;
        assert_eq!(state, Availability::Open, "{fault:?} write {nth}");
        verified(&ledger);
        engine.drain().unwrap();
    }
    assert!(went_on >= 2, "no ledger went on after a write that failed");
}
