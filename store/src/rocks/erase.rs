//! Erasing parts: the stored record is written again under its own key.

use std::sync::PoisonError;

use rocksdb::WriteBatch;

use super::{RocksStore, keys};
use crate::contracts::damage::gap;
use crate::contracts::erase::{not_there, unreadable};
use crate::contracts::{EraseStore, LedgerId, ReadStore};
use crate::error::Result;
use crate::record::{ErasedParts, StoredRecord};

/// Records erased in one write, so that a commit waits for one short sync and
/// not for a whole erasure.
const BATCH_RECORDS: usize = 1_024;

impl EraseStore for RocksStore {
    fn erase_chosen(&self, ledger: LedgerId, sequences: &[u64], parts: ErasedParts) -> Result<u64> {
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
        let mut erased = 0;
        for chunk in sequences.chunks(BATCH_RECORDS) {
            erased += self.erase_chunk(ledger, chunk, parts)?;
        }
        Ok(erased)
    }
}

impl RocksStore {
    fn erase_chunk(&self, ledger: LedgerId, sequences: &[u64], parts: ErasedParts) -> Result<u64> {
        let family = self.family(keys::RECORDS);
        let mut batch = WriteBatch::default();
        for &sequence in sequences {
            let record = self.record(ledger, sequence)?;
            let record = record.ok_or_else(|| gap(sequence, None))?;
            let erased = StoredRecord::erase(&record, parts)
                .map_err(|error| unreadable(sequence, &error))?;
            if let Some(erased) = erased {
                batch.put_cf(family, keys::record(ledger, sequence), erased);
            }
        }
        let erased = batch.len() as u64;
        if erased > 0 {
            self.write_synced(&mut self.writer.lock(), batch, "erase parts of records")?;
        }
        Ok(erased)
    }
}
