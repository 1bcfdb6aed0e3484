//! Entries that nobody of this program wrote cost nothing, or the ledger that they are about.

use super::*;
use crate::contracts::{Catalog, IndexStore, Maintain, Oddity, ProjectionStore, ReadStore};
use crate::head::LEDGER_SIZE_MAX;
use crate::index::IndexBatch;

const OTHER: LedgerId = LedgerId::new(1);

/// A closed store with two ledgers: the first has ten records, which are indexed, and a state of its projections.
fn two_ledgers() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    assert_eq!(store.add_ledger(b"first").unwrap(), LEDGER);
    assert_eq!(store.add_ledger(b"second").unwrap(), OTHER);
    let term = store.acquire().unwrap();
    commit(&store, term, 0, 10);
    store.commit(&[sample::commit(OTHER, term, 0, 5)]).unwrap();
    for (ledger, to_cursor) in [(LEDGER, 10), (OTHER, 5)] {
        let batch = IndexBatch {
            to_cursor,
            ..IndexBatch::default()
        };
        store.append_index(ledger, &batch).unwrap();
        store.put_state(ledger, 0..5, b"state").unwrap();
    }
    store.close().unwrap();
    directory
}

/// Changes the files of a closed store, and opens it again.
fn changed(directory: &tempfile::TempDir, change: impl FnOnce(&RocksStore)) -> RocksStore {
    let store = open(directory.path());
    change(&store);
    store.close().unwrap();
    drop(store);
    open(directory.path())
}

fn numbers(store: &RocksStore) -> Vec<u32> {
    let ledgers = store.ledgers().unwrap().into_iter();
    ledgers.map(|(ledger, _)| ledger.number()).collect()
}

fn words(store: &RocksStore) -> String {
    let found = store.oddities().into_iter();
    found.map(|Oddity { what, .. }| what + "\n").collect()
}

fn states(store: &RocksStore, ledger: LedgerId) -> usize {
    let mut found = 0;
    store
        .states(ledger, 0..u64::MAX, &mut |_, _| {
            found += 1;
            std::ops::ControlFlow::Continue(())
        })
        .unwrap();
    found
}

#[test]
fn a_store_that_nobody_touched_has_no_oddities() {
    let store = open(two_ledgers().path());
    assert_eq!(store.oddities(), []);
    let directory = tempfile::tempdir().unwrap();
    drop(open(directory.path()));
    assert_eq!(open(directory.path()).oddities(), []);
}

#[test]
fn the_number_of_the_next_ledger_decides_nothing() {
    for altered in [
        &u32::MAX.to_be_bytes()[..],
        &(u32::MAX - 1).to_be_bytes(),
        &0x1_0000_u32.to_be_bytes(),
        &1_u32.to_be_bytes(),
        &0_u32.to_be_bytes(),
        b"five!",
        b"",
    ] {
        let directory = two_ledgers();
        let store = changed(&directory, |store| {
            store.db.put(keys::NEXT_LEDGER, altered).unwrap();
        });
        assert_eq!(numbers(&store), [0, 1], "{altered:02x?}");
        assert_eq!(store.oddities().len(), 1, "{altered:02x?}");
        assert!(
            words(&store).contains("after the 2 ledgers"),
            "{}",
            words(&store)
        );
        assert_eq!(store.add_ledger(b"third").unwrap().number(), 2);
        store.close().unwrap();
        drop(store);
        // The new ledger has put it right.
        assert_eq!(open(directory.path()).oddities(), [], "{altered:02x?}");
    }
}

#[test]
fn a_ledger_gets_a_number_under_which_nothing_is_stored() {
    let directory = two_ledgers();
    let record = keys::record(LedgerId::new(2), 7);
    let published = keys::of_ledger(keys::PUBLISHED, LedgerId::new(3));
    let store = changed(&directory, |store| {
        let records = store.family(keys::RECORDS);
        store.db.put_cf(records, record, b"left behind").unwrap();
        store.db.put(published, b"a note").unwrap();
    });
    assert_eq!(store.add_ledger(b"third").unwrap().number(), 4);
    assert_eq!(numbers(&store), [0, 1, 4]);
    assert_eq!(store.add_ledger(b"fourth").unwrap().number(), 5);
    store.update_ledger(LedgerId::new(4), b"changed").unwrap();
    let between = store.update_ledger(LedgerId::new(3), b"none");
    assert!(matches!(between, Err(StoreError::UnknownLedger { .. })));
}

#[test]
fn a_descriptor_at_the_end_of_all_numbers_leaves_room_before_it() {
    let directory = two_ledgers();
    let last = LedgerId::new(u32::MAX);
    let store = changed(&directory, |store| {
        let key = keys::of_ledger(keys::DESCRIPTOR, last);
        store.db.put(key, b"planted").unwrap();
    });
    assert_eq!(numbers(&store), [0, 1, u32::MAX]);
    assert!(
        words(&store).contains("describes 3 ledgers"),
        "{}",
        words(&store)
    );
    assert_eq!(store.add_ledger(b"third").unwrap().number(), 3);
}

#[test]
fn a_descriptor_that_is_gone_costs_its_ledger_alone() {
    let directory = two_ledgers();
    let store = changed(&directory, |store| {
        let key = keys::of_ledger(keys::DESCRIPTOR, LEDGER);
        store.db.delete(key).unwrap();
    });
    assert_eq!(
        store.ledgers().unwrap(),
        [(LEDGER, vec![]), (OTHER, b"second".to_vec())]
    );
    assert!(
        words(&store).contains("describes 1 ledgers"),
        "{}",
        words(&store)
    );
    // Neither number is taken again.
    assert_eq!(store.add_ledger(b"third").unwrap().number(), 2);
}

#[test]
fn keys_that_name_no_ledger_are_passed_over() {
    let directory = two_ledgers();
    let store = changed(&directory, |store| {
        for kind in [keys::DESCRIPTOR, keys::HEAD] {
            for stray in [
                &[kind][..],
                &[kind, 0],
                &[kind, b'j'],
                &[kind, 0, 0, 0, 0, 0],
            ] {
                store.db.put(stray, b"x").unwrap();
            }
        }
    });
    assert_eq!(numbers(&store), [0, 1]);
    assert_eq!(store.head(LEDGER).unwrap().unwrap().size, 10);
    assert_eq!(store.head(OTHER).unwrap().unwrap().size, 5);
    assert_eq!(
        words(&store).matches("passed over: 4").count(),
        2,
        "{}",
        words(&store)
    );
}

#[test]
fn an_index_that_does_not_say_how_far_it_reaches_is_derived_again() {
    let beyond = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x20];
    for cursor in [&[0xff][..], b"", &[1, 1], &[0xff; 10], &beyond] {
        let directory = two_ledgers();
        let store = changed(&directory, |store| {
            let index = store.family(keys::INDEX);
            store
                .db
                .put_cf(index, keys::cursor(LEDGER), cursor)
                .unwrap();
        });
        assert_eq!(store.cursor(LEDGER).unwrap(), 0, "{cursor:02x?}");
        assert_eq!(store.cursor(OTHER).unwrap(), 5, "{cursor:02x?}");
        let [Oddity { ledger, .. }] = &store.oddities()[..] else {
            panic!("{cursor:02x?}: {}", words(&store));
        };
        assert_eq!(*ledger, Some(LEDGER));
    }
}

#[test]
fn states_that_can_not_be_read_are_forgotten() {
    let end = |end: u64| end.to_be_bytes().to_vec();
    let key = |sequence| keys::record(LEDGER, sequence).to_vec();
    let short = LEDGER.number().to_be_bytes().to_vec();
    for (key, value) in [
        (key(0), b"short".to_vec()),
        (key(5), end(5)),
        (key(5), end(LEDGER_SIZE_MAX + 1)),
        (short, end(5)),
        ([&key(0)[..], b"and more"].concat(), end(5)),
    ] {
        let directory = two_ledgers();
        let store = changed(&directory, |store| {
            let states = store.family(keys::PROJECTIONS);
            store.db.put_cf(states, &key, &value).unwrap();
        });
        assert_eq!(states(&store, LEDGER), 0, "{key:02x?}");
        assert_eq!(states(&store, OTHER), 1, "{key:02x?}");
        assert_eq!(store.oddities().len(), 1, "{}", words(&store));
    }
}

#[test]
fn after_the_greatest_term_no_writer_starts_and_the_error_says_why() {
    let directory = two_ledgers();
    let store = changed(&directory, |store| {
        store.db.put(keys::TERM, u64::MAX.to_be_bytes()).unwrap();
    });
    let refused = store.acquire().unwrap_err().to_string();
    assert!(refused.contains("newest writer's term"), "{refused}");
    assert_eq!(store.head(LEDGER).unwrap().unwrap().size, 10);
}
