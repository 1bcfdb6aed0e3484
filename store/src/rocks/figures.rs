//! What RocksDB tells of itself. Each figure is a property that it keeps anyway, so asking costs some microseconds.

use super::{RocksStore, engine_error, keys};
use crate::contracts::EngineFigures;
use crate::error::Result;

impl RocksStore {
    pub(super) fn engine_figures(&self) -> Result<EngineFigures> {
        Ok(EngineFigures {
            table_bytes: self.of_all("rocksdb.live-sst-files-size")?,
            write_buffer_bytes: self.of_all("rocksdb.cur-size-all-mem-tables")?,
            cache_bytes: self.of_one(keys::RECORDS, "rocksdb.block-cache-usage")?,
            cache_pinned_bytes: self.of_one(keys::RECORDS, "rocksdb.block-cache-pinned-usage")?,
            pending_compaction_bytes: self.of_all("rocksdb.estimate-pending-compaction-bytes")?,
            compactions: self.of_one(keys::RECORDS, "rocksdb.num-running-compactions")?,
            flushes: self.of_one(keys::RECORDS, "rocksdb.num-running-flushes")?,
            full_write_buffers: self.of_all("rocksdb.num-immutable-mem-table")?,
            uppermost_tables: self.of_one(keys::RECORDS, "rocksdb.num-files-at-level0")?,
            background_errors: self.of_one(keys::RECORDS, "rocksdb.background-errors")?,
            writes_stopped: self.of_one(keys::RECORDS, "rocksdb.is-write-stopped")? != 0,
            delayed_write_bytes_per_second: self
                .of_one(keys::RECORDS, "rocksdb.actual-delayed-write-rate")?,
        })
    }

    /// A property of one family, or of the whole engine where it is the same for all.
    fn of_one(&self, family: &str, property: &str) -> Result<u64> {
        self.db
            .property_int_value_cf(self.family(family), property)
            .map(Option::unwrap_or_default)
            .map_err(engine_error::on("ask for its figures"))
    }

    /// A property that each family has for itself, added up.
    fn of_all(&self, property: &str) -> Result<u64> {
        let families = keys::FAMILIES.iter();
        families
            .map(|family| self.of_one(family, property))
            .sum::<Result<u64>>()
    }
}
