//! A restore that ends before its store is adopted: until another one completes it, the directory is nobody's store.

use super::*;
use crate::contracts::{Maintain, ReadStore, StoreCut};
use crate::error::Result;
use crate::rocks::Peeked;

/// Copies what a cut has.
fn copy(cut: &StoreCut, into: &Path) {
    fs::create_dir(into).unwrap();
    for file in files_ending(cut.directory(), "") {
        fs::copy(&file, into.join(file.file_name().unwrap())).unwrap();
    }
}

fn is_unfinished<T>(opened: Result<T>) -> bool {
    matches!(opened, Err(StoreError::RestoreUnfinished { .. }))
}

#[test]
fn where_a_restore_was_begun_nobody_makes_or_opens_a_store_until_one_is_restored() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let term = store.acquire().unwrap();
    commit(&store, term, 0, 30);
    let cut = store.cut().unwrap();
    let (place, scratch) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = place.path();
    // As a kill leaves it: before anything was copied, and while it was copied.
    for copied in [false, true] {
        let broken_off = RocksStore::restore(path, |creating| {
            if copied {
                copy(&cut, creating);
            }
            Err(StoreError::Malformed {
                problem: "broken off".to_owned(),
            })
        });
        assert!(broken_off.is_err());
        assert!(is_unfinished(RocksStore::open(path, &small())));
        assert!(is_unfinished(RocksStore::open_to_save(path, &small())));
        assert!(is_unfinished(RocksStore::is_there(path)));
        let peeked: Result<Peeked> = RocksStore::peek(path, b"key", scratch.path());
        assert!(is_unfinished(peeked));
        assert!(is_unfinished(RocksStore::confirm_upgrade(path)));
        assert!(is_unfinished(RocksStore::revert_upgrade(path, &small())));
    }
    // A whole store that was never made live counts for nothing either.
    copy(&cut, &path.join("store-0001"));
    assert!(is_unfinished(RocksStore::open(path, &small())));
    RocksStore::restore(path, |creating| {
        copy(&cut, creating);
        Ok::<_, StoreError>(())
    })
    .unwrap();
    assert!(RocksStore::is_there(path).unwrap());
    assert_eq!(
        open(path).head(LEDGER).unwrap(),
        Some(sample::head(LEDGER, 30))
    );
}

#[test]
fn a_mark_that_a_crash_left_beside_a_live_store_says_nothing() {
    let directory = tempfile::tempdir().unwrap();
    drop(open(directory.path()));
    let mark = directory.path().join("restore-begun");
    fs::write(&mark, "").unwrap();
    assert!(RocksStore::is_there(directory.path()).unwrap());
    drop(open(directory.path()));
    assert!(!mark.exists());
}

#[test]
fn what_is_refused_leaves_no_mark_unless_another_restore_was_begun_before() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let term = store.acquire().unwrap();
    commit(&store, term, 0, 30);
    let cut = store.cut().unwrap();
    let refused = |path: &Path| {
        let fill = |creating: &Path| {
            copy(&cut, creating);
            Ok(())
        };
        let refused = RocksStore::restore_judged(path, &small(), fill, |_| {
            Err(StoreError::Malformed {
                problem: "somebody else's".to_owned(),
            })
        });
        assert!(refused.is_err());
    };
    let place = tempfile::tempdir().unwrap();
    refused(place.path());
    assert!(!RocksStore::is_there(place.path()).unwrap());
    assert!(!place.path().join("restore-begun").exists());

    let begun = tempfile::tempdir().unwrap();
    // A link that leads nowhere says as much as a file.
    let mark = begun.path().join("restore-begun");
    std::os::unix::fs::symlink("/nowhere", &mark).unwrap();
    assert!(is_unfinished(RocksStore::open(begun.path(), &small())));
    fs::remove_file(&mark).unwrap();
    fs::write(&mark, "").unwrap();
    refused(begun.path());
    assert!(is_unfinished(RocksStore::open(begun.path(), &small())));
}
