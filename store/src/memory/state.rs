//! What the store in memory holds.

use indelible_evidence::DataKeyId;
use indelible_evidence::IdentityTag;
use std::collections::{BTreeMap, BTreeSet};

use crate::contracts::{Commit, LedgerId, StoreId, StoredDataKey, SubjectTag, Term};
use crate::disk::DiskUse;
use crate::error::{CommitError, Result};
use crate::head::Head;
use crate::index::{IndexBatch, IndexTerm, Posting};
use crate::key_edit::{KeyChanges, KeysAsStored};

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
    pub(super) keys: BTreeMap<(LedgerId, DataKeyId), StoredDataKey>,
    pub(super) subjects: BTreeMap<(LedgerId, SubjectTag), Vec<DataKeyId>>,
    pub(super) seals: BTreeMap<LedgerId, Vec<u8>>,
    pub(super) states: BTreeMap<LedgerId, BTreeMap<u64, (u64, Vec<u8>)>>,
}

impl KeysAsStored for Durable {
    fn key(&self, ledger: LedgerId, key_id: &DataKeyId) -> Result<Option<StoredDataKey>> {
        Ok(self.keys.get(&(ledger, *key_id)).cloned())
    }

    fn subject(&self, ledger: LedgerId, subject: &SubjectTag) -> Result<Vec<DataKeyId>> {
        let keys = self.subjects.get(&(ledger, *subject)).cloned();
        Ok(keys.unwrap_or_default())
    }
}

/// One ledger's index.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    pub(super) cursor: u64,
    pub(super) ids: BTreeMap<IdentityTag, u64>,
    pub(super) postings: BTreeMap<IndexTerm, BTreeSet<u64>>,
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

    pub(super) fn remove(&mut self, removals: &[Posting]) {
        for removal in removals {
            if let Some(kept) = self.postings.get_mut(&removal.term) {
                for sequence in &removal.sequences {
                    kept.remove(sequence);
                }
            }
        }
    }

    pub(super) fn find(&self, wanted: &BTreeSet<u64>) -> Vec<Posting> {
        let found = self.postings.iter().map(|(term, sequences)| Posting {
            term: *term,
            sequences: sequences.intersection(wanted).copied().collect(),
        });
        found
            .filter(|posting| !posting.sequences.is_empty())
            .collect()
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

    /// Writes what an edit of keys came to.
    pub(super) fn apply_keys(&mut self, changes: KeyChanges) {
        for (place, key) in changes.keys {
            match key {
                Some(key) => self.keys.insert(place, key),
                None => self.keys.remove(&place),
            };
        }
        for (place, keys) in changes.subjects {
            match keys.is_empty() {
                true => self.subjects.remove(&place),
                false => self.subjects.insert(place, keys),
            };
        }
        self.seals.extend(changes.seals);
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
                )
                + bytes(
                    &mut self
                        .keys
                        .values()
                        .map(|key| 21 + key.value.len() + key.copy.as_ref().map_or(0, Vec::len)),
                ),
            records_bytes: bytes(&mut self.records.values().map(|value| 12 + value.len())),
            tiles_bytes: bytes(&mut self.tiles.values().map(|value| 13 + value.len())),
            ..DiskUse::default()
        }
    }
}
