//! Tests of the store on RocksDB: the suite, and what only files can suffer.

mod alien;
mod cut;
mod damage;
mod known_ids;
mod purge;
mod restoring;
mod salvage;
mod upgrade;

use std::fs;
use std::path::{Path, PathBuf};

use super::*;
use crate::contracts::{CommitStore, LedgerId, Term};
use crate::error::StoreError;
use crate::suite::{self, Factory, sample};

const LEDGER: LedgerId = LedgerId::new(0);

/// Little memory, so that files are made and merged early.
fn small() -> RocksTuning {
    RocksTuning {
        cache_bytes: 8 << 20,
        records_buffer_bytes: 1 << 20,
        index_buffer_bytes: 1 << 20,
        ..RocksTuning::default()
    }
}

fn try_open(path: &Path) -> Result<Opened, StoreError> {
    RocksStore::open(path, &small())
}

/// Opens a store that must need no salvage.
fn open(path: &Path) -> RocksStore {
    let opened = try_open(path).unwrap();
    assert!(opened.salvage.is_none());
    opened.store
}

fn commit(store: &RocksStore, term: Term, from: u64, count: u64) {
    store
        .commit(&[sample::commit(LEDGER, term, from, count)])
        .unwrap();
}

/// The engine's directory of the only store.
fn engine(path: &Path) -> PathBuf {
    path.join("store-0001")
}

/// The files there whose names end like this, sorted.
fn files_ending(directory: &Path, end: &str) -> Vec<PathBuf> {
    let mut found: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().ends_with(end))
        .collect();
    found.sort();
    found
}

/// What a crash leaves: the directory's files as they are while the store is
/// open and has written nothing out.
fn crash_image(path: &Path) -> tempfile::TempDir {
    let image = tempfile::tempdir().unwrap();
    fs::create_dir(engine(image.path())).unwrap();
    fs::copy(path.join("live"), image.path().join("live")).unwrap();
    for file in files_ending(&engine(path), "") {
        fs::copy(&file, engine(image.path()).join(file.file_name().unwrap())).unwrap();
    }
    image
}

struct OnDisk(tempfile::TempDir);

impl Factory for OnDisk {
    type Store = RocksStore;

    fn open(&mut self) -> RocksStore {
        open(self.0.path())
    }
}

#[test]
fn it_passes_the_suite() {
    suite::all(|| OnDisk(tempfile::tempdir().unwrap()));
}
