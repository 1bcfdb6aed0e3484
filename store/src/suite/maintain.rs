//! Maintenance: nothing that is written changes by it.

use super::Factory;
use super::reads::expect_records;
use super::sample;
use crate::contracts::{Catalog, CommitStore, LedgerId, Maintain, ReadStore, Store, Term};
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
    expect_records(&store, LEDGER, 0, 3_000);
    drop(store);
    let store = factory.open();
    assert_eq!(
        store.head(LEDGER).expect("readable"),
        Some(sample::head(LEDGER, 3_000))
    );
    expect_records(&store, LEDGER, 0, 3_000);
}
