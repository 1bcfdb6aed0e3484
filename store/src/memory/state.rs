//! What the store in memory holds.

use std::collections::{BTreeMap, BTreeSet};

use crate::contracts::{Commit, LedgerId, StoreId, Term};
use crate::disk::DiskUse;
use crate::error::CommitError;
use crate::head::Head;
use crate::index::{IdHash, IndexBatch, TermKey};

/// What a restart keeps.
#[derive(Debug, Default)]
pub(super) struct Durable {
    pub(super) store_id: Option<StoreId>,
    pub(super) term: u64,
    pub(super) descriptors: Vec<Vec<u8>>,
    pub(super) values: BTreeMap<Vec<u8>, Vec<u8>>,
    pub(super) published: BTreeMap<LedgerId, String>,
    pub(super) heads: BTreeMap<LedgerId, Head>,
    pub(super) records: BTreeMap<(LedgerId, u64), Vec<u8>>,
    pub(super) tiles: BTreeMap<(LedgerId, u32, u64), Vec<u8>>,
    pub(super) indexes: BTreeMap<LedgerId, Index>,
}

/// One ledger's index.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    pub(super) cursor: u64,
    pub(super) ids: BTreeMap<IdHash, u64>,
    pub(super) postings: BTreeMap<TermKey, BTreeSet<u64>>,
}

impl Index {
    pub(super) fn append(&mut self, batch: &IndexBatch) {
        self.ids.extend(batch.ids.iter().copied());
        for posting in &batch.postings {
            let sequences = self.postings.entry(posting.term).or_default();
            sequences.extend(&posting.sequences);
        }
        self.cursor = batch.to_cursor;
    }
}

impl Durable {
    /// The conditions of a group.
    pub(super) fn check(&self, group: &[Commit]) -> Result<(), CommitError> {
        let actual_term = Term::new(self.term);
        for commit in group {
            let actual_size = self.heads.get(&commit.ledger).map_or(0, |head| head.size);
            if commit.term != actual_term || commit.expected_size != actual_size {
                return Err(CommitError::Conflict {
                    ledger: commit.ledger,
                    actual_size,
                    actual_term,
                });
            }
        }
        Ok(())
    }

    /// Writes a group that was checked.
    pub(super) fn apply(&mut self, group: &[Commit]) {
        for commit in group {
            let sequences = commit.expected_size..;
            for (sequence, value) in sequences.zip(commit.records.iter()) {
                self.records
                    .insert((commit.ledger, sequence), value.to_vec());
            }
            for tile in &commit.tiles {
                self.tiles.insert(
                    (commit.ledger, tile.level, tile.index),
                    tile.hashes.to_vec(),
                );
            }
            self.heads.insert(commit.ledger, commit.head.clone());
        }
    }

    pub(super) fn disk_bytes(&self) -> DiskUse {
        let bytes = |values: &mut dyn Iterator<Item = usize>| values.sum::<usize>() as u64;
        DiskUse {
            catalog_bytes: bytes(&mut self.descriptors.iter().map(Vec::len))
                + bytes(
                    &mut self
                        .values
                        .iter()
                        .map(|(key, value)| key.len() + value.len()),
                ),
            records_bytes: bytes(&mut self.records.values().map(|value| 12 + value.len())),
            tiles_bytes: bytes(&mut self.tiles.values().map(|value| 13 + value.len())),
            ..DiskUse::default()
        }
    }
}
