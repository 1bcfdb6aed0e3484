//! Cuts for backups: whole at every moment, and gone when they must be.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;
use crate::contracts::{Maintain, PurgeScope, ReadStore, StoreCut};
use crate::suite::reads::expect_records;

/// Opens what a cut has, as a store of its own.
fn restored(cut: &StoreCut) -> (tempfile::TempDir, RocksStore) {
    let directory = tempfile::tempdir().unwrap();
    RocksStore::restore(directory.path(), |path| {
        fs::create_dir(path).unwrap();
        for file in files_ending(cut.directory(), "") {
            fs::copy(&file, path.join(file.file_name().unwrap())).unwrap();
        }
        Ok::<_, StoreError>(())
    })
    .unwrap();
    let store = open(directory.path());
    (directory, store)
}

#[test]
fn a_cut_has_all_that_was_durable_and_nothing_else() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let term = store.acquire().unwrap();
    commit(&store, term, 0, 300);
    let cut = store.cut().unwrap();
    commit(&store, term, 300, 50);
    assert_eq!(cut.heads(), [(LEDGER, sample::head(LEDGER, 300))]);
    let (_place, copy) = restored(&cut);
    assert_eq!(copy.head(LEDGER).unwrap(), Some(sample::head(LEDGER, 300)));
    expect_records(&copy, LEDGER, 0, 300);
    assert_eq!(copy.record(LEDGER, 300).unwrap(), None);
    // What was restored is a store like any other.
    let term = copy.acquire().unwrap();
    commit(&copy, term, 300, 7);
    let path = cut.directory().to_owned();
    assert!(path.exists());
    drop(cut);
    assert!(!path.exists());
}

#[test]
fn cuts_beside_a_writer_open_strictly() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let term = store.acquire().unwrap();
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut size = 0;
            while !stop.load(Ordering::Relaxed) {
                commit(&store, term, size, 40);
                size += 40;
            }
        });
        for _ in 0..10 {
            let cut = store.cut().unwrap();
            let size = cut.heads().first().map_or(0, |(_, head)| head.size);
            let (_place, copy) = restored(&cut);
            expect_records(&copy, LEDGER, 0, size);
            assert_eq!(copy.record(LEDGER, size).unwrap(), None);
        }
        stop.store(true, Ordering::Relaxed);
    });
}

#[test]
fn a_purge_takes_a_cut_away() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let term = store.acquire().unwrap();
    commit(&store, term, 0, 30);
    let cut = store.cut().unwrap();
    let scope = PurgeScope {
        ledger: LEDGER,
        sequences: vec![3],
        postings: Vec::new(),
    };
    store
        .purge(&[scope], &mut |_| ControlFlow::Continue(()))
        .unwrap();
    assert!(!cut.directory().exists());
}

#[test]
fn a_cut_that_a_crash_left_goes_with_the_next_start() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let term = store.acquire().unwrap();
    commit(&store, term, 0, 30);
    let cut = store.cut().unwrap();
    let path = cut.directory().to_owned();
    std::mem::forget(cut);
    drop(store);
    assert!(path.exists());
    drop(open(directory.path()));
    assert!(!path.exists());
}

#[test]
fn nothing_is_restored_into_a_directory_that_holds_a_store_or_something_else() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let fill = |_: &Path| -> Result<(), StoreError> { panic!("nothing is written") };
    let held = RocksStore::restore(directory.path(), fill);
    assert!(matches!(held, Err(StoreError::Locked { .. })), "{held:?}");
    drop(store);
    let there = RocksStore::restore(directory.path(), fill);
    assert!(
        matches!(there, Err(StoreError::Occupied { .. })),
        "{there:?}"
    );
    let other = tempfile::tempdir().unwrap();
    fs::write(other.path().join("thesis.txt"), "mine").unwrap();
    let other = RocksStore::restore(other.path(), fill);
    assert!(
        matches!(other, Err(StoreError::Occupied { .. })),
        "{other:?}"
    );
}
