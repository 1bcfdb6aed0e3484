//! Removing postings: exactly those, for good.

use super::factory::Factory;
use super::index::{EVERY, LEDGER, OTHER, THIRD, batch, commit, postings};
use crate::contracts::{IndexStore, Store};
use crate::error::StoreError;
use crate::index::{IndexTerm, Posting};

const SIZE: u64 = 10_000;

/// Blocks of many lengths, the last one behind what a table holds.
fn fill(store: &impl Store) {
    for ledger in [LEDGER, OTHER] {
        commit(store, ledger, 0, SIZE);
        for run in [0, 1, 2, 700, 9_000, SIZE].windows(2) {
            store
                .append_index(ledger, &batch(ledger, run[0], run[1]))
                .expect("the batch is taken");
            if run[1] == 700 {
                store.sync_index().expect("the index is synced");
            }
        }
    }
}

/// The start of a block, the end of one, the middle, a whole one, a run of
/// several, and some that are in one term only.
fn doomed() -> Vec<u64> {
    let mut doomed = vec![0, 1, 2, 3, 9, 699, 702, 5_000, 8_998, 8_999, 9_999];
    doomed.splice(7..7, 3_000..4_900);
    doomed
}

fn removal(term: IndexTerm) -> Posting {
    Posting {
        term,
        sequences: doomed(),
    }
}

fn expect_removed(store: &impl Store) {
    let doomed = doomed();
    let left = |sequence: &u64| doomed.binary_search(sequence).is_err();
    for from in [0, 1, 4, 700, 3_100, 8_999, 9_999] {
        let every = postings(store, LEDGER, &EVERY, from);
        assert!(every.into_iter().eq((from..SIZE).filter(left)), "{from}");
        let third = postings(store, LEDGER, &THIRD, from);
        let expected = (from..SIZE).filter(|n| n % 3 == 0).filter(left);
        assert!(third.into_iter().eq(expected), "{from}");
        assert!(
            postings(store, OTHER, &EVERY, from)
                .into_iter()
                .eq(from..SIZE)
        );
    }
    let cursor = store.cursor(LEDGER).expect("readable");
    assert_eq!(cursor, SIZE);
    let found = store.find_postings(LEDGER, &doomed).expect("readable");
    assert!(found.is_empty(), "{found:?}");
}

/// What is named is gone, in one ledger; doing it again changes nothing; and
/// what is appended afterwards is there.
pub fn take_out_what_they_name_and_nothing_else(mut factory: impl Factory) {
    let store = factory.open();
    fill(&store);
    let found = store
        .find_postings(LEDGER, &[9_999, 4, 9_999, 3, 20_000])
        .expect("readable");
    let expected = [(EVERY, vec![3, 4, 9_999]), (THIRD, vec![3, 9_999])];
    assert_eq!(
        found,
        expected.map(|(term, sequences)| Posting { term, sequences })
    );
    let removals = [
        removal(EVERY),
        removal(THIRD),
        removal(IndexTerm::from_bytes([3; 17])),
    ];
    for _ in 0..2 {
        store
            .remove_postings(LEDGER, &removals)
            .expect("the postings are removed");
        expect_removed(&store);
    }
    store
        .append_index(LEDGER, &batch(LEDGER, SIZE, SIZE + 10))
        .expect("the batch is taken");
    assert_eq!(postings(&store, LEDGER, &EVERY, SIZE).len(), 10);
    let all: Vec<u64> = (0..SIZE + 10).collect();
    let rest = store.find_postings(LEDGER, &all).expect("readable");
    store
        .remove_postings(LEDGER, &rest)
        .expect("the postings are removed");
    for term in [EVERY, THIRD] {
        assert!(postings(&store, LEDGER, &term, 0).is_empty());
    }
}

/// No restart brings back what was removed, and the index does not fall back
/// to where it would derive it again.
pub fn last_over_a_restart(mut factory: impl Factory) {
    let store = factory.open();
    fill(&store);
    store
        .remove_postings(LEDGER, &[removal(EVERY), removal(THIRD)])
        .expect("the postings are removed");
    drop(store);
    expect_removed(&factory.open());
}

/// What is derived later would bring it back, so it is no silent success.
pub fn of_what_is_not_indexed_are_refused(mut factory: impl Factory) {
    let store = factory.open();
    fill(&store);
    let bad = [vec![5, SIZE], vec![5, 4], vec![5, 5]];
    for sequences in bad {
        let term = EVERY;
        let removals = [removal(THIRD), Posting { term, sequences }];
        assert!(matches!(
            store.remove_postings(LEDGER, &removals),
            Err(StoreError::Malformed { .. })
        ));
    }
    assert!(postings(&store, LEDGER, &THIRD, 0).contains(&3));
    assert!(postings(&store, LEDGER, &EVERY, 0).into_iter().eq(0..SIZE));
}
