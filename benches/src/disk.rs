//! How many bytes a record takes on disk once everything is compacted.

use std::{error::Error, fs, path::Path};

use rocksdb::{BottommostLevelCompaction, Cache, CompactOptions, DB, Env, Options as StoreOptions};

use crate::{
    Options,
    daemon::{Daemon, LEDGER},
    figures::Figures,
    load,
};

const CACHE_BYTES: usize = 64 << 20;

/// Fills a ledger, stops the daemon, compacts its store with the store's own options
/// and counts the bytes of its tables.
pub(crate) fn measure(
    options: &Options,
    records: u64,
    figures: &mut Figures,
) -> Result<(), Box<dyn Error>> {
    let daemon = Daemon::start_fresh(options)?;
    load::fill(options, daemon.address(), LEDGER, records)?;
    daemon.settle(LEDGER)?;
    let size = daemon.ledger(LEDGER)?.size as f64;
    let home = daemon.stop()?;
    let families = compact(&store_directory(&home.data())?)?;
    for (name, bytes) in &families {
        let name = format!("disk.{name}_bytes_per_record");
        figures.note(&name, *bytes as f64 / size);
    }
    let bytes: usize = families.iter().map(|(_, bytes)| bytes).sum();
    figures.note("disk.records", size);
    figures.note("disk.bytes_per_record", bytes as f64 / size);
    Ok(())
}

/// Compacts a store down to its last level, with the options that it was written
/// with, and gives the bytes of the tables of each column family.
fn compact(directory: &Path) -> Result<Vec<(String, usize)>, Box<dyn Error>> {
    let cache = Cache::new_lru_cache(CACHE_BYTES);
    let (options, families) = StoreOptions::load_latest(directory, Env::new()?, true, cache)?;
    let names: Vec<String> = families.iter().map(|family| family.name().into()).collect();
    let store = DB::open_cf_descriptors(&options, directory, families)?;
    let mut whole = CompactOptions::default();
    whole.set_bottommost_level_compaction(BottommostLevelCompaction::Force);
    for name in &names {
        let family = store
            .cf_handle(name)
            .ok_or("a listed column family is gone")?;
        store.flush_cf(family)?;
        store.compact_range_cf_opt(family, None::<&[u8]>, None::<&[u8]>, &whole);
    }
    let files = store.live_files()?;
    let bytes_of = |name: &String| {
        let of_family = files.iter().filter(|file| &file.column_family_name == name);
        of_family.map(|file| file.size).sum()
    };
    Ok(names
        .iter()
        .map(|name| (name.clone(), bytes_of(name)))
        .collect())
}

/// The directory with RocksDB's `CURRENT`: the data directory or one right below it.
fn store_directory(data: &Path) -> Result<std::path::PathBuf, Box<dyn Error>> {
    let mut candidates = vec![data.to_owned()];
    for entry in fs::read_dir(data)? {
        candidates.push(entry?.path());
    }
    let found = candidates
        .into_iter()
        .find(|directory| directory.join("CURRENT").is_file());
    found.ok_or_else(|| format!("no RocksDB below {}", data.display()).into())
}

#[cfg(test)]
mod tests {
    use rocksdb::{ColumnFamilyDescriptor, DBCompressionType};

    use super::*;

    #[test]
    fn compaction_keeps_the_compression_of_each_column_family() {
        let scratch = tempfile::tempdir().expect("a directory");
        let mut options = StoreOptions::default();
        options.create_if_missing(true);
        options.create_missing_column_families(true);
        let family = |name, compression| {
            let mut options = StoreOptions::default();
            options.set_compression_type(compression);
            ColumnFamilyDescriptor::new(name, options)
        };
        let families = [
            family("default", DBCompressionType::None),
            family("packed", DBCompressionType::Zstd),
            family("plain", DBCompressionType::None),
        ];
        let store = DB::open_cf_descriptors(&options, scratch.path(), families).expect("a store");
        for name in ["packed", "plain"] {
            let family = store.cf_handle(name).expect("the column family");
            for key in 0..20_000u64 {
                store
                    .put_cf(family, key.to_be_bytes(), [7; 100])
                    .expect("a write");
            }
        }
        drop(store);
        let bytes = compact(scratch.path()).expect("a compacted store");
        let of = |wanted: &str| {
            bytes
                .iter()
                .find(|(name, _)| name == wanted)
                .expect(wanted)
                .1
        };
        assert_eq!(of("default"), 0);
        assert!(of("plain") > 20_000 * 100, "{bytes:?}");
        assert!(of("packed") < of("plain") / 4, "{bytes:?}");
    }
}
