//! Maintenance: nothing that is written changes by it.

use std::ops::ControlFlow;

use super::factory::Factory;
use super::reads::expect_records;
use super::sample;
use crate::contracts::{
    Catalog, CommitStore, EraseStore, IndexStore, KeyRing, LedgerId, Maintain, PurgeScope,
    ReadStore, Store, Term,
};
use crate::error::{CommitError, StoreError};

const LEDGER: LedgerId = LedgerId::new(0);

fn fill(store: &impl Store) -> Term {
    let term = store.acquire().expect("a term is given");
    for from in [0, 1_000, 2_000] {
        store
            .commit(&[sample::commit(LEDGER, term, from, 1_000)])
            .expect("the commit is taken");
    }
    term
}

/// Compaction keeps every record, and writing goes on after it.
pub fn compaction_changes_nothing(mut factory: impl Factory) {
    let store = factory.open();
    let term = fill(&store);
    store.compact().expect("the store is compacted");
    expect_records(&store, LEDGER, 0, 3_000);
    let used = store.disk_bytes().expect("the store is measured");
    assert!(used.records_bytes >= 3_000 * 40, "{used:?}");
    assert!(used.total_bytes() >= used.records_bytes + used.tiles_bytes);
    store
        .commit(&[sample::commit(LEDGER, term, 3_000, 1)])
        .expect("the commit is taken");
    drop(store);
    expect_records(&factory.open(), LEDGER, 0, 3_001);
}

/// A purge keeps every record, and writing goes on beside it and after it.
pub fn a_purge_changes_nothing_that_is_left(mut factory: impl Factory) {
    let store = factory.open();
    let term = fill(&store);
    let scope = PurgeScope {
        ledger: LEDGER,
        sequences: (0..3_000).rev().step_by(7).collect(),
        postings: Vec::new(),
    };
    let mut size = 3_000;
    store
        .purge(&[scope], &mut |_| {
            store
                .commit(&[sample::commit(LEDGER, term, size, 1)])
                .expect("the commit is taken");
            size += 1;
            ControlFlow::Continue(())
        })
        .expect("the store is purged");
    assert!(size > 3_000);
    expect_records(&store, LEDGER, 0, size);
    drop(store);
    expect_records(&factory.open(), LEDGER, 0, size);
}

/// A purge that is broken off says so, and can be done again.
pub fn a_purge_can_be_broken_off(mut factory: impl Factory) {
    let store = factory.open();
    fill(&store);
    assert!(matches!(
        store.purge(&[], &mut |_| ControlFlow::Break(())),
        Err(StoreError::NotPurged { .. })
    ));
    store
        .purge(&[], &mut |_| ControlFlow::Continue(()))
        .expect("the store is purged");
    expect_records(&store, LEDGER, 0, 3_000);
}

/// A closed store takes no write, serves reads, and opens with all it had.
pub fn a_closed_store_serves_reads_only(mut factory: impl Factory) {
    let store = factory.open();
    let term = fill(&store);
    store.close().expect("the store closes");
    store.close().expect("closing twice is no mistake");
    assert!(matches!(
        store.commit(&[sample::commit(LEDGER, term, 3_000, 1)]),
        Err(CommitError::Stopped { .. })
    ));
    assert!(matches!(store.acquire(), Err(StoreError::Stopped { .. })));
    assert!(matches!(
        store.put(b"key", b"value"),
        Err(StoreError::Stopped { .. })
    ));
    assert!(matches!(
        store.add_ledger(b"late"),
        Err(StoreError::Stopped { .. })
    ));
    assert!(matches!(
        store.put_published(&[]),
        Err(StoreError::Stopped { .. })
    ));
    assert!(matches!(
        store.put_data_keys(&[], None),
        Err(StoreError::Stopped { .. })
    ));
    assert!(matches!(
        store.destroy_data_keys(LEDGER, &[], None),
        Err(StoreError::Stopped { .. })
    ));
    assert!(matches!(
        store.erase_parts(LEDGER, &[0]),
        Err(StoreError::Stopped { .. })
    ));
    assert!(matches!(
        store.remove_postings(LEDGER, &[]),
        Err(StoreError::Stopped { .. })
    ));
    assert!(matches!(
        store.purge(&[], &mut |_| ControlFlow::Continue(())),
        Err(StoreError::Stopped { .. })
    ));
    expect_records(&store, LEDGER, 0, 3_000);
    drop(store);
    let store = factory.open();
    assert_eq!(
        store.head(LEDGER).expect("readable"),
        Some(sample::head(LEDGER, 3_000))
    );
    expect_records(&store, LEDGER, 0, 3_000);
}
