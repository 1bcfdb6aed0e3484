//! Committing: the store's heart, one synced batch for a whole group.

use std::sync::PoisonError;

use rocksdb::WriteBatch;

use super::gate::{Gate, Writer};
use super::{RocksStore, engine_error, keys};
use crate::block::TILE_BYTES;
use crate::contracts::damage::next_term;
use crate::contracts::{Commit, CommitStore, Committed, LedgerId, Term, check_group};
use crate::error::{CommitError, Result, StoreError};

/// What a batch takes beside a record's value: tag, column family, key and
/// lengths.
const ENTRY_BYTES_MAX: usize = 1 + 1 + 1 + 13 + 4;

impl CommitStore for RocksStore {
    fn acquire(&self) -> Result<Term> {
        let mut writer = self.writer.lock();
        let next = next_term(writer.term)?;
        let mut batch = WriteBatch::default();
        batch.put(keys::TERM, next.number().to_be_bytes());
        self.write_synced(&mut writer, batch, "write the term")?;
        writer.term = next;
        Ok(next)
    }

    fn commit<'g>(&self, group: &'g [Commit]) -> Result<Committed<'g>, CommitError> {
        check_group(group)?;
        let batch = self.batch(group);
        let mut writer = self.writer.lock();
        if let Some(reason) = writer.refusal() {
            return Err(CommitError::Stopped { reason });
        }
        if group.is_empty() {
            return Ok(Committed::of(group));
        }
        for commit in group {
            let actual_size = self.size(commit.ledger);
            if commit.term != writer.term || commit.expected_size != actual_size {
                return Err(CommitError::Conflict {
                    ledger: commit.ledger,
                    actual_size,
                    actual_term: writer.term,
                });
            }
        }
        if let Err(error) = self.db.write_opt(batch, &self.synced) {
            let detail = error.into_string();
            writer.gate = Gate::Failed(detail.clone());
            let cause = engine_error::cause(&detail);
            return Err(CommitError::Unknown { detail, cause });
        }
        let mut heads = self.heads.write().unwrap_or_else(PoisonError::into_inner);
        for commit in group {
            heads.insert(commit.ledger, commit.head.clone());
        }
        Ok(Committed::of(group))
    }
}

impl RocksStore {
    /// The ledger's durable size.
    pub(super) fn size(&self, ledger: LedgerId) -> u64 {
        let heads = self.heads.read().unwrap_or_else(PoisonError::into_inner);
        heads.get(&ledger).map_or(0, |head| head.size)
    }

    /// Writes to the catalog, synced. A failure stops all writes, since what
    /// is on disk then is not known.
    pub(super) fn write_synced(
        &self,
        writer: &mut Writer,
        batch: WriteBatch,
        action: &'static str,
    ) -> Result<(), StoreError> {
        writer.check()?;
        self.db.write_opt(batch, &self.synced).map_err(|error| {
            writer.gate = Gate::Failed(error.as_ref().to_owned());
            engine_error::on(action)(error)
        })
    }

    fn batch(&self, group: &[Commit]) -> WriteBatch {
        let records = self.family(keys::RECORDS);
        let tiles = self.family(keys::TILES);
        let mut batch = WriteBatch::with_capacity_bytes(group.iter().map(batch_bytes).sum());
        for commit in group {
            let sequences = commit.expected_size..;
            for (sequence, value) in sequences.zip(commit.records.iter()) {
                batch.put_cf(records, keys::record(commit.ledger, sequence), value);
            }
            for tile in &commit.tiles {
                // A level that has no key was refused with the commit.
                if let Some(key) = keys::tile(commit.ledger, tile.level, tile.index) {
                    batch.put_cf(tiles, key, &tile.hashes);
                }
            }
            batch.put(
                keys::of_ledger(keys::HEAD, commit.ledger),
                commit.head.encode(),
            );
        }
        batch
    }
}

fn batch_bytes(commit: &Commit) -> usize {
    let records = commit.records.bytes() + commit.records.len() * ENTRY_BYTES_MAX;
    let tiles = commit.tiles.len() * (TILE_BYTES + ENTRY_BYTES_MAX);
    records + tiles + commit.head.checkpoint.len() + 128
}
