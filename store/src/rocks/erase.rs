//! Erasing parts: the stored record is written again under its own key.

use std::sync::PoisonError;

use rocksdb::WriteBatch;

use super::{RocksStore, keys};
use crate::contracts::damage::gap;
use crate::contracts::erase::{not_there, unreadable};
use crate::contracts::{EraseStore, LedgerId, ReadStore};
use crate::error::Result;
use crate::record::{ErasedParts, RecordLayoutError, StoredRecord};

/// Records erased in one write, so that a commit waits for one short sync and
/// not for a whole erasure.
const BATCH_RECORDS: usize = 1_024;

/// What becomes of a stored record; none if it stays as it is.
type Change<'a> = &'a dyn Fn(&[u8]) -> std::result::Result<Option<Vec<u8>>, RecordLayoutError>;

impl EraseStore for RocksStore {
    fn erase_chosen(&self, ledger: LedgerId, sequences: &[u64], parts: ErasedParts) -> Result<u64> {
        let change = |record: &[u8]| StoredRecord::erase(record, parts);
        self.change_records(ledger, sequences, &change, "erase parts of records")
    }

    fn archive_chosen(
        &self,
        ledger: LedgerId,
        sequences: &[u64],
        parts: ErasedParts,
    ) -> Result<u64> {
        let change = |record: &[u8]| StoredRecord::archive(record, parts);
        self.change_records(ledger, sequences, &change, "archive parts of records")
    }
}

impl RocksStore {
    fn change_records(
        &self,
        ledger: LedgerId,
        sequences: &[u64],
        change: Change<'_>,
        what: &'static str,
    ) -> Result<u64> {
        let mut sequences = sequences.to_vec();
        sequences.sort_unstable();
        sequences.dedup();
        let size = self.size(ledger);
        if let Some(beyond) = sequences.last().filter(|last| **last >= size) {
            return Err(not_there(*beyond));
        }
        self.writer.lock().check()?;
        // Commits write other keys, and nobody but another eraser these.
        let _eraser = self.eraser.lock().unwrap_or_else(PoisonError::into_inner);
        let mut changed = 0;
        for chunk in sequences.chunks(BATCH_RECORDS) {
            changed += self.change_chunk(ledger, chunk, change, what)?;
        }
        Ok(changed)
    }

    fn change_chunk(
        &self,
        ledger: LedgerId,
        sequences: &[u64],
        change: Change<'_>,
        what: &'static str,
    ) -> Result<u64> {
        let family = self.family(keys::RECORDS);
        let mut batch = WriteBatch::default();
        for &sequence in sequences {
            let record = self.record(ledger, sequence)?;
            let record = record.ok_or_else(|| gap(sequence, None))?;
            let changed = change(&record).map_err(|error| unreadable(sequence, &error))?;
            if let Some(changed) = changed {
                batch.put_cf(family, keys::record(ledger, sequence), changed);
            }
        }
        let changed = batch.len() as u64;
        if changed > 0 {
            self.write_synced(&mut self.writer.lock(), batch, what)?;
        }
        Ok(changed)
    }
}
