//! Erasing parts: the words go, and all that proofs rest on stays.

use super::factory::Factory;
use super::sample;
use crate::contracts::{CommitStore, EraseStore, LedgerId, ReadStore, Term};
use crate::error::StoreError;
use crate::record::{ErasedParts, Part, StoredRecord};

const LEDGER: LedgerId = LedgerId::new(5);
const OTHER: LedgerId = LedgerId::new(6);

/// What a record has before and after its erasure, by its number.
fn record(ledger: LedgerId, sequence: u64, is_erased: bool) -> Vec<u8> {
    let body = format!("body {sequence}");
    let payload = "payload ".repeat(sequence as usize % 50);
    let (body, payload) = match (sequence % 4, is_erased) {
        (0, _) => (Part::None, Part::None),
        (1, false) => (sample::part(body.as_bytes()), Part::None),
        (1, true) => (Part::Erased, Part::None),
        (2, false) => (sample::part(body.as_bytes()), Part::Archived),
        (_, false) => (
            sample::part(body.as_bytes()),
            sample::part(payload.as_bytes()),
        ),
        (_, true) => (Part::Erased, Part::Erased),
    };
    sample::record(ledger, sequence, body, payload)
}

fn commit(store: &impl CommitStore, ledger: LedgerId, term: Term, from: u64, to: u64) {
    let values: Vec<_> = (from..to)
        .map(|sequence| record(ledger, sequence, false))
        .collect();
    store
        .commit(&[sample::commit_of(ledger, term, from, &values)])
        .expect("the commit is taken");
}

fn expect(store: &impl ReadStore, ledger: LedgerId, size: u64, is_erased: impl Fn(u64) -> bool) {
    for sequence in 0..size {
        let found = store.record(ledger, sequence).expect("readable");
        let found = found.expect("the record is there");
        let erased = is_erased(sequence);
        assert_eq!(found, record(ledger, sequence, erased), "{sequence}");
        StoredRecord::decode(&found).expect("it is a record still");
    }
    let head = store.head(ledger).expect("readable");
    assert_eq!(head, Some(sample::head(ledger, size)));
}

/// Header, chain hash, id hash, head and the other records keep every byte;
/// doing it again changes nothing; and so it is after a restart.
pub fn leaves_all_that_proofs_rest_on(mut factory: impl Factory) {
    let store = factory.open();
    let term = store.acquire().expect("a term is given");
    commit(&store, LEDGER, term, 0, 3_000);
    commit(&store, OTHER, term, 0, 50);
    // More than one write has room for, from the end, and some of them twice.
    let doomed: Vec<u64> = (0..2_000).chain([2_999, 3, 2_500]).rev().collect();
    let is_doomed = |sequence| doomed.contains(&sequence);
    let with_parts = doomed.iter().filter(|sequence| **sequence % 4 != 0);
    let expected = with_parts.count() as u64 - 1;
    for expected in [expected, 0] {
        let erased = store.erase_parts(LEDGER, &doomed).expect("they are erased");
        assert_eq!(erased, expected);
        expect(&store, LEDGER, 3_000, is_doomed);
    }
    assert_eq!(store.erase_parts(LEDGER, &[]).expect("nothing to do"), 0);
    expect(&store, OTHER, 50, |_| false);
    drop(store);
    let store = factory.open();
    expect(&store, LEDGER, 3_000, is_doomed);
    expect(&store, OTHER, 50, |_| false);
}

/// Of a record with both parts, the one goes and the other keeps every byte.
pub fn of_some_parts_leaves_the_others(mut factory: impl Factory) {
    let store = factory.open();
    let term = store.acquire().expect("a term is given");
    commit(&store, LEDGER, term, 0, 12);
    for (parts, sequence) in [(ErasedParts::Payloads, 3), (ErasedParts::Bodies, 7)] {
        for changed in [1, 0] {
            let erased = store.erase_chosen(LEDGER, &[sequence, 4, 8], parts);
            assert_eq!(erased.expect("they are erased"), changed);
        }
        let found = store.record(LEDGER, sequence).expect("readable");
        let found = found.expect("the record is there");
        let stored = StoredRecord::decode(&found).expect("it is a record still");
        let whole = record(LEDGER, sequence, false);
        let whole = StoredRecord::decode(&whole).expect("it is a record");
        let (body, payload) = match parts {
            ErasedParts::Bodies => (Part::Erased, whole.payload),
            _ => (whole.body, Part::Erased),
        };
        assert_eq!((stored.body, stored.payload), (body, payload));
        assert_eq!(
            (stored.chain, stored.id_hash, stored.header),
            (whole.chain, whole.id_hash, whole.header)
        );
    }
}

/// What is archived leaves its word, all else keeps every byte, and it can be erased later.
pub fn archiving_leaves_a_word_that_erasing_takes(mut factory: impl Factory) {
    let mut store = factory.open();
    let term = store.acquire().expect("a term is given");
    commit(&store, LEDGER, term, 0, 12);
    store
        .erase_chosen(LEDGER, &[7], ErasedParts::Bodies)
        .expect("it is erased");
    for changed in [2, 0] {
        let archived = store.archive_chosen(LEDGER, &[3, 4, 7], ErasedParts::All);
        assert_eq!(archived.expect("they are archived"), changed);
    }
    drop(store);
    store = factory.open();
    let parts = |sequence| {
        let found = store.record(LEDGER, sequence).expect("readable");
        let found = found.expect("the record is there");
        let stored = StoredRecord::decode(&found).expect("it is a record still");
        let whole = record(LEDGER, sequence, false);
        let whole = StoredRecord::decode(&whole).expect("it is a record");
        assert_eq!(
            (stored.chain, stored.id_hash, stored.header),
            (whole.chain, whole.id_hash, whole.header)
        );
        let word = |part: Part<'_>| match part {
            Part::None => "none",
            Part::Present { .. } => "present",
            Part::Erased => "erased",
            Part::Archived => "archived",
        };
        (word(stored.body), word(stored.payload))
    };
    assert_eq!(parts(3), ("archived", "archived"));
    assert_eq!(parts(4), ("none", "none"));
    assert_eq!(parts(7), ("erased", "archived"));
    let erased = store.erase_chosen(LEDGER, &[3], ErasedParts::Payloads);
    assert_eq!(erased.expect("it is erased"), 1);
    assert_eq!(parts(3), ("archived", "erased"));
    assert!(matches!(
        store.archive_chosen(LEDGER, &[3, 12], ErasedParts::All),
        Err(StoreError::Malformed { .. })
    ));
}

/// A record that may come later can't be erased ahead of its time.
pub fn beyond_the_end_changes_nothing(mut factory: impl Factory) {
    let store = factory.open();
    let term = store.acquire().expect("a term is given");
    commit(&store, LEDGER, term, 0, 10);
    for ledger in [LEDGER, OTHER] {
        assert!(matches!(
            store.erase_parts(ledger, &[1, 10]),
            Err(StoreError::Malformed { .. })
        ));
    }
    expect(&store, LEDGER, 10, |_| false);
    // What is no record of ours is damage, and is left as it is.
    store
        .commit(&[sample::commit(LEDGER, term, 10, 1)])
        .expect("the commit is taken");
    assert!(matches!(
        store.erase_parts(LEDGER, &[10]),
        Err(StoreError::Damaged { .. })
    ));
    let value = store.record(LEDGER, 10).expect("readable");
    assert_eq!(value, Some(sample::value(LEDGER, 10)));
}

/// Commits to the same ledger go on, and two erasures meet in peace.
pub fn goes_on_beside_commits(mut factory: impl Factory) {
    let store = factory.open();
    let term = store.acquire().expect("a term is given");
    commit(&store, LEDGER, term, 0, 1_000);
    let erased: u64 = std::thread::scope(|scope| {
        let erasers = [0, 1].map(|start| {
            let store = &store;
            scope.spawn(move || {
                let each = (start..1_000).step_by(3);
                each.map(|sequence| {
                    let erased = store.erase_parts(LEDGER, &[sequence, 501]);
                    erased.expect("they are erased")
                })
                .sum::<u64>()
            })
        });
        for from in 1_000..1_200 {
            commit(&store, LEDGER, term, from, from + 1);
        }
        erasers
            .map(|eraser| eraser.join().expect("no panic"))
            .iter()
            .sum()
    });
    let is_doomed = |sequence: u64| sequence < 1_000 && (sequence % 3 != 2 || sequence == 501);
    let with_parts = (0..1_000).filter(|n| is_doomed(*n) && n % 4 != 0);
    assert_eq!(erased, with_parts.count() as u64);
    drop(store);
    expect(&factory.open(), LEDGER, 1_200, is_doomed);
}
