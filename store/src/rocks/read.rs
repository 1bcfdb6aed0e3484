//! Reading records, heads and tiles.

use std::ops::ControlFlow;
use std::sync::PoisonError;

use rocksdb::ReadOptions;

use super::{RocksStore, engine_error, keys};
use crate::block::TILE_BYTES;
use crate::contracts::damage::gap;
use crate::contracts::{LedgerId, ReadStore};
use crate::error::{Result, StoreError};
use crate::head::Head;

/// Scans of more records than this leave the block cache as it is.
const CACHED_SCAN_RECORDS_MAX: u64 = 4_096;

impl ReadStore for RocksStore {
    fn head(&self, ledger: LedgerId) -> Result<Option<Head>> {
        self.check_head(ledger)?;
        let heads = self.heads.read().unwrap_or_else(PoisonError::into_inner);
        Ok(heads.get(&ledger).cloned())
    }

    fn record(&self, ledger: LedgerId, sequence: u64) -> Result<Option<Vec<u8>>> {
        self.db
            .get_cf(self.family(keys::RECORDS), keys::record(ledger, sequence))
            .map_err(|error| unreadable(sequence, error))
    }

    fn last_record(&self, ledger: LedgerId) -> Result<Option<u64>> {
        let mut iterator = self.db.raw_iterator_cf(self.family(keys::RECORDS));
        iterator.seek_for_prev(keys::record(ledger, u64::MAX));
        match iterator.key() {
            Some(key) => Ok(keys::sequence_in(ledger, key)),
            None => {
                iterator
                    .status()
                    .map_err(|error| unreadable(u64::MAX, error))?;
                Ok(None)
            }
        }
    }

    fn scan(
        &self,
        ledger: LedgerId,
        from: u64,
        to: u64,
        visit: &mut dyn FnMut(u64, &[u8]) -> ControlFlow<()>,
    ) -> Result<()> {
        if from >= to {
            return Ok(());
        }
        let mut options = ReadOptions::default();
        options.set_iterate_lower_bound(keys::record(ledger, from));
        options.set_iterate_upper_bound(keys::record(ledger, to));
        options.fill_cache(to - from <= CACHED_SCAN_RECORDS_MAX);
        let mut iterator = self
            .db
            .raw_iterator_cf_opt(self.family(keys::RECORDS), options);
        iterator.seek_to_first();
        for expected in from..to {
            let Some((key, value)) = iterator.item() else {
                // The end, or an error that looks just like it.
                iterator
                    .status()
                    .map_err(|error| unreadable(expected, error))?;
                return Err(gap(expected, None));
            };
            let found = keys::sequence_in(ledger, key);
            if found != Some(expected) {
                return Err(gap(expected, found));
            }
            if visit(expected, value).is_break() {
                return Ok(());
            }
            iterator.next();
        }
        Ok(())
    }

    fn tile(&self, ledger: LedgerId, level: u32, index: u64) -> Result<Option<Vec<u8>>> {
        let Some(key) = keys::tile(ledger, level, index) else {
            return Ok(None);
        };
        let tile = self
            .db
            .get_cf(self.family(keys::TILES), key)
            .map_err(engine_error::on("read a tile"))?;
        match tile {
            Some(hashes) if hashes.len() != TILE_BYTES => Err(StoreError::Damaged {
                place: format!("tile {index} of level {level}"),
                finding: format!("{} bytes instead of {TILE_BYTES}", hashes.len()),
            }),
            tile => Ok(tile),
        }
    }
}

fn unreadable(sequence: u64, error: rocksdb::Error) -> StoreError {
    if !engine_error::is_damage(&error) {
        return engine_error::on("read records")(error);
    }
    StoreError::Damaged {
        place: format!("record {sequence} or one near it"),
        finding: error.into_string(),
    }
}
