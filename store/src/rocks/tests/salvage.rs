//! Logs that the engine refuses: torn by a crash, or damaged in the middle.

use super::*;
use crate::contracts::{Catalog, IndexStore, Maintain, ReadStore};
use crate::error::CommitError;
use crate::index::IndexBatch;
use crate::suite::reads::expect_records;

const COMMITS: u64 = 20;
const EACH: u64 = 5;
const SIZE: u64 = COMMITS * EACH;

/// What a kill leaves of a store with a ledger in the catalog and [`COMMITS`]
/// commits, all of them in one log.
fn crashed_store() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    store.add_ledger(b"descriptor").unwrap();
    let term = store.acquire().unwrap();
    for from in (0..SIZE).step_by(EACH as usize) {
        commit(&store, term, from, EACH);
    }
    let image = crash_image(directory.path());
    let log = log_of(image.path());
    (image, log)
}

/// The one log that holds something.
fn log_of(path: &Path) -> PathBuf {
    let mut logs = files_ending(&engine(path), ".log");
    logs.retain(|log| fs::metadata(log).unwrap().len() > 0);
    assert_eq!(logs.len(), 1, "{logs:?}");
    logs.remove(0)
}

fn size(store: &RocksStore) -> u64 {
    store.head(LEDGER).unwrap().map_or(0, |head| head.size)
}

/// The store is whole up to a commit's end.
fn expect_whole(store: &RocksStore) -> u64 {
    let size = size(store);
    assert_eq!(size % EACH, 0);
    if size > 0 {
        assert_eq!(
            store.head(LEDGER).unwrap(),
            Some(sample::head(LEDGER, size))
        );
    }
    expect_records(store, LEDGER, 0, size);
    assert_eq!(store.record(LEDGER, size).unwrap(), None);
    size
}

#[test]
fn a_whole_log_needs_no_salvage() {
    let (image, _) = crashed_store();
    let store = open(image.path());
    assert_eq!(expect_whole(&store), SIZE);
    assert_eq!(store.ledgers().unwrap()[0].1, b"descriptor");
}

#[test]
fn a_torn_tail_is_salvaged_up_to_the_last_whole_commit() {
    let (image, log) = crashed_store();
    let path = image.path();
    let whole = fs::read(&log).unwrap();
    // Far enough to tear the last two commits at many places.
    for cut in (1..600).step_by(37) {
        fs::write(&log, &whole[..whole.len() - cut]).unwrap();
        let opened = try_open(path).unwrap();
        let found = expect_whole(&opened.store);
        assert!((SIZE - 3 * EACH..SIZE).contains(&found), "{cut}: {found}");
        assert!(opened.salvage.is_some(), "{cut}");
        // It was not adopted, so the next opening begins from the original.
    }
    fs::write(&log, &whole).unwrap();
    assert_eq!(expect_whole(&open(path)), SIZE);
}

#[test]
fn an_unadopted_copy_is_for_reading_only() {
    let (image, log) = crashed_store();
    let length = fs::metadata(&log).unwrap().len();
    let file = fs::File::options().write(true).open(&log).unwrap();
    file.set_len(length - 3).unwrap();
    let opened = try_open(image.path()).unwrap();
    let store = opened.store;
    let salvage = opened.salvage.unwrap();
    assert_eq!(salvage.evidence(), engine(image.path()));
    assert!(!salvage.refusal().is_empty());
    assert!(matches!(
        store.commit(&[sample::commit(LEDGER, Term::new(1), SIZE - EACH, 1)]),
        Err(CommitError::Stopped { .. })
    ));
    assert!(matches!(store.acquire(), Err(StoreError::Stopped { .. })));
    assert!(matches!(
        store.put(b"key", b"value"),
        Err(StoreError::Stopped { .. })
    ));
    assert!(matches!(
        store.put_published(&[(LEDGER, "note".to_owned())]),
        Err(StoreError::Stopped { .. })
    ));
    expect_whole(&store);
}

#[test]
fn an_adopted_copy_is_the_store_from_there_on() {
    for kept in [EvidenceKept::Whole, EvidenceKept::WithoutTables] {
        let (image, log) = crashed_store();
        let path = image.path();
        let whole = fs::read(&log).unwrap();
        let torn = &whole[..whole.len() - 3];
        fs::write(&log, torn).unwrap();
        let opened = try_open(path).unwrap();
        let store = opened.store;
        opened.salvage.unwrap().adopt(kept).unwrap();
        let term = store.acquire().unwrap();
        commit(&store, term, SIZE - EACH, 7);
        drop(store);

        let store = open(path);
        assert_eq!(size(&store), SIZE - EACH + 7);
        expect_records(&store, LEDGER, 0, SIZE - EACH + 7);
        assert_eq!(store.ledgers().unwrap()[0].1, b"descriptor");
        assert!(store.acquire().unwrap() > term);
        assert_eq!(fs::read(&log).unwrap(), torn, "the evidence is as it was");
        let tables = files_ending(&engine(path), ".sst");
        assert_eq!(tables.is_empty(), kept == EvidenceKept::WithoutTables);
        assert!(store.disk_bytes().unwrap().evidence_bytes >= torn.len() as u64);
        drop(store);

        // A second crash after the first salvage is salvaged the same way.
        let second = path.join("store-0002");
        assert!(second.exists() && !second.join("not-adopted").exists());
    }
}

#[test]
fn a_flipped_bit_in_the_middle_gives_a_shorter_head_or_a_refusal() {
    let (image, log) = crashed_store();
    let whole = fs::read(&log).unwrap();
    let mut shorter = 0;
    for at in (8..whole.len()).step_by(whole.len() / 25) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x04;
        fs::write(&log, &bytes).unwrap();
        match try_open(image.path()) {
            Ok(opened) => {
                assert!(opened.salvage.is_some(), "{at}");
                assert!(expect_whole(&opened.store) < SIZE, "{at}");
                shorter += 1;
            }
            Err(StoreError::Damaged { .. }) => {}
            Err(error) => panic!("{at}: {error}"),
        }
    }
    assert!(shorter > 20, "{shorter}");
}

/// The flaw lies in an older log, and the index was written out past it: the
/// engine won't end the log before what a column family already holds. A crash
/// does not cause this, since a log is synced before the next table counts.
#[test]
fn a_flaw_behind_what_was_written_out_is_damage() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let term = store.acquire().unwrap();
    commit(&store, term, 0, EACH);
    store.append_index(LEDGER, &index_batch(0, EACH)).unwrap();
    store.sync_index().unwrap();
    let image = crash_image(directory.path());
    let log = log_of(image.path());
    let mut bytes = fs::read(&log).unwrap();
    bytes.truncate(bytes.len() - 3);
    fs::write(&log, &bytes).unwrap();
    assert!(matches!(
        try_open(image.path()),
        Err(StoreError::Damaged { .. })
    ));
    assert_eq!(fs::read(&log).unwrap(), bytes, "the evidence is as it was");
}

/// The log after it would apply cleanly, and leave a hole.
#[test]
fn a_missing_older_log_is_damage() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let term = store.acquire().unwrap();
    commit(&store, term, 0, EACH);
    store.append_index(LEDGER, &index_batch(0, EACH)).unwrap();
    store.sync_index().unwrap();
    commit(&store, term, EACH, EACH);
    let image = crash_image(directory.path());
    let mut logs = files_ending(&engine(image.path()), ".log");
    logs.retain(|log| fs::metadata(log).unwrap().len() > 0);
    assert_eq!(logs.len(), 2);
    let older = fs::read(&logs[0]).unwrap();
    fs::remove_file(&logs[0]).unwrap();
    assert!(matches!(
        try_open(image.path()),
        Err(StoreError::Damaged { .. })
    ));
    fs::write(&logs[0], older).unwrap();
    assert_eq!(expect_whole(&open(image.path())), 2 * EACH);
}

#[test]
fn a_tail_torn_after_the_index_was_written_out_is_salvaged() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let term = store.acquire().unwrap();
    commit(&store, term, 0, EACH);
    store.append_index(LEDGER, &index_batch(0, EACH)).unwrap();
    store.sync_index().unwrap();
    commit(&store, term, EACH, EACH);
    commit(&store, term, 2 * EACH, EACH);
    let image = crash_image(directory.path());
    let newest = files_ending(&engine(image.path()), ".log").pop().unwrap();
    let length = fs::metadata(&newest).unwrap().len();
    let file = fs::File::options().write(true).open(&newest).unwrap();
    file.set_len(length - 3).unwrap();
    let opened = try_open(image.path()).unwrap();
    assert!(opened.salvage.is_some());
    assert_eq!(expect_whole(&opened.store), 2 * EACH);
    assert_eq!(opened.store.cursor(LEDGER).unwrap(), EACH);
}

#[test]
fn an_index_ahead_of_its_ledger_starts_again() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let ahead = store.add_ledger(b"ahead").unwrap();
    let level = store.add_ledger(b"level").unwrap();
    let term = store.acquire().unwrap();
    for (ledger, size) in [(ahead, EACH - 1), (level, EACH)] {
        store
            .commit(&[sample::commit(ledger, term, 0, size)])
            .unwrap();
        store.append_index(ledger, &index_batch(0, EACH)).unwrap();
    }
    drop(store);
    let store = open(directory.path());
    assert_eq!(store.cursor(ahead).unwrap(), 0);
    assert_eq!(store.cursor(level).unwrap(), EACH);
    let mut found = Vec::new();
    let ids = [sample::id(LEDGER, 0)];
    store.find_ids(ahead, &ids, &mut found).unwrap();
    assert_eq!(found, [None]);
}

fn index_batch(from: u64, to: u64) -> IndexBatch {
    IndexBatch {
        from_cursor: from,
        to_cursor: to,
        ids: vec![(sample::id(LEDGER, from), from)],
        ..IndexBatch::default()
    }
}

#[test]
fn a_crash_between_the_steps_of_adoption_is_taken_up() {
    let (image, log) = crashed_store();
    let path = image.path();
    let length = fs::metadata(&log).unwrap().len();
    let file = fs::File::options().write(true).open(&log).unwrap();
    file.set_len(length - 3).unwrap();
    let opened = try_open(path).unwrap();
    opened.salvage.unwrap().adopt(EvidenceKept::Whole).unwrap();
    drop(opened.store);
    // The pointer was replaced, and the mark was not yet removed.
    fs::write(path.join("store-0002/not-adopted"), "").unwrap();
    assert_eq!(expect_whole(&open(path)), SIZE - EACH);
    assert!(!path.join("store-0002/not-adopted").exists());
}
