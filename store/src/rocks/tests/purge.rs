//! Purging, seen from outside: a byte search over every file there is.

mod canaries;

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use super::*;
use crate::contracts::{
    CopiedKey, EraseStore, IndexStore, KeyRing, Maintain, NewDataKey, ProjectionStore,
    PurgeProgress, PurgeScope, Purged, ReadStore, RewrappedKey, SubjectTag,
};
use crate::index::{IndexBatch, IndexTerm, Posting};
use crate::record::{Part, StoredRecord};
use canaries::*;
use indelible_evidence::{DataKeyId, Salt};

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
        "copy of the key",
    ] {
        assert_eq!(numbers_of(&found, place).len() as u64, COUNT, "{place}");
    }
    for place in [
        "key wrapped before",
        "copy of the key before",
        "subject",
        "term",
    ] {
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
