//! Damaged, foreign and occupied directories are refused, and a damaged table
//! never passes for a shorter ledger.

use std::ops::ControlFlow;

use rocksdb::DB;

use super::*;
use crate::contracts::{Catalog, Maintain, ReadStore};

const RECORDS: u64 = 3_000;

/// A closed store of [`RECORDS`] records in few tables.
fn closed_store() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let term = store.acquire().unwrap();
    for from in (0..RECORDS).step_by(500) {
        commit(&store, term, from, 500);
    }
    store.compact().unwrap();
    store.close().unwrap();
    directory
}

fn flip(path: &Path, at: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at] ^= 0x10;
    fs::write(path, bytes).unwrap();
}

fn expect_damage(path: &Path, what: &str) {
    match try_open(path) {
        Err(StoreError::Damaged { .. }) => {}
        Err(error) => panic!("{what}: {error}"),
        Ok(_) => panic!("{what}: the store opened"),
    }
    // What was refused is kept, and what was tried is cleaned up.
    assert!(engine(path).exists(), "{what}");
    assert!(!path.join("store-0002").exists(), "{what}");
}

/// Scans everything: how many records were right before the error, if any.
fn scan(store: &RocksStore) -> (u64, Result<(), StoreError>) {
    let mut right = 0;
    let result = store.scan(LEDGER, 0, RECORDS, &mut |sequence, value| {
        assert_eq!(sequence, right);
        assert_eq!(value, sample::value(LEDGER, sequence));
        right += 1;
        ControlFlow::Continue(())
    });
    (right, result)
}

#[test]
fn a_flipped_bit_in_a_table_is_damage_and_never_a_short_scan() {
    let directory = closed_store();
    let path = directory.path();
    let table = files_ending(&engine(path), ".sst")
        .into_iter()
        .max_by_key(|file| fs::metadata(file).unwrap().len())
        .unwrap();
    let length = fs::metadata(&table).unwrap().len() as usize;
    assert!(length > 100_000);
    let mut damaged_scans = 0;
    for at in (0..length).step_by(length / 40) {
        flip(&table, at);
        match try_open(path) {
            Err(StoreError::Damaged { .. }) => {}
            Err(error) => panic!("{at}: {error}"),
            Ok(opened) => match scan(&opened.store) {
                (RECORDS, Ok(())) => {}
                (right, Err(StoreError::Damaged { .. })) => {
                    assert!(right < RECORDS);
                    damaged_scans += 1;
                    let records = (0..RECORDS).map(|n| opened.store.record(LEDGER, n));
                    let damaged = |record| matches!(record, Err(StoreError::Damaged { .. }));
                    assert!(records.into_iter().any(damaged), "{at}");
                }
                (right, result) => panic!("{at}: {right} records and {result:?}"),
            },
        }
        flip(&table, at);
    }
    assert!(damaged_scans > 20, "{damaged_scans}");
    let (right, result) = scan(&open(path));
    assert_eq!(right, RECORDS);
    result.unwrap();
}

#[test]
fn a_missing_table_is_damage() {
    let directory = closed_store();
    let table = files_ending(&engine(directory.path()), ".sst").remove(0);
    fs::remove_file(table).unwrap();
    expect_damage(directory.path(), "missing table");
}

#[test]
fn a_missing_or_damaged_manifest_is_damage() {
    type Spoil = fn(&Path, &Path);
    let cases: [(&str, Spoil); 6] = [
        ("no CURRENT", |current, _| fs::remove_file(current).unwrap()),
        ("CURRENT of noise", |current, _| {
            fs::write(current, "noise\n").unwrap();
        }),
        ("empty CURRENT", |current, _| {
            fs::write(current, "").unwrap()
        }),
        ("no MANIFEST", |_, manifest| {
            fs::remove_file(manifest).unwrap();
        }),
        ("empty MANIFEST", |_, manifest| {
            fs::write(manifest, "").unwrap();
        }),
        ("MANIFEST with a flipped bit", |_, manifest| {
            let middle = fs::metadata(manifest).unwrap().len() / 2;
            flip(manifest, middle as usize);
        }),
    ];
    for (what, spoil) in cases {
        let directory = closed_store();
        let engine = engine(directory.path());
        let current = engine.join("CURRENT");
        let name = fs::read_to_string(&current).unwrap();
        spoil(&current, &engine.join(name.trim()));
        expect_damage(directory.path(), what);
    }
}

#[test]
fn a_directory_without_its_live_store_is_never_filled_with_a_new_one() {
    let directory = closed_store();
    let path = directory.path();
    let live = path.join("live");
    let text = fs::read(&live).unwrap();
    fs::write(&live, "noise").unwrap();
    expect_damage(path, "noise in `live`");
    fs::write(&live, &text).unwrap();
    fs::rename(engine(path), path.join("elsewhere")).unwrap();
    assert!(matches!(try_open(path), Err(StoreError::Damaged { .. })));
    assert!(!engine(path).exists());
    fs::create_dir(engine(path)).unwrap();
    expect_damage(path, "an empty store");
    fs::remove_dir_all(engine(path)).unwrap();
    fs::rename(path.join("elsewhere"), engine(path)).unwrap();
    // With one whole store there, the pointer to it is not in doubt.
    fs::remove_file(&live).unwrap();
    assert_eq!(scan(&open(path)).0, RECORDS);
    assert_eq!(fs::read(&live).unwrap(), text);
    // With two, it is.
    fs::remove_file(&live).unwrap();
    fs::create_dir(path.join("store-0002")).unwrap();
    assert!(matches!(try_open(path), Err(StoreError::Damaged { .. })));
}

#[test]
fn another_layout_is_refused_before_and_behind_the_engine() {
    let directory = closed_store();
    let path = directory.path();
    let expect = |found| match try_open(path) {
        Err(StoreError::Layout {
            found: layout,
            oldest: 3,
            newest: 4,
            ..
        }) => assert_eq!(layout, found),
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("the store opened"),
    };
    let store = open(path);
    store.db.put(keys::LAYOUT, 7_u32.to_be_bytes()).unwrap();
    drop(store);
    expect(7);
    fs::write(path.join("live"), "indelible-store layout 5 and more\n").unwrap();
    expect(5);
}

#[test]
fn a_store_is_held_by_one_and_the_holder_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    match try_open(directory.path()) {
        Err(error @ StoreError::Locked { .. }) => {
            let text = error.to_string();
            assert!(text.contains(&format!("process {}", std::process::id())));
            assert!(text.contains(&directory.path().display().to_string()));
        }
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("the store opened twice"),
    }
    drop(store);
    open(directory.path());
}

#[test]
fn another_program_on_the_engines_files_is_a_lock_and_no_damage() {
    let directory = closed_store();
    let options = rocksdb::Options::default();
    let other = DB::open_cf(&options, engine(directory.path()), keys::FAMILIES).unwrap();
    assert!(matches!(
        try_open(directory.path()),
        Err(StoreError::Locked { .. })
    ));
    drop(other);
    open(directory.path());
}

#[test]
fn an_unfinished_creation_is_started_over() {
    let directory = tempfile::tempdir().unwrap();
    let creating = directory.path().join("creating");
    fs::create_dir(&creating).unwrap();
    fs::write(creating.join("CURRENT"), "half").unwrap();
    let store = open(directory.path());
    assert!(!creating.exists());
    assert!(store.ledgers().unwrap().is_empty());
}

#[test]
fn stores_have_identities_of_their_own() {
    let one = tempfile::tempdir().unwrap();
    let two = tempfile::tempdir().unwrap();
    assert_ne!(open(one.path()).store_id(), open(two.path()).store_id());
}

#[test]
fn a_head_that_can_not_be_read_is_its_ledgers_damage_alone() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let first = store.add_ledger(b"first").unwrap();
    let second = store.add_ledger(b"second").unwrap();
    let term = store.acquire().unwrap();
    commit(&store, term, 0, 10);
    assert_eq!(first, LEDGER);
    let key = crate::rocks::keys::of_ledger(crate::rocks::keys::HEAD, second);
    store.db.put(key, b"no head").unwrap();
    store.close().unwrap();
    drop(store);
    let store = open(directory.path());
    assert_eq!(store.head(first).unwrap().unwrap().size, 10);
    assert!(matches!(
        store.head(second),
        Err(StoreError::Damaged { .. })
    ));
    commit(&store, store.acquire().unwrap(), 10, 5);
}

/// Only a writer relies on them, and whoever saves what is left of a store writes nothing.
#[test]
fn damaged_entries_of_the_store_itself_keep_nobody_from_saving_its_records() {
    for key in [keys::LAYOUT, keys::STORE_ID, keys::TERM, keys::NEXT_LEDGER] {
        let directory = closed_store();
        let store = open(directory.path());
        store.db.put(key, b"x").unwrap();
        store.close().unwrap();
        drop(store);
        let opened = RocksStore::open_to_save(directory.path(), &small()).unwrap();
        let store = opened.store;
        assert!(!store.oddities().is_empty(), "{key:02x?} is told");
        assert_eq!(store.known_id().is_none(), key == keys::STORE_ID);
        let last = store.record(LEDGER, RECORDS - 1).unwrap();
        assert!(last.is_some(), "{key:02x?}");
        assert!(matches!(store.acquire(), Err(StoreError::Stopped { .. })));
        drop(store);
        let is_refused = try_open(directory.path()).is_err();
        assert_eq!(is_refused, key != keys::NEXT_LEDGER, "{key:02x?}");
    }
}
