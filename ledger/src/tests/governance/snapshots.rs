//! States that are recorded and kept, so that a start reads less.

use std::sync::Arc;

use indelible_store::{Catalog as _, memory::MemoryStore};

use super::*;
use crate::operations::govern::stored_state::{StoredState, key};

/// A ledger with a recorded state in its middle.
fn recorded(store: &Arc<MemoryStore>) -> (Rig, u64) {
    let rig = Rig::new(store);
    rig.govern(POLICY);
    rig.declare("unix:operator");
    rig.decide(request("1", "s", "search")).unwrap();
    let recorded = rig.bench.runtime.block_on(rig.ledger.record_state());
    let sequence = recorded.unwrap().unwrap().sequence;
    rig.decide(request("2", "s-2", "pay")).unwrap();
    let taken = events(&rig.ledger, &["e-1", "e-2"]);
    let runtime = &rig.bench.runtime;
    runtime.block_on(rig.ledger.append(taken, None)).unwrap();
    rig.decide(request("3", "s-3", "search")).unwrap();
    (rig, sequence)
}

/// The same ledger after a start.
fn restarted(rig: Rig, store: &Arc<MemoryStore>) -> (Rig, Arc<MemoryStore>) {
    let Rig {
        bench,
        engine,
        ledger,
    } = rig;
    drop(ledger);
    engine.drain().unwrap();
    drop(engine);
    let store = Arc::new(store.reopen());
    let engine = bench.open(&store).unwrap();
    let ledger = engine.ledger("l").unwrap();
    let rig = Rig {
        bench,
        engine,
        ledger,
    };
    (rig, store)
}

fn kept(rig: &Rig, store: &MemoryStore) -> StoredState {
    let all = StoredState::all(store, &rig.ledger.cell).unwrap();
    all.into_iter().next().unwrap()
}

/// Keeps this state and no other.
fn keep_only(rig: &Rig, store: &MemoryStore, kept: &StoredState) {
    for slot in 0..2 {
        store.put(&key(&rig.ledger.cell, slot), b"").unwrap();
    }
    kept.keep(store, &rig.ledger.cell).unwrap();
}

/// Where the fold of the last start began.
fn began(rig: &Rig) -> u64 {
    rig.ledger.cell.governed.folded_from()
}

#[test]
fn a_start_begins_at_a_recorded_state_and_comes_to_the_same_bytes_without_it() {
    let store = store();
    let (rig, sequence) = recorded(&store);
    let digest = rig.digest();
    let (rig, store) = restarted(rig, &store);
    assert_eq!(rig.digest(), digest);
    assert_eq!(began(&rig), sequence + 1);
    // What was put in force before the state governs after it.
    let more = rig.decide(request("4", "s", "search")).unwrap();
    assert_eq!(more.decision.failure.unwrap().code, "BUDGET_RESERVED");
    let digest = rig.digest();
    for slot in 0..2 {
        store.put(&key(&rig.ledger.cell, slot), b"").unwrap();
    }
    let (rig, _) = restarted(rig, &store);
    assert_eq!(rig.digest(), digest);
    assert_eq!(began(&rig), 0);
    rig.engine.drain().unwrap();
}

#[test]
fn a_state_that_no_record_names_is_not_taken_up() {
    let store = store();
    let (rig, sequence) = recorded(&store);
    let digest = rig.digest();
    let kept = kept(&rig, &store);
    // Somebody who can write to the store takes back what was spent.
    let text = String::from_utf8(kept.state.clone()).unwrap();
    let forged = text.replace("900000000", "0");
    assert_ne!(forged, text);
    let forged = StoredState {
        label: kept.label.clone(),
        state: forged.into_bytes(),
    };
    keep_only(&rig, &store, &forged);
    let (rig, store) = restarted(rig, &store);
    assert_eq!(rig.digest(), digest);
    assert_eq!(began(&rig), 0);
    // A record that is no state's names none either.
    let mut label = kept.label.clone();
    label.record = sequence + 1;
    let elsewhere = StoredState { label, ..kept };
    keep_only(&rig, &store, &elsewhere);
    let (rig, _) = restarted(rig, &store);
    assert_eq!(rig.digest(), digest);
    assert_eq!(began(&rig), 0);
    rig.engine.drain().unwrap();
}

#[test]
fn a_kept_state_without_all_of_its_policies_is_not_taken_up() {
    let store = store();
    let (rig, _) = recorded(&store);
    let digest = rig.digest();
    let kept = kept(&rig, &store);
    let mut label = kept.label.clone();
    label.rules.pop();
    let short = StoredState { label, ..kept };
    keep_only(&rig, &store, &short);
    let (rig, _) = restarted(rig, &store);
    assert_eq!(rig.digest(), digest);
    assert_eq!(began(&rig), 0);
    rig.engine.drain().unwrap();
}

#[test]
fn the_state_is_recorded_after_enough_records_and_not_again_within_a_minute() {
    let rig = Rig::new(&store());
    rig.govern(POLICY);
    let runtime = &rig.bench.runtime;
    let due = || runtime.block_on(rig.ledger.record_state_if_due()).unwrap();
    assert!(due().is_none());
    let enough = crate::state::limits::GOVERNANCE_STATE_RECORDS;
    rig.ledger.cell.governed.set_since_state(enough);
    assert!(due().is_some());
    assert_eq!(rig.ledger.cell.governed.since_state(), 0);
    rig.ledger.cell.governed.set_since_state(enough);
    assert!(due().is_none());
    rig.engine.drain().unwrap();
}
