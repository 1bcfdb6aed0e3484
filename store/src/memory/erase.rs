//! Erasing in memory.

use std::collections::BTreeSet;

use super::MemoryStore;
use crate::contracts::erase::{not_there, unreadable};
use crate::contracts::{EraseStore, LedgerId};
use crate::error::Result;
use crate::record::{ErasedParts, RecordLayoutError, StoredRecord};

impl EraseStore for MemoryStore {
    fn erase_chosen(&self, ledger: LedgerId, sequences: &[u64], parts: ErasedParts) -> Result<u64> {
        self.change_records(ledger, sequences, |record| {
            StoredRecord::erase(record, parts)
        })
    }

    fn archive_chosen(
        &self,
        ledger: LedgerId,
        sequences: &[u64],
        parts: ErasedParts,
    ) -> Result<u64> {
        self.change_records(ledger, sequences, |record| {
            StoredRecord::archive(record, parts)
        })
    }
}

impl MemoryStore {
    /// Writes these records again as `change` makes them, all or none.
    fn change_records(
        &self,
        ledger: LedgerId,
        sequences: &[u64],
        change: impl Fn(&[u8]) -> std::result::Result<Option<Vec<u8>>, RecordLayoutError>,
    ) -> Result<u64> {
        self.write(
            |durable| {
                let mut erased = Vec::new();
                for sequence in sequences.iter().copied().collect::<BTreeSet<_>>() {
                    let record = durable.records.get(&(ledger, sequence));
                    let record = record.ok_or_else(|| not_there(sequence))?;
                    let changed = change(record).map_err(|error| unreadable(sequence, &error))?;
                    erased.extend(changed.map(|value| (sequence, value)));
                }
                Ok(erased)
            },
            |durable, erased| {
                let changed = erased.len() as u64;
                for (sequence, value) in erased {
                    durable.records.insert((ledger, sequence), value);
                }
                changed
            },
        )
    }
}
