//! What a start would find in a data directory, without taking hold of it: nothing is written there.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use rocksdb::DB;

use super::directory::{CURRENT, DataDirectory};
use super::generation::Generation;
use super::layout::{check_layout, fixed};
use super::lock::LOCK;
use super::ownership::{check_ownership, names};
use super::restoring;
use super::store::RocksStore;
use super::survey::Survey;
use super::tuning::{Replay, RocksTuning};
use super::{engine_error, keys};
use crate::contracts::{LedgerId, StoreId};
use crate::error::{Result, StoreError};

/// Bytes of memory for a look.
const CACHE_BYTES: usize = 8 << 20;
/// How often a look at a store is tried that a process has open.
const TRIES_MAX: usize = 3;

/// What lies in a data directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Peeked {
    /// No store, and nothing that keeps one from being made.
    Nothing,
    /// A store that a process has open.
    Held {
        /// What the catalog has under the key that was asked for, unless it could not be read beside that process.
        value: Option<Vec<u8>>,
    },
    /// A store that a start can open, as far as can be told.
    Store {
        /// Which.
        store: StoreId,
        /// What the catalog has under the key that was asked for.
        value: Option<Vec<u8>>,
        /// How many records each ledger has, as far as its head can be read.
        sizes: BTreeMap<LedgerId, u64>,
    },
    /// A store of an earlier layout, which the next start upgrades.
    Earlier,
}

impl RocksStore {
    /// Looks at the store of a data directory, and at one value of its catalog. `scratch` is a directory for the engine's own
    /// log.
    ///
    /// # Errors
    /// Why a start would fail: a file that is no store's, another layout, bytes that are missing or damaged. What a start cuts
    /// off the newest log is no reason.
    pub fn peek(path: &Path, key: &[u8], scratch: &Path) -> Result<Peeked> {
        if !is_held(path)? {
            restoring::check(path)?;
        }
        if !DataDirectory::holds_store(path)? {
            if path.exists() {
                check_ownership(path, &DataDirectory::OWN, false)?;
            }
            return Ok(Peeked::Nothing);
        }
        if is_held(path)? {
            return Ok(Peeked::Held {
                value: beside_a_process(path, key, scratch),
            });
        }
        let store = newest(path)?;
        let current = store.join(CURRENT);
        if fs::metadata(&current).is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound) {
            return Err(StoreError::Damaged {
                place: path.display().to_string(),
                finding: format!("{} is missing", current.display()),
            });
        }
        let db = open(&store, scratch).map_err(|error| engine_error::on_open(path, error))?;
        match DataDirectory::read_live(path)? {
            Some(live) if live.layout < Self::LAYOUT => return Ok(Peeked::Earlier),
            _ => check_layout(&db, path)?,
        }
        let id = fixed(&db, keys::STORE_ID)?.ok_or_else(|| StoreError::Damaged {
            place: "the catalog".to_owned(),
            finding: "the store's identity is missing".to_owned(),
        })?;
        let value = db.get(keys::own(key));
        let heads = Survey::of(&db)?.heads.into_iter();
        Ok(Peeked::Store {
            sizes: heads.map(|(ledger, head)| (ledger, head.size)).collect(),
            store: StoreId::from_bytes(id),
            value: value.map_err(engine_error::on("read the catalog"))?,
        })
    }
}

/// Whether a process has the directory.
fn is_held(path: &Path) -> Result<bool> {
    let lock = path.join(LOCK);
    let Ok(file) = File::open(&lock) else {
        return Ok(false);
    };
    match file.try_lock_shared() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(StoreError::io("look at", &lock)(error)),
    }
}

/// A value of the catalog of a store that a process has open. That process may remove files while they are opened here, so it is
/// tried again.
fn beside_a_process(path: &Path, key: &[u8], scratch: &Path) -> Option<Vec<u8>> {
    let look = || {
        let db = open(&newest(path).ok()?, scratch).ok()?;
        db.get(keys::own(key)).ok()?
    };
    (0..TRIES_MAX).find_map(|_| look())
}

/// The store that a start opens. One beside which others lie and that no file names is for a person to find.
fn newest(path: &Path) -> Result<PathBuf> {
    let live = DataDirectory::read_live(path)?;
    let entries = names(path)?;
    let newest = entries
        .iter()
        .filter_map(|name| Generation::parse(name))
        .max();
    match live.map(|live| live.generation).or(newest) {
        Some(generation) => Ok(path.join(generation.name())),
        None => Err(StoreError::Damaged {
            place: path.display().to_string(),
            finding: "there is no store in it".to_owned(),
        }),
    }
}

fn open(store: &Path, scratch: &Path) -> std::result::Result<DB, rocksdb::Error> {
    let tuning = RocksTuning {
        cache_bytes: CACHE_BYTES,
        ..RocksTuning::default()
    };
    let cache = tuning.cache();
    let mut options = tuning.database(Replay::UpToFlaw, &cache);
    options.set_db_log_dir(scratch);
    DB::open_cf_descriptors_read_only(&options, store, tuning.column_families(&cache), false)
}
