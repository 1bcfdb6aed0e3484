//! How many bytes a record takes on disk once everything is compacted.

use std::{error::Error, fs, path::Path};

use rocksdb::{BottommostLevelCompaction, Cache, CompactOptions, DB, Env, Options as StoreOptions};

use crate::{
    Options,
    daemon::{Daemon, LEDGER},
    figures::Figures,
    load,
};

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
    let directory = store_directory(&home.data())?;
    let cache = Cache::new_lru_cache(64 << 20);
    let (store_options, families) =
        StoreOptions::load_latest(&directory, Env::new()?, true, cache)?;
    let names: Vec<String> = families
        .iter()
        .map(|family| family.name().to_owned())
        .collect();
    let store = DB::open_cf_descriptors(&store_options, &directory, families)?;
    let mut whole = CompactOptions::default();
    whole.set_bottommost_level_compaction(BottommostLevelCompaction::Force);
    for name in &names {
        let family = store
            .cf_handle(name)
            .ok_or("a column family that was listed is gone")?;
        store.flush_cf(family)?;
        store.compact_range_cf_opt(family, None::<&[u8]>, None::<&[u8]>, &whole);
    }
    let mut all = 0;
    for name in &names {
        let files = store.live_files()?;
        let of_family = files.iter().filter(|file| &file.column_family_name == name);
        let bytes: usize = of_family.map(|file| file.size).sum();
        figures.note(
            &format!("disk.{name}_bytes_per_record"),
            bytes as f64 / size,
        );
        all += bytes;
    }
    figures.note("disk.records", size);
    figures.note("disk.bytes_per_record", all as f64 / size);
    Ok(())
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
