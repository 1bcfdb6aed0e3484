//! Cuts for backups: the live store's tables linked, and its log copied, at one moment.

use std::fs;
use std::path::Path;
use std::sync::PoisonError;

use rocksdb::{DB, checkpoint::Checkpoint};

use super::salvage::files;
use super::survey::Survey;
use super::tuning::{Replay, RocksTuning};
use super::{RocksStore, engine_error};
use crate::contracts::{LedgerId, StoreCut};
use crate::disk::sync_directory;
use crate::error::{Result, StoreError};
use crate::head::Head;

/// The engine then copies its log, and writes nothing out.
const NEVER_WRITE_OUT: u64 = u64::MAX;
/// Memory to look at a cut with.
const CHECK_CACHE_BYTES: usize = 16 << 20;

impl RocksStore {
    pub(super) fn take_cut(&self) -> Result<StoreCut> {
        let _turn = self.rewriting();
        self.directory.remove_cut()?;
        // What is in memory is written out before anybody has to wait, so that little of the log is left to copy.
        self.flush_all()?;
        let path = self.directory.cut();
        let heads = self.link(&path)?;
        let cut = StoreCut::new(path, heads);
        check(cut.directory(), cut.heads())?;
        sync_directory(cut.directory())?;
        Ok(cut)
    }

    /// Has the engine make the cut. Nobody writes to the log meanwhile: a copy of it that ends within an entry would be
    /// refused when it is opened.
    fn link(&self, path: &Path) -> Result<Vec<(LedgerId, Head)>> {
        let _no_index = self
            .index_writer
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let writer = self.writer.lock();
        writer.check()?;
        let checkpoint = Checkpoint::new(&self.db).map_err(engine_error::on("begin a cut"))?;
        checkpoint
            .create_checkpoint_with_log_size(path, NEVER_WRITE_OUT)
            .map_err(engine_error::on("take a cut"))?;
        let heads = self.heads.read().unwrap_or_else(PoisonError::into_inner);
        let mut heads: Vec<_> = heads
            .iter()
            .map(|(ledger, head)| (*ledger, head.clone()))
            .collect();
        heads.sort_unstable_by_key(|(ledger, _)| *ledger);
        Ok(heads)
    }
}

/// Opens a cut as strictly as a start does, and compares its heads with those that it must have. Nothing of it changes.
fn check(path: &Path, heads: &[(LedgerId, Head)]) -> Result<()> {
    let tuning = RocksTuning {
        cache_bytes: CHECK_CACHE_BYTES,
        ..RocksTuning::default()
    };
    let cache = tuning.cache();
    let families = tuning.column_families(&cache);
    let options = tuning.database(Replay::Strict, &cache);
    let db = DB::open_cf_descriptors_read_only(&options, path, families, false)
        .map_err(engine_error::on("open a cut"))?;
    let survey = Survey::of(&db)?;
    drop(db);
    // The engine tells of its opening there.
    for (name, path) in files(path)? {
        if name.starts_with("LOG") {
            fs::remove_file(&path).map_err(StoreError::io("remove", &path))?;
        }
    }
    let is_same = survey.heads.len() == heads.len()
        && heads
            .iter()
            .all(|(ledger, head)| survey.heads.get(ledger) == Some(head));
    match is_same {
        true => Ok(()),
        false => Err(StoreError::Damaged {
            place: "a cut for a backup".to_owned(),
            finding: "its heads are not those of the store".to_owned(),
        }),
    }
}
