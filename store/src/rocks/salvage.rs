//! Salvage: what to do when the engine refuses a store's log.
//!
//! The refused directory is kept unchanged, as evidence. A copy of it (tables
//! linked, everything else copied) is opened up to the first flaw of the log.
//! The engine can't know whether the copy holds all that was acknowledged, so
//! the copy takes no commit until a caller who knows adopts it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rocksdb::DB;

use super::directory::{BEFORE_UPGRADE, DataDirectory};
use super::gate::{Gate, SharedWriter};
use super::generation::Live;
use super::layout::{LAYOUT, migrate};
use super::store::RocksStore;
use super::tuning::{Replay, RocksTuning};
use crate::disk::sync_directory;
use crate::error::{Result, StoreError};

/// A store that was opened from a copy, and is not yet adopted. Dropping this
/// leaves the copy unadopted: the next opening makes it anew.
#[derive(Debug)]
pub struct Salvage {
    directory: Arc<DataDirectory>,
    copy: Live,
    writer: SharedWriter,
    evidence: PathBuf,
    refusal: String,
}

/// What of the refused directory to keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EvidenceKept {
    /// All of it. The tables are shared with the store at first, and take room
    /// of their own as the store rewrites its own.
    Whole,
    /// The logs and the engine's own files, without the tables, which the
    /// adopted store holds. Right when every head was found to be the
    /// anchor's, so that nothing acknowledged is missing.
    WithoutTables,
}

impl Salvage {
    pub(super) fn new(store: &RocksStore, evidence: PathBuf, refusal: String) -> Self {
        Self {
            directory: Arc::clone(&store.directory),
            copy: Live {
                generation: store.generation,
                layout: LAYOUT,
            },
            writer: store.writer.clone(),
            evidence,
            refusal,
        }
    }

    /// The refused directory.
    pub fn evidence(&self) -> &Path {
        &self.evidence
    }

    /// The engine's words on why it was refused.
    pub fn refusal(&self) -> &str {
        &self.refusal
    }

    /// Makes the copy the live store, durably, and lets commits pass. If this
    /// fails the copy may or may not be live, and opening again is safe.
    pub fn adopt(self, kept: EvidenceKept) -> Result<()> {
        let mut writer = self.writer.lock();
        self.directory.adopt(self.copy)?;
        if kept == EvidenceKept::WithoutTables {
            remove_tables(&self.evidence)?;
        }
        if matches!(writer.gate, Gate::Salvaged) {
            writer.gate = Gate::Open;
        }
        Ok(())
    }
}

/// Copies the live store and opens the copy up to the first flaw.
pub(super) fn open_copy(
    directory: &DataDirectory,
    live: Live,
    tuning: &RocksTuning,
    refusal: &rocksdb::Error,
) -> Result<(DB, Live)> {
    let source = directory.store(live.generation);
    let generation = live.generation.next();
    tracing::warn!(
        directory = %source.display(),
        refusal = refusal.as_ref(),
        "the engine refuses the store; the daemon opens a copy, without what follows the first flaw"
    );
    let copy = directory.create_unadopted(generation)?;
    copy_store(&source, &copy)?;
    match tuning.open_engine(&copy, Replay::UpToFlaw) {
        Ok(db) => {
            // A copy of an earlier layout is upgraded as well; the refused directory stays as it was.
            migrate(&db, directory.path())?;
            let layout = LAYOUT;
            Ok((db, Live { generation, layout }))
        }
        Err(error) => {
            directory.remove_unadopted(generation)?;
            Err(StoreError::Damaged {
                place: source.display().to_string(),
                finding: format!(
                    "{}; a copy without what follows the first flaw does not open either: {}",
                    refusal.as_ref(),
                    error.as_ref()
                ),
            })
        }
    }
}

pub(super) fn copy_store(source: &Path, copy: &Path) -> Result<()> {
    for (name, path) in files(source)? {
        // The engine's lock and its chatter are not part of the store, nor is what became of it.
        if name == "LOCK" || name.starts_with("LOG") || name == BEFORE_UPGRADE {
            continue;
        }
        let target = copy.join(&name);
        if is_table(&name) && fs::hard_link(&path, &target).is_ok() {
            continue;
        }
        fs::copy(&path, &target)
            .and_then(|_| File::open(&target)?.sync_all())
            .map_err(StoreError::io("copy", &path))?;
    }
    sync_directory(copy)
}

fn remove_tables(directory: &Path) -> Result<()> {
    for (name, path) in files(directory)? {
        if is_table(&name) {
            fs::remove_file(&path).map_err(StoreError::io("remove", &path))?;
        }
    }
    Ok(())
}

/// Tables are written once and never changed.
fn is_table(name: &str) -> bool {
    name.ends_with(".sst")
}

/// The names and paths of the files in a directory.
pub(super) fn files(directory: &Path) -> Result<Vec<(String, PathBuf)>> {
    let failed = || StoreError::io("list", directory);
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).map_err(failed())? {
        let entry = entry.map_err(failed())?;
        if entry.file_type().map_err(failed())?.is_file() {
            let name = entry.file_name().to_string_lossy().into_owned();
            files.push((name, entry.path()));
        }
    }
    Ok(files)
}
