//! What a store has of copies of data keys, and whether a file still has one.

use std::{fs, path::Path};

use indelible_store::{
    Catalog as _, KeyRing as _, LedgerId, StoredDataKey,
    rocks::{RocksStore, RocksTuning},
};

/// What is compared of a copy: its end, which is random.
const NEEDLE_BYTES: usize = 16;

/// Opens a copy of the data directory.
pub(super) fn store(data: &Path) -> RocksStore {
    let opened = RocksStore::open(data, &RocksTuning::default()).unwrap();
    opened.store
}

/// All data keys of a copy of the data directory.
pub(super) fn data_keys(
    data: &Path,
) -> Vec<(LedgerId, indelible_evidence::DataKeyId, StoredDataKey)> {
    let store = store(data);
    let mut all = Vec::new();
    for (ledger, _) in store.ledgers().unwrap() {
        let keys = store.data_keys(ledger, None, 10_000).unwrap();
        all.extend(keys.into_iter().map(|(id, key)| (ledger, id, key)));
    }
    all
}

/// The random ends of the copies.
pub(super) fn ends(data: &Path) -> Vec<Vec<u8>> {
    let keys = data_keys(data).into_iter();
    let copies = keys.filter_map(|(_, _, key)| key.copy);
    copies
        .map(|copy| copy[copy.len() - NEEDLE_BYTES..].to_vec())
        .collect()
}

/// How many of these are somewhere in a directory's files.
pub(super) fn found(directory: &Path, needles: &[Vec<u8>]) -> usize {
    let mut files = Vec::new();
    let mut directories = vec![directory.to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => directories.push(path),
                false => files.push(fs::read(path).unwrap_or_default()),
            }
        }
    }
    let is_there = |needle: &&Vec<u8>| {
        files
            .iter()
            .any(|file| file.windows(needle.len()).any(|at| at == needle.as_slice()))
    };
    needles.iter().filter(is_there).count()
}
