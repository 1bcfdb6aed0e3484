//! Which identities are looked for in the store, and that none is missed.

use super::*;
use crate::contracts::IndexStore;
use crate::index::IndexBatch;

const IDS: u64 = 70_000;

fn index(store: &RocksStore, ledger: LedgerId, from: u64, to: u64) {
    let mut ids: Vec<_> = (from..to).map(|at| (sample::id(ledger, at), at)).collect();
    ids.sort_unstable();
    let batch = IndexBatch {
        from_cursor: from,
        to_cursor: to,
        ids,
        postings: Vec::new(),
    };
    store.append_index(ledger, &batch).unwrap();
}

fn finds(store: &RocksStore, ledger: LedgerId, sequences: std::ops::Range<u64>) -> bool {
    let ids: Vec<_> = sequences.clone().map(|at| sample::id(ledger, at)).collect();
    let mut found = Vec::new();
    store.find_ids(ledger, &ids, &mut found).unwrap();
    found.into_iter().eq(sequences.map(Some))
}

/// How many of a thousand new identities are looked for in the store.
fn looked_for(store: &RocksStore, ledger: LedgerId) -> usize {
    let new = (1 << 40..(1 << 40) + 1_000).map(|at| sample::id(ledger, at));
    new.filter(|id| store.known_ids.may_hold(ledger, id))
        .count()
}

#[test]
fn what_is_indexed_is_found_while_the_index_is_read_and_after_and_new_ones_cost_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let ledgers = [3, 4, 900].map(LedgerId::new);
    let store = open(directory.path());
    for (at, ledger) in ledgers.into_iter().enumerate() {
        index(&store, ledger, 0, IDS / (1 + at as u64));
        assert!(finds(&store, ledger, 0..IDS / (1 + at as u64)));
        assert!(looked_for(&store, ledger) < 50);
    }
    store.sync_index().unwrap();
    drop(store);
    let mut store = open(directory.path());
    for (at, ledger) in ledgers.into_iter().enumerate() {
        assert!(finds(&store, ledger, 0..IDS / (1 + at as u64)));
    }
    index(&store, ledgers[1], IDS / 2, IDS);
    store.known_ids.wait();
    for (ledger, ids) in ledgers.into_iter().zip([IDS, IDS, IDS / 3]) {
        assert!(finds(&store, ledger, 0..ids), "{ledger}");
        assert!(looked_for(&store, ledger) < 50, "{ledger}");
    }
    // One that was forgotten is looked for and not there; one between them was never indexed.
    store.reset_index(ledgers[0]).unwrap();
    assert!(!finds(&store, ledgers[0], 0..1));
    assert!(looked_for(&store, LedgerId::new(5)) < 50);
}

#[test]
fn a_store_that_is_closed_while_its_index_is_read_lets_go_of_it() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    index(&store, LEDGER, 0, IDS);
    store.sync_index().unwrap();
    drop(store);
    for _ in 0..20 {
        drop(open(directory.path()));
    }
}
