//! Purging, seen from outside: a byte search over every file there is.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use super::*;
use crate::contracts::{
    EraseStore, IndexStore, KeyRing, Maintain, NewDataKey, ProjectionStore, PurgeProgress,
    PurgeScope, Purged, ReadStore, RewrappedKey, SubjectTag,
};
use crate::index::{IndexBatch, IndexTerm, Posting};
use crate::record::{Part, StoredRecord};
use indelible_evidence::{DataKeyId, Salt};

/// Records that carry canaries; every other one is to be erased.
const COUNT: u64 = 1_000;

/// Bytes of a canary that are searched for. Within a compressed table no other
/// run of bytes is the same, so that they stand there as they are.
const NEEDLE: usize = 12;

/// 32 random bytes for one place of one record.
fn canary(place: &str, number: u64) -> [u8; 32] {
    *blake3::hash(format!("canary {place} {number}").as_bytes()).as_bytes()
}

fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    bytes[..N].try_into().unwrap()
}

/// Every place where a record's owner leaves something.
const PLACES: [&str; 9] = [
    "body",
    "body salt",
    "payload",
    "payload salt",
    "wrapped key",
    "key wrapped before",
    "subject",
    "term",
    "state",
];

fn is_doomed(number: u64) -> bool {
    number.is_multiple_of(2)
}

fn doomed() -> impl Iterator<Item = u64> {
    (0..COUNT).filter(|number| is_doomed(*number))
}

fn record(number: u64) -> Vec<u8> {
    let body = canary("body", number);
    let payload = [canary("payload", number); 3].concat();
    let salt = |place| Salt::from_bytes(canary(place, number));
    sample::record(
        LEDGER,
        number,
        Part::Present {
            salt: salt("body salt"),
            bytes: &body,
        },
        Part::Present {
            salt: salt("payload salt"),
            bytes: &payload,
        },
    )
}

fn posting(number: u64, sequence: u64) -> Posting {
    Posting {
        term: IndexTerm::from_bytes(array(&canary("term", number))),
        sequences: vec![sequence],
    }
}

fn subject(number: u64) -> SubjectTag {
    SubjectTag::from_bytes(array(&canary("subject", number)))
}

fn data_key(number: u64, place: &str) -> NewDataKey {
    NewDataKey {
        ledger: LEDGER,
        key_id: DataKeyId::from_bytes(array(&canary("key id", number))),
        value: canary(place, number).to_vec(),
        subject: Some(subject(number)),
    }
}

fn key_id(number: u64) -> DataKeyId {
    data_key(number, "").key_id
}

/// Puts a run of records into the store, and all that belongs to them.
fn fill(store: &RocksStore, term: Term, from: u64, to: u64) {
    let keys: Vec<_> = (from..to)
        .map(|number| data_key(number, "key wrapped before"))
        .collect();
    store.put_data_keys(&keys).unwrap();
    let values: Vec<_> = (from..to).map(record).collect();
    store
        .commit(&[sample::commit_of(LEDGER, term, from, &values)])
        .unwrap();
    let mut ids: Vec<_> = (from..to).map(|n| (sample::id(LEDGER, n), n)).collect();
    ids.sort_unstable();
    let mut postings: Vec<_> = (from..to).map(|n| posting(n, n)).collect();
    postings.sort_unstable_by_key(|posting| posting.term);
    let batch = IndexBatch {
        from_cursor: from,
        to_cursor: to,
        ids,
        postings,
    };
    store.append_index(LEDGER, &batch).unwrap();
    for number in from..to {
        let state = canary("state", number);
        store.put_state(LEDGER, number..number + 1, &state).unwrap();
    }
    let rewrapped: Vec<_> = (from..to)
        .map(|number| RewrappedKey {
            ledger: LEDGER,
            key_id: key_id(number),
            expected: canary("key wrapped before", number).to_vec(),
            value: canary("wrapped key", number).to_vec(),
        })
        .collect();
    store.replace_data_keys(&rewrapped).unwrap();
}

/// A store with canaries on the bottommost level, on the ones above, and in
/// memory and the log.
fn filled_store(path: &Path) -> (RocksStore, Term) {
    let store = open(path);
    let term = store.acquire().unwrap();
    for from in (0..COUNT).step_by(100) {
        fill(&store, term, from, from + 100);
        match from {
            200 => store.compact().unwrap(),
            300 | 400 | 600 => store.flush_all().unwrap(),
            _ => {}
        }
    }
    (store, term)
}

/// What a crash leaves, taken when the engine has come to rest: a file that it
/// deletes meanwhile would be a fault of the copy and not of the store.
fn image_at_rest(store: &RocksStore, path: &Path) -> tempfile::TempDir {
    let options = rocksdb::WaitForCompactOptions::default();
    store.db.wait_for_compact(&options).unwrap();
    store.db.disable_file_deletions().unwrap();
    let image = crash_image(path);
    store.db.enable_file_deletions().unwrap();
    image
}

fn removals(numbers: impl Iterator<Item = u64>) -> Vec<Posting> {
    let mut removals: Vec<_> = numbers.map(|n| posting(n, n)).collect();
    removals.sort_unstable_by_key(|posting| posting.term);
    removals
}

/// Takes the doomed half away, and says what a purge must reach.
fn take_away(store: &RocksStore) -> PurgeScope {
    let sequences: Vec<_> = doomed().collect();
    let postings = removals(doomed());
    store.remove_postings(LEDGER, &postings).unwrap();
    let states = store.forget_states(LEDGER, &sequences).unwrap();
    assert_eq!(states, COUNT / 2);
    assert_eq!(store.erase_parts(LEDGER, &sequences).unwrap(), COUNT / 2);
    let key_ids: Vec<_> = doomed().map(key_id).collect();
    store.destroy_data_keys(LEDGER, &key_ids).unwrap();
    PurgeScope {
        ledger: LEDGER,
        sequences,
        postings,
    }
}

fn purge(store: &RocksStore, scope: PurgeScope) -> Purged {
    let deadline = Instant::now() + Duration::from_secs(60);
    store
        .purge(&[scope], &mut |progress| {
            assert!(Instant::now() < deadline, "{progress:?}");
            ControlFlow::Continue(())
        })
        .unwrap()
}

/// All files below a directory.
fn all_files(path: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(path).unwrap() {
        let entry = entry.unwrap();
        match entry.file_type().unwrap().is_dir() {
            true => all_files(&entry.path(), out),
            false => out.push(entry.path()),
        }
    }
}

/// Which canaries are in any file, as place, number and file.
fn search(path: &Path) -> BTreeSet<(&'static str, u64, String)> {
    let mut needles = std::collections::HashMap::new();
    for place in PLACES {
        for number in 0..COUNT {
            let canary = canary(place, number);
            needles.insert(array::<NEEDLE>(&canary), (place, number));
            // Of a term and a tag only the beginning is stored; of the others
            // the end counts too.
            if !matches!(place, "subject" | "term") {
                needles.insert(array::<NEEDLE>(&canary[32 - NEEDLE..]), (place, number));
            }
        }
    }
    let mut files = Vec::new();
    all_files(path, &mut files);
    let mut found = BTreeSet::new();
    for file in files {
        // The engine may delete it meanwhile.
        let Ok(bytes) = fs::read(&file) else { continue };
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        for window in bytes.windows(NEEDLE) {
            if let Some((place, number)) = needles.get(window) {
                found.insert((*place, *number, name.clone()));
            }
        }
        // The engine writes keys down in hexadecimal, if at all.
        for window in bytes.windows(2 * NEEDLE) {
            let digit = |at: usize| char::from(window[at]).to_digit(16);
            let byte = |at: usize| Some((digit(2 * at)? << 4 | digit(2 * at + 1)?) as u8);
            if digit(0).is_none() {
                continue;
            }
            let decoded: Option<Vec<u8>> = (0..NEEDLE).map(byte).collect();
            if let Some((place, number)) = decoded.and_then(|bytes| needles.get(&bytes[..])) {
                found.insert((*place, *number, name.clone()));
            }
        }
    }
    found
}

fn numbers_of(found: &BTreeSet<(&'static str, u64, String)>, place: &str) -> BTreeSet<u64> {
    let of_place = found.iter().filter(|(found, ..)| *found == place);
    of_place.map(|(_, number, _)| *number).collect()
}

fn expect_none_of_the_doomed(path: &Path) {
    let found = search(path);
    let left: Vec<_> = found
        .iter()
        .filter(|(_, number, _)| is_doomed(*number))
        .collect();
    assert!(
        left.is_empty(),
        "{} canaries: {:?}",
        left.len(),
        left.first()
    );
    // The search finds what is there.
    for place in ["body", "payload", "payload salt", "wrapped key", "state"] {
        let expected = (0..COUNT).filter(|number| !is_doomed(*number)).count();
        assert_eq!(numbers_of(&found, place).len(), expected, "{place}");
    }
    let before = numbers_of(&found, "key wrapped before");
    assert!(before.is_empty(), "{before:?}");
}

fn expect_the_others_whole(store: &RocksStore) {
    for number in 0..COUNT {
        let stored = store.record(LEDGER, number).unwrap().unwrap();
        let key = store.data_key(LEDGER, &key_id(number)).unwrap();
        let of_subject = store.subject_keys(LEDGER, &subject(number)).unwrap();
        let mut postings = Vec::new();
        store
            .postings(LEDGER, &posting(number, 0).term, 0, &mut |block| {
                postings.extend_from_slice(block);
                ControlFlow::Continue(())
            })
            .unwrap();
        if is_doomed(number) {
            let record = StoredRecord::decode(&stored).unwrap();
            assert_eq!((record.body, record.payload), (Part::Erased, Part::Erased));
            assert_eq!((key, of_subject, postings), (None, vec![], vec![]));
        } else {
            assert_eq!(stored, record(number));
            assert_eq!(key, Some(canary("wrapped key", number).to_vec()));
            assert_eq!(of_subject, [key_id(number)]);
            assert_eq!(postings, [number]);
        }
    }
}

#[test]
fn nothing_of_the_erased_half_is_in_any_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    let (store, _) = filled_store(path);
    let found = search(path);
    for place in [
        "body",
        "body salt",
        "payload",
        "payload salt",
        "wrapped key",
    ] {
        assert_eq!(numbers_of(&found, place).len() as u64, COUNT, "{place}");
    }
    for place in ["key wrapped before", "subject", "term"] {
        assert!(!numbers_of(&found, place).is_empty(), "{place}");
    }
    let files: BTreeSet<_> = found.iter().map(|(.., file)| file).collect();
    assert!(files.iter().any(|file| file.ends_with(".log")), "{files:?}");
    assert!(files.iter().filter(|file| file.ends_with(".sst")).count() > 4);
    assert!(files.iter().any(|file| file.starts_with("MANIFEST-")));

    let scope = take_away(&store);
    let left = search(path);
    assert!(numbers_of(&left, "body").len() as u64 > COUNT / 2);
    let purged = purge(&store, scope.clone());
    assert!(purged.rewritten_bytes > 0);
    assert!(purged.evidence.is_empty());
    expect_none_of_the_doomed(path);
    expect_the_others_whole(&store);
    // Again, with nothing left to do, and after a restart.
    purge(&store, scope);
    expect_the_others_whole(&store);
    drop(store);
    expect_none_of_the_doomed(path);
    expect_the_others_whole(&open(path));
    expect_none_of_the_doomed(path);
}

/// An erasure that a crash interrupted before its purge is purged as well.
#[test]
fn what_a_crash_left_is_purged_at_the_next_start() {
    let directory = tempfile::tempdir().unwrap();
    let (store, _) = filled_store(directory.path());
    let scope = take_away(&store);
    let image = image_at_rest(&store, directory.path());
    drop(store);
    let store = open(image.path());
    expect_the_others_whole(&store);
    purge(&store, scope);
    expect_none_of_the_doomed(image.path());
    expect_the_others_whole(&store);
}

/// Tables that fill several levels, commits that go on, and an erasure of few
/// records among many: only what is near them is written anew.
#[test]
fn a_purge_keeps_to_what_it_must_reach() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    let (store, term) = filled_store(path);
    let mut size = COUNT;
    let mut noise = blake3::Hasher::new().finalize_xof();
    for _ in 0..80 {
        let values: Vec<Vec<u8>> = (0..1_024)
            .map(|_| {
                let mut bytes = vec![0; 1_000];
                noise.fill(&mut bytes);
                sample::record(LEDGER, size, sample::part(&bytes), Part::None)
            })
            .collect();
        store
            .commit(&[sample::commit_of(LEDGER, term, size, &values)])
            .unwrap();
        size += 1_024;
    }
    store.compact().unwrap();
    let records_bytes = store.disk_bytes().unwrap().records_bytes;
    assert!(records_bytes > 70 << 20, "{records_bytes}");

    let mut scope = take_away(&store);
    scope.sequences.push(size - 1);
    store.erase_parts(LEDGER, &[size - 1]).unwrap();
    let mut last = 0;
    let purged = store
        .purge(&[scope], &mut |progress| {
            let value = record(size);
            store
                .commit(&[sample::commit_of(LEDGER, term, size, &[value])])
                .unwrap();
            size += 1;
            if let PurgeProgress::Rewriting {
                done_bytes,
                total_bytes,
            } = progress
            {
                assert!((last..=total_bytes).contains(&done_bytes), "{progress:?}");
                last = done_bytes;
            }
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(purged.rewritten_bytes, last);
    expect_none_of_the_doomed(path);
    expect_the_others_whole(&store);
}

/// A reader that began before holds the old tables until it ends, and the
/// purge says so and waits, or is broken off.
#[test]
fn a_purge_waits_for_readers_of_old_files() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    let (store, _) = filled_store(path);
    let scope = take_away(&store);
    let (begun, wait_for_begin) = std::sync::mpsc::channel();
    let (end, wait_for_end) = std::sync::mpsc::channel();
    std::thread::scope(|threads| {
        // Let go of in here, so that a failed purge ends the reader, too.
        let end = end;
        threads.spawn(|| {
            let mut begun = Some(begun);
            let wait_for_end = wait_for_end;
            store.scan(LEDGER, 0, COUNT, &mut |_, _| {
                if let Some(begun) = begun.take() {
                    begun.send(()).unwrap();
                    wait_for_end.recv().ok();
                }
                ControlFlow::Continue(())
            })
        });
        wait_for_begin.recv().unwrap();
        let mut waits = 0;
        let broken_off = store.purge(
            std::slice::from_ref(&scope),
            &mut |progress| match progress {
                PurgeProgress::WaitingForFiles { files } => {
                    assert!(files > 0);
                    waits += 1;
                    match waits {
                        ..20 => ControlFlow::Continue(()),
                        _ => ControlFlow::Break(()),
                    }
                }
                _ => ControlFlow::Continue(()),
            },
        );
        assert!(matches!(broken_off, Err(StoreError::NotPurged { .. })));
        end.send(()).unwrap();
    });
    purge(&store, scope);
    expect_none_of_the_doomed(path);
    expect_the_others_whole(&store);
}

/// A block that began at a number removed earlier, and was not purged then,
/// lies before the key of every block that is left.
#[test]
fn a_block_whose_start_was_removed_before_is_purged_too() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let term = store.acquire().unwrap();
    commit(&store, term, 0, 100_000);
    // Differences of two bytes each make a block that can be searched for.
    let sequences: Vec<u64> = (0..300).map(|n| n * 200 + n * n % 97).collect();
    let own = Posting {
        term: IndexTerm::from_bytes([7; 17]),
        sequences: sequences.clone(),
    };
    let batch = IndexBatch {
        to_cursor: 100_000,
        postings: vec![own],
        ..IndexBatch::default()
    };
    store.append_index(LEDGER, &batch).unwrap();
    store.sync_index().unwrap();
    let needle = postings::encode(&sequences)[100..130].to_vec();
    let is_found = || {
        let mut files = Vec::new();
        all_files(directory.path(), &mut files);
        files.iter().any(|file| {
            let bytes = fs::read(file).unwrap_or_default();
            bytes.windows(needle.len()).any(|window| window == needle)
        })
    };
    assert!(is_found());
    let remove = |sequences: &[u64]| {
        let removal = Posting {
            term: IndexTerm::from_bytes([7; 17]),
            sequences: sequences.to_vec(),
        };
        store
            .remove_postings(LEDGER, std::slice::from_ref(&removal))
            .unwrap();
        PurgeScope {
            ledger: LEDGER,
            sequences: vec![],
            postings: vec![removal],
        }
    };
    remove(&sequences[..1]);
    let scope = remove(&sequences[1..60]);
    assert!(is_found());
    // Which tables the engine takes along is its own affair: the keys that it
    // is told to must include the block's.
    let spans = store
        .posting_spans(std::slice::from_ref(&scope), &Default::default())
        .unwrap();
    let block = keys::posting(LEDGER, &IndexTerm::from_bytes([7; 17]), sequences[0]);
    assert!(spans[0].from[..] <= block[..] && block[..] <= spans[0].to[..]);
    purge(&store, scope);
    assert!(!is_found());
}

/// After an index was forgotten, old blocks may lie anywhere in its range.
#[test]
fn a_forgotten_index_is_purged_as_a_whole() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    let (store, _) = filled_store(path);
    store.compact().unwrap();
    assert!(!numbers_of(&search(path), "term").is_empty());
    store.reset_index(LEDGER).unwrap();
    let forgotten = || store.db.get(keys::of_ledger(keys::INDEX_FORGOTTEN, LEDGER));
    assert!(forgotten().unwrap().is_some());
    let nothing = PurgeScope {
        ledger: LEDGER,
        sequences: vec![],
        postings: vec![],
    };
    purge(&store, nothing);
    assert!(numbers_of(&search(path), "term").is_empty());
    assert!(forgotten().unwrap().is_none());
}

/// A purge does not touch evidence, and names it.
#[test]
fn directories_kept_as_evidence_are_named() {
    let directory = tempfile::tempdir().unwrap();
    let (store, _) = filled_store(directory.path());
    let image = image_at_rest(&store, directory.path());
    drop(store);
    let path = image.path();
    let logs = files_ending(&engine(path), ".log");
    let log = logs.iter().max().unwrap();
    let file = fs::File::options().write(true).open(log).unwrap();
    file.set_len(fs::metadata(log).unwrap().len() - 3).unwrap();
    let opened = try_open(path).unwrap();
    let store = opened.store;
    let nothing = || PurgeScope {
        ledger: LEDGER,
        sequences: vec![],
        postings: vec![],
    };
    assert!(matches!(
        store.purge(&[nothing()], &mut |_| ControlFlow::Continue(())),
        Err(StoreError::Stopped { .. })
    ));
    opened.salvage.unwrap().adopt(EvidenceKept::Whole).unwrap();
    assert_eq!(purge(&store, nothing()).evidence, [engine(path)]);
}
