//! The engine's settings: those that the promises depend on are fixed here,
//! the others have a name and a unit.

use std::path::Path;

use rocksdb::{
    BlockBasedOptions, Cache, ColumnFamilyDescriptor, DB, DBCompressionType, DBRecoveryMode,
    LogLevel, Options, WriteBufferManager,
};

use super::keys;

const MIB: usize = 1 << 20;

/// Files of the index that are written out before they are merged. Each holds a few megabytes with keys from everywhere, since
/// memory is written out whenever the log is full: merging few of them would write the whole index again and again. What is
/// looked for is in the filter of known identities or in these files' own filters, so that many of them cost little.
const INDEX_FILES_MERGED: i32 = 20;

/// What may be tuned without touching a promise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RocksTuning {
    /// Memory for blocks, indexes and filters read from disk, and for write buffers, which are counted in it.
    pub cache_bytes: usize,
    /// Memory for knowing which identities are new without a look into the store, beside the cache. Ten bits for each
    /// identity are enough; with less, some are looked for, and with none, all.
    pub known_ids_bytes: usize,
    /// All write buffers together. Beyond it the largest is written out early.
    pub write_buffer_bytes: usize,
    /// Bytes of write-ahead log at which memory is written out. A start after
    /// a crash replays up to this much and one write buffer more, at about
    /// 140 MB/s.
    pub wal_bytes_max: u64,
    /// One write buffer of records; up to three are held.
    pub records_buffer_bytes: usize,
    /// One write buffer of the derived index; up to three are held. What is in
    /// them is derived again after a crash.
    pub index_buffer_bytes: usize,
    /// Threads that write buffers out and merge files.
    pub background_threads: i32,
    /// Files held open.
    pub open_files_max: i32,
    /// Whether files are merged in the background. Without it, and without memory for known identities, an open store does
    /// nothing by itself.
    pub merges_files: bool,
}

impl Default for RocksTuning {
    fn default() -> Self {
        Self {
            cache_bytes: 144 * MIB,
            known_ids_bytes: 48 * MIB,
            write_buffer_bytes: 96 * MIB,
            wal_bytes_max: 128 << 20,
            records_buffer_bytes: 64 * MIB,
            index_buffer_bytes: 32 * MIB,
            background_threads: 2,
            open_files_max: 4_096,
            merges_files: true,
        }
    }
}

/// How the write-ahead log is read back on opening.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Replay {
    /// Any flaw refuses the store.
    Strict,
    /// Up to the first flaw; for salvaged copies only.
    UpToFlaw,
}

impl RocksTuning {
    /// Opens the engine's directory, which must exist, with all column families.
    pub(super) fn open_engine(&self, path: &Path, replay: Replay) -> Result<DB, rocksdb::Error> {
        let cache = self.cache();
        let families = self.column_families(&cache);
        DB::open_cf_descriptors(&self.database(replay, &cache), path, families)
    }

    /// Opens the engine's directory for a look: nothing is written.
    pub(super) fn open_to_read(&self, path: &Path) -> Result<DB, rocksdb::Error> {
        let cache = self.cache();
        let families = self.column_families(&cache);
        let options = self.database(Replay::Strict, &cache);
        DB::open_cf_descriptors_read_only(&options, path, families, false)
    }

    /// The one memory of an open engine.
    pub(super) fn cache(&self) -> Cache {
        Cache::new_lru_cache(self.cache_bytes)
    }

    pub(super) fn database(&self, replay: Replay, cache: &Cache) -> Options {
        let mut options = Options::default();
        // A commit never waits for it: what is too large is written out behind.
        let buffers = WriteBufferManager::new_write_buffer_manager_with_cache(
            self.write_buffer_bytes,
            false,
            cache.clone(),
        );
        options.set_write_buffer_manager(&buffers);
        options.set_wal_recovery_mode(match replay {
            Replay::Strict => DBRecoveryMode::AbsoluteConsistency,
            Replay::UpToFlaw => DBRecoveryMode::PointInTime,
        });
        // Else a log that vanished would go unnoticed, and what it held would
        // be missing in the middle of a ledger. The newest log is not tracked:
        // its end is the anchor's to know.
        options.set_track_and_verify_wals_in_manifest(true);
        options.set_paranoid_checks(true);
        // A recycled log keeps deleted bytes readable, and an archived one too.
        options.set_recycle_log_file_num(0);
        options.set_wal_ttl_seconds(0);
        options.set_wal_size_limit_mb(0);
        // What the engine tells of its compactions names keys.
        options.set_log_level(LogLevel::Warn);
        options.set_unordered_write(false);
        options.set_manual_wal_flush(false);

        options.set_max_total_wal_size(self.wal_bytes_max);
        options.set_max_background_jobs(self.background_threads);
        options.set_max_open_files(self.open_files_max);
        // Files written behind the log go to disk in steps, so that no commit's
        // sync waits for a whole one.
        options.set_bytes_per_sync(MIB as u64);
        options.set_skip_stats_update_on_db_open(true);
        options.set_avoid_unnecessary_blocking_io(true);
        options.set_stats_dump_period_sec(0);
        options.set_stats_persist_period_sec(0);
        options.set_keep_log_file_num(4);
        options.set_max_log_file_size(8 * MIB);
        options
    }

    pub(super) fn column_families(&self, cache: &Cache) -> Vec<ColumnFamilyDescriptor> {
        let families = [
            (
                rocksdb::DEFAULT_COLUMN_FAMILY_NAME,
                family(cache, 4 * MIB, 8 * 1024, false),
            ),
            (keys::KEYS, family(cache, 4 * MIB, 8 * 1024, true)),
            (keys::PROJECTIONS, family(cache, 4 * MIB, 16 * 1024, false)),
            (keys::RECORDS, {
                let mut options = family(cache, self.records_buffer_bytes, 16 * 1024, false);
                options.set_max_bytes_for_level_base(256 << 20);
                options
            }),
            (keys::TILES, {
                let mut options = family(cache, 16 * MIB, 32 * 1024, false);
                // Hashes don't compress.
                options.set_compression_type(DBCompressionType::None);
                options
            }),
            (keys::INDEX, {
                let mut options = family(cache, self.index_buffer_bytes, 4 * 1024, true);
                options.set_max_bytes_for_level_base(256 << 20);
                options.set_level_zero_file_num_compaction_trigger(INDEX_FILES_MERGED);
                options.set_level_zero_slowdown_writes_trigger(3 * INDEX_FILES_MERGED);
                options.set_level_zero_stop_writes_trigger(5 * INDEX_FILES_MERGED);
                // An id is most often looked for because it is *not* there.
                options.set_memtable_whole_key_filtering(true);
                options.set_memtable_prefix_bloom_ratio(0.1);
                options
            }),
        ];
        families
            .into_iter()
            .map(|(name, mut options)| {
                options.set_disable_auto_compactions(!self.merges_files);
                ColumnFamilyDescriptor::new(name, options)
            })
            .collect()
    }
}

/// What the column families have in common.
fn family(cache: &Cache, buffer_bytes: usize, block_bytes: usize, filter: bool) -> Options {
    let mut table = BlockBasedOptions::default();
    table.set_block_cache(cache);
    table.set_block_size(block_bytes);
    table.set_format_version(6);
    table.set_cache_index_and_filter_blocks(true);
    table.set_cache_index_and_filter_blocks_with_high_priority(true);
    table.set_pin_l0_filter_and_index_blocks_in_cache(true);
    if filter {
        table.set_bloom_filter(10.0, false);
        table.set_whole_key_filtering(true);
    }
    let mut options = Options::default();
    options.set_block_based_table_factory(&table);
    options.set_write_buffer_size(buffer_bytes);
    options.set_max_write_buffer_number(3);
    options.set_target_file_size_base(64 << 20);
    // The same on every level: records are appended in the order of their keys, so
    // their files can sink from level to level without being written again, which
    // the engine does only where nothing has to be compressed anew.
    options.set_compression_type(DBCompressionType::Lz4);
    options
}
