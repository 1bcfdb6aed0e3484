//! The derived index: exact as far as its cursor says.

use std::ops::ControlFlow;

use super::factory::Factory;
use super::sample;
use crate::contracts::{IndexStore, LedgerId, Store, Term};
use crate::error::StoreError;
use crate::index::{IndexBatch, IndexEntry, IndexTerm, Posting};

pub(super) const LEDGER: LedgerId = LedgerId::new(3);
pub(super) const OTHER: LedgerId = LedgerId::new(4);
pub(super) const EVERY: IndexTerm = IndexTerm::from_bytes([1; 17]);
pub(super) const THIRD: IndexTerm = IndexTerm::from_bytes([2; 17]);

/// Commits records, so that an index of them may survive a restart.
pub(super) fn commit(store: &impl Store, ledger: LedgerId, from: u64, count: u64) -> Term {
    let term = store.acquire().expect("a term is given");
    store
        .commit(&[sample::commit(ledger, term, from, count)])
        .expect("the commit is taken");
    term
}

/// All ids; one term that every record has, and one that every third has.
pub(super) fn batch(ledger: LedgerId, from: u64, to: u64) -> IndexBatch {
    let mut ids: Vec<_> = (from..to)
        .map(|sequence| (sample::id(ledger, sequence), sequence))
        .collect();
    ids.sort_unstable();
    let mut postings = vec![
        Posting {
            term: EVERY,
            sequences: (from..to).collect(),
        },
        Posting {
            term: THIRD,
            sequences: (from..to).filter(|sequence| sequence % 3 == 0).collect(),
        },
    ];
    postings.retain(|posting| !posting.sequences.is_empty());
    IndexBatch {
        from_cursor: from,
        to_cursor: to,
        ids,
        postings,
    }
}

pub(super) fn postings(
    store: &impl IndexStore,
    ledger: LedgerId,
    term: &IndexTerm,
    from: u64,
) -> Vec<u64> {
    let mut found = Vec::new();
    store
        .postings(ledger, term, from, &mut |block| {
            assert!(!block.is_empty());
            found.extend_from_slice(block);
            ControlFlow::Continue(())
        })
        .expect("postings can be read");
    found
}

pub(super) fn postings_backwards(
    store: &impl IndexStore,
    ledger: LedgerId,
    term: &IndexTerm,
    to: u64,
) -> Vec<u64> {
    let mut found = Vec::new();
    store
        .postings_backwards(ledger, term, to, &mut |block| {
            assert!(block.is_sorted() && !block.is_empty());
            found.extend(block.iter().rev());
            ControlFlow::Continue(())
        })
        .expect("postings can be read");
    found
}

/// The same, visited by so many at a time.
fn entries_in_parts(
    store: &impl IndexStore,
    ledger: LedgerId,
    entries_max: usize,
) -> Vec<(Vec<u8>, u64)> {
    let (mut found, mut behind) = (Vec::new(), None);
    loop {
        let mut visited = 0;
        let ended = store.scan_index_part(ledger, behind.as_deref(), entries_max, &mut |entry| {
            visited += 1;
            match entry {
                IndexEntry::Id(id, sequence) => found.push((id.as_bytes().to_vec(), sequence)),
                IndexEntry::Postings(term, sequences) => {
                    let each = sequences.iter();
                    found.extend(each.map(|one| (term.as_bytes().to_vec(), *one)));
                }
            }
        });
        assert!(visited <= entries_max);
        behind = ended.expect("the index can be read");
        if behind.is_none() {
            found.sort_unstable();
            return found;
        }
    }
}

/// All entries, each with one record, sorted.
fn entries(store: &impl IndexStore, ledger: LedgerId) -> Vec<(Vec<u8>, u64)> {
    let mut found = Vec::new();
    store
        .scan_index(ledger, &mut |entry| {
            match entry {
                IndexEntry::Id(id, sequence) => found.push((id.as_bytes().to_vec(), sequence)),
                IndexEntry::Postings(term, sequences) => {
                    assert!(!sequences.is_empty());
                    let each = sequences.iter();
                    found.extend(each.map(|one| (term.as_bytes().to_vec(), *one)));
                }
            }
            ControlFlow::Continue(())
        })
        .expect("the index can be read");
    found.sort_unstable();
    found
}

/// A scan shows each entry of the ledger, and no other ledger's.
pub fn is_visited_whole_and_no_others(mut factory: impl Factory) {
    let store = factory.open();
    commit(&store, LEDGER, 0, 5_000);
    commit(&store, OTHER, 0, 40);
    assert_eq!(entries(&store, LEDGER), []);
    let (whole, other) = (batch(LEDGER, 0, 5_000), batch(OTHER, 0, 40));
    store.append_index(LEDGER, &whole).expect("taken");
    store.append_index(OTHER, &other).expect("taken");
    for (ledger, batch) in [(LEDGER, &whole), (OTHER, &other)] {
        let ids = batch.ids.iter();
        let mut expected: Vec<_> = ids.map(|(id, of)| (id.as_bytes().to_vec(), *of)).collect();
        for posting in &batch.postings {
            let each = posting.sequences.iter();
            expected.extend(each.map(|one| (posting.term.as_bytes().to_vec(), *one)));
        }
        expected.sort_unstable();
        assert_eq!(entries(&store, ledger), expected);
    }
    for (ledger, entries_max) in [(OTHER, 1), (LEDGER, 97), (LEDGER, 100_000)] {
        let all = entries(&store, ledger);
        assert_eq!(entries_in_parts(&store, ledger, entries_max), all);
    }
    let mut visited = 0;
    let stopped = store.scan_index(LEDGER, &mut |_| {
        visited += 1;
        ControlFlow::Break(())
    });
    assert!(stopped.is_ok() && visited == 1);
}

fn expect_indexed(store: &impl IndexStore, ledger: LedgerId, to: u64) {
    assert_eq!(store.cursor(ledger).expect("readable"), to);
    let ids: Vec<_> = (0..to + 10)
        .map(|sequence| sample::id(ledger, sequence))
        .collect();
    let mut found = vec![Some(99)];
    store.find_ids(ledger, &ids, &mut found).expect("readable");
    let expected: Vec<_> = (0..to + 10)
        .map(|sequence| (sequence < to).then_some(sequence))
        .collect();
    assert_eq!(found, expected);
    assert!(postings(store, ledger, &EVERY, 0).into_iter().eq(0..to));
}

/// Ids are found in the order asked, and those that are not there are not.
pub fn finds_ids_and_misses(mut factory: impl Factory) {
    let store = factory.open();
    expect_indexed(&store, LEDGER, 0);
    store
        .append_index(LEDGER, &batch(LEDGER, 0, 500))
        .expect("the batch is taken");
    expect_indexed(&store, LEDGER, 500);
    let ids = [800, 7, 499, 7, 500].map(|sequence| sample::id(LEDGER, sequence));
    let mut found = Vec::new();
    store.find_ids(LEDGER, &ids, &mut found).expect("readable");
    assert_eq!(found, [None, Some(7), Some(499), Some(7), None]);
    store.find_ids(OTHER, &ids, &mut found).expect("readable");
    assert_eq!(found, [None; 5]);
    store.find_ids(LEDGER, &[], &mut found).expect("readable");
    assert!(found.is_empty());
}

/// Postings begin exactly where they are asked to, also within a block.
pub fn visits_postings_from_anywhere(mut factory: impl Factory) {
    let store = factory.open();
    let bounds = [0, 1, 2, 10, 4_200, 20_000];
    for run in bounds.windows(2) {
        store
            .append_index(LEDGER, &batch(LEDGER, run[0], run[1]))
            .expect("the batch is taken");
    }
    // A neighbour on either side of the term, and of the ledger.
    store
        .append_index(OTHER, &batch(OTHER, 0, 30))
        .expect("the batch is taken");
    let starts = [0, 1, 2, 3, 9, 10, 11, 4_095, 4_106, 4_199, 4_200, 12_345];
    for from in starts
        .into_iter()
        .chain([19_997, 19_998, 19_999, 20_000, u64::MAX >> 1])
    {
        let every = postings(&store, LEDGER, &EVERY, from);
        assert!(every.into_iter().eq(from..20_000), "every from {from}");
        let backwards: Vec<_> = postings_backwards(&store, LEDGER, &EVERY, from);
        let below = postings(&store, LEDGER, &EVERY, 0).into_iter();
        let below: Vec<_> = below.filter(|sequence| *sequence <= from).rev().collect();
        assert_eq!(backwards, below, "{from}");
        let third = postings(&store, LEDGER, &THIRD, from);
        let expected = (from..20_000).filter(|sequence| sequence % 3 == 0);
        assert!(third.into_iter().eq(expected), "third from {from}");
        assert!(postings(&store, LEDGER, &IndexTerm::from_bytes([3; 17]), from).is_empty());
    }
    let mut visits = 0;
    store
        .postings(LEDGER, &EVERY, 0, &mut |_| {
            visits += 1;
            ControlFlow::Break(())
        })
        .expect("breaking off is no error");
    assert_eq!(visits, 1);
}

/// A batch that does not begin at the cursor changes nothing.
pub fn takes_batches_in_order_only(mut factory: impl Factory) {
    let store = factory.open();
    store
        .append_index(LEDGER, &batch(LEDGER, 0, 100))
        .expect("the batch is taken");
    for wrong in [0, 99, 101] {
        match store.append_index(LEDGER, &batch(LEDGER, wrong, 200)) {
            Err(StoreError::IndexCursor {
                ledger: LEDGER,
                stored: 100,
                given,
            }) => assert_eq!(given, wrong),
            other => panic!("a refusal was expected, not {other:?}"),
        }
    }
    expect_indexed(&store, LEDGER, 100);
    let nothing = IndexBatch {
        from_cursor: 100,
        to_cursor: 101,
        ..IndexBatch::default()
    };
    store
        .append_index(LEDGER, &nothing)
        .expect("a record may give nothing to index");
    assert_eq!(store.cursor(LEDGER).expect("readable"), 101);
}

/// A batch that contradicts itself changes nothing.
pub fn refuses_malformed_batches(mut factory: impl Factory) {
    let store = factory.open();
    let spoil = |change: &dyn Fn(&mut IndexBatch)| {
        let mut batch = batch(LEDGER, 0, 10);
        change(&mut batch);
        batch
    };
    let bad = [
        spoil(&|batch| batch.ids.swap(0, 1)),
        spoil(&|batch| batch.ids[1] = batch.ids[0]),
        spoil(&|batch| batch.ids[0].1 = 10),
        spoil(&|batch| batch.postings.swap(0, 1)),
        spoil(&|batch| batch.postings[0].sequences.swap(3, 4)),
        spoil(&|batch| batch.postings[0].sequences[4] = 3),
        spoil(&|batch| batch.postings[0].sequences.push(10)),
        spoil(&|batch| batch.postings[0].sequences.clear()),
    ];
    for batch in bad {
        assert!(matches!(
            store.append_index(LEDGER, &batch),
            Err(StoreError::Malformed { .. })
        ));
    }
    expect_indexed(&store, LEDGER, 0);
}

/// Forgetting one ledger's index leaves the others', and lasts.
pub fn is_forgotten_one_ledger_at_a_time(mut factory: impl Factory) {
    let store = factory.open();
    commit(&store, LEDGER, 0, 100);
    commit(&store, OTHER, 0, 100);
    for ledger in [LEDGER, OTHER] {
        store
            .append_index(ledger, &batch(ledger, 0, 100))
            .expect("the batch is taken");
    }
    store.sync_index().expect("the index is synced");
    store.reset_index(LEDGER).expect("the index is reset");
    expect_indexed(&store, LEDGER, 0);
    expect_indexed(&store, OTHER, 100);
    drop(store);
    let store = factory.open();
    expect_indexed(&store, LEDGER, 0);
    expect_indexed(&store, OTHER, 100);
    store
        .append_index(LEDGER, &batch(LEDGER, 0, 60))
        .expect("the batch is taken");
    expect_indexed(&store, LEDGER, 60);
}

/// What was synced is there after a restart.
pub fn survives_a_restart_once_synced(mut factory: impl Factory) {
    let store = factory.open();
    commit(&store, LEDGER, 0, 300);
    store
        .append_index(LEDGER, &batch(LEDGER, 0, 300))
        .expect("the batch is taken");
    store.sync_index().expect("the index is synced");
    drop(store);
    expect_indexed(&factory.open(), LEDGER, 300);
}

/// What was not synced may be gone after a restart, but never in part.
pub fn is_consistent_after_a_restart(mut factory: impl Factory) {
    let store = factory.open();
    commit(&store, LEDGER, 0, 300);
    for from in [0, 100, 200] {
        store
            .append_index(LEDGER, &batch(LEDGER, from, from + 100))
            .expect("the batch is taken");
        if from == 0 {
            store.sync_index().expect("the index is synced");
        }
    }
    drop(store);
    let store = factory.open();
    let cursor = store.cursor(LEDGER).expect("readable");
    assert!([100, 200, 300].contains(&cursor), "{cursor}");
    expect_indexed(&store, LEDGER, cursor);
}
