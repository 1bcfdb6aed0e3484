//! Reads: all of it, in order, or an error.

use std::ops::ControlFlow;

use super::factory::Factory;
use super::sample;
use crate::contracts::{Catalog, CommitStore, IndexStore, LedgerId, ReadStore, TryScan};
use crate::error::StoreError;

const LEDGER: LedgerId = LedgerId::new(7);

/// Scans a range and compares each record with the sample's.
pub fn expect_records(store: &impl ReadStore, ledger: LedgerId, from: u64, to: u64) {
    let mut next = from;
    store
        .scan(ledger, from, to, &mut |sequence, value| {
            assert_eq!(sequence, next);
            assert_eq!(value, sample::value(ledger, sequence));
            next += 1;
            ControlFlow::Continue(())
        })
        .expect("the scan is whole");
    assert_eq!(next, to.max(from));
}

/// Any range is visited exactly, and the visitor may break off.
pub fn visit_each_record_once(mut factory: impl Factory) {
    let store = factory.open();
    let term = store.acquire().expect("a term is given");
    for from in [0, 300, 600] {
        store
            .commit(&[sample::commit(LEDGER, term, from, 300)])
            .expect("the commit is taken");
    }
    for (from, to) in [(0, 900), (0, 1), (899, 900), (299, 601), (5, 5), (6, 5)] {
        expect_records(&store, LEDGER, from, to);
    }
    let mut visited = 0;
    store
        .scan(LEDGER, 10, 2_000, &mut |_, _| {
            visited += 1;
            match visited {
                3 => ControlFlow::Break(()),
                _ => ControlFlow::Continue(()),
            }
        })
        .expect("breaking off is no error");
    assert_eq!(visited, 3);
    for sequence in [0, 450, 899] {
        let value = store.record(LEDGER, sequence).expect("readable");
        assert_eq!(value, Some(sample::value(LEDGER, sequence)));
    }
}

/// A scan that does not find all it was asked for says so.
pub fn beyond_the_end_are_damage_not_a_short_scan(mut factory: impl Factory) {
    let store = factory.open();
    let term = store.acquire().expect("a term is given");
    let neighbour = LedgerId::new(LEDGER.number() + 1);
    let group = [
        sample::commit(LEDGER, term, 0, 10),
        sample::commit(neighbour, term, 0, 10),
    ];
    store.commit(&group).expect("the group is taken");
    for (from, to) in [(0, 11), (9, 11), (10, 11), (500, 501)] {
        let result = store.scan(LEDGER, from, to, &mut |_, _| ControlFlow::Continue(()));
        assert!(
            matches!(result, Err(StoreError::Damaged { .. })),
            "{from}..{to} gives {result:?}"
        );
    }
}

/// A visitor that fails ends the scan with its own error, and a scan that fails gives the store's.
pub fn by_a_visitor_that_fails_end_with_its_error(mut factory: impl Factory) {
    let store = factory.open();
    let term = store.acquire().expect("a term is given");
    store
        .commit(&[sample::commit(LEDGER, term, 0, 10)])
        .expect("the commit is taken");
    let failing = |at: u64, to: u64| {
        let mut visited = 0;
        let scanned = store.try_scan(LEDGER, 0, to, |sequence, _| {
            visited += 1;
            if sequence == at {
                return Err(StoreError::UnknownLedger { ledger: LEDGER });
            }
            Ok(ControlFlow::Continue(()))
        });
        (visited, scanned)
    };
    let (visited, scanned) = failing(4, 10);
    assert_eq!(visited, 5);
    assert!(
        matches!(scanned, Err(StoreError::UnknownLedger { .. })),
        "{scanned:?}"
    );
    let (visited, scanned) = failing(10, 10);
    assert_eq!((visited, scanned.is_ok()), (10, true));
    let (_, scanned) = failing(10, 11);
    assert!(
        matches!(scanned, Err(StoreError::Damaged { .. })),
        "{scanned:?}"
    );
}

/// What was never written is not there, which is no error.
pub fn of_what_is_not_there_give_nothing(mut factory: impl Factory) {
    let store = factory.open();
    assert_eq!(store.head(LEDGER).expect("readable"), None);
    assert_eq!(store.record(LEDGER, 0).expect("readable"), None);
    for (level, index) in [(0, 0), (1, u64::MAX), (255, 0), (256, 0), (u32::MAX, 0)] {
        assert_eq!(store.tile(LEDGER, level, index).expect("readable"), None);
    }
    assert_eq!(store.cursor(LEDGER).expect("readable"), 0);
    assert_eq!(store.published(LEDGER).expect("readable"), None);
    assert_eq!(store.get(b"key").expect("readable"), None);
    assert!(store.ledgers().expect("readable").is_empty());
}
