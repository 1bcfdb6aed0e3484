//! Upgrades: how a store of an earlier layout becomes one of today's.
//!
//! An upgrade works on a copy, with tables linked and everything else copied:
//! each migration in its order, and then the copy becomes the live store in one
//! step. Whatever breaks it off before that leaves the store as it was, and the
//! next opening begins anew. The store before it is kept as it was, so that the
//! release that wrote it can have it back, until somebody confirms the upgrade
//! or the next upgrade takes its place. While it is kept, it is a copy that no
//! purge reaches, as any other evidence.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rocksdb::{DB, Direction, IteratorMode};

use super::directory::DataDirectory;
use super::generation::Live;
use super::layout::{LAYOUT, layout_of, migrate};
use super::owned::check_owner;
use super::salvage::copy_store;
use super::store::RocksStore;
use super::tuning::{Replay, RocksTuning};
use super::{engine_error, keys};
use crate::error::{Result, StoreError};

/// A store that is kept because an upgrade has taken its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptStore {
    /// Its directory.
    pub directory: PathBuf,
    /// Its layout.
    pub layout: u32,
}

/// The newest store in a data directory whose place an upgrade has taken. Nothing is locked or written.
///
/// # Errors
/// If the directory can't be read.
pub fn kept_by_upgrade(data: &Path) -> Result<Option<PathBuf>> {
    DataDirectory::kept(data)
}

/// Makes a store of today's layout out of an earlier one, and opens it. None if the engine refuses the store's log: then it
/// has to be salvaged first.
pub(super) fn upgrade(
    directory: &DataDirectory,
    earlier: Live,
    tuning: &RocksTuning,
) -> Result<Option<(DB, Live)>> {
    let (from, to) = (earlier.layout, LAYOUT);
    tracing::info!(from, to, "the store is upgraded to another layout");
    let kept = directory.before_upgrades(earlier.generation)?;
    let live = Live {
        generation: earlier.generation.next(),
        layout: LAYOUT,
    };
    let copy = directory.create_unadopted(live.generation)?;
    copy_store(&directory.store(earlier.generation), &copy)?;
    let db = match tuning.open_engine(&copy, Replay::Strict) {
        Ok(db) => db,
        Err(error) => {
            directory.remove_unadopted(live.generation)?;
            return match engine_error::is_corruption(&error) {
                true => Ok(None),
                false => Err(engine_error::on_open(directory.path(), error)),
            };
        }
    };
    migrate(&db, directory.path())?;
    directory.mark_before_upgrade(earlier.generation)?;
    directory.adopt(live)?;
    for generation in kept {
        directory.remove_store(generation)?;
    }
    tracing::info!(
        kept = %directory.store(earlier.generation).display(),
        "the store is upgraded; the one before is kept until the upgrade is confirmed"
    );
    Ok(Some((db, live)))
}

impl RocksStore {
    /// Throws away the stores that upgrades have kept, so that there is no way back; returns their directories. Nobody may
    /// have the data directory open.
    ///
    /// # Errors
    /// If the directory is held by a daemon, or can't be read or written.
    pub fn confirm_upgrade(data: &Path) -> Result<Vec<PathBuf>> {
        check_owner(data)?;
        let directory = DataDirectory::hold(data)?;
        let mut removed = Vec::new();
        if let Some(live) = directory.live()? {
            for generation in directory.before_upgrades(live.generation)? {
                directory.remove_store(generation)?;
                removed.push(directory.store(generation));
            }
        }
        Ok(removed)
    }

    /// Puts the store back whose place the last upgrade has taken, for the release that wrote it. Nothing that was recorded
    /// is lost by that: it is refused if anything was since. Nobody may have the data directory open.
    ///
    /// # Errors
    /// If there is no such store, or something was recorded since the upgrade; and as [`Self::confirm_upgrade`].
    pub fn revert_upgrade(data: &Path, tuning: &RocksTuning) -> Result<KeptStore> {
        check_owner(data)?;
        let directory = DataDirectory::hold(data)?;
        let refused = |reason: &str| StoreError::NotReverted {
            directory: data.to_owned(),
            reason: reason.to_owned(),
        };
        let live = directory.live()?;
        let live = live.ok_or_else(|| refused("there is no store"))?;
        let kept = directory.before_upgrades(live.generation)?.pop();
        let kept = kept.filter(|kept| kept.next() == live.generation);
        let kept = kept.ok_or_else(|| {
            refused(
                "no store of an earlier release is kept. Either there was no upgrade, or it was confirmed, or the store was \
                 salvaged since. The way back is a backup from before the upgrade",
            )
        })?;
        let (before, now) = (directory.store(kept), directory.store(live.generation));
        let (layout, heads) = state(&before, tuning)?;
        if state(&now, tuning)?.1 != heads {
            return Err(refused(
                "records were made since, which the earlier release would not have. The way back is a backup from before the \
                 upgrade: without these records its ledgers go into quarantine",
            ));
        }
        let earlier = Live {
            generation: kept,
            layout,
        };
        directory.put_back(earlier, live.generation)?;
        Ok(KeptStore {
            directory: before,
            layout,
        })
    }
}

/// Heads of ledgers as they are stored, by their keys.
type Heads = BTreeMap<Vec<u8>, Vec<u8>>;

/// A store's layout and the heads of its ledgers. Nothing is written.
fn state(store: &Path, tuning: &RocksTuning) -> Result<(u32, Heads)> {
    let db = tuning
        .open_to_read(store)
        .map_err(|error| engine_error::on_open(store, error))?;
    let mut heads = Heads::new();
    for entry in db.iterator(IteratorMode::From(&[keys::HEAD], Direction::Forward)) {
        let (key, value) = entry.map_err(engine_error::on("read the catalog"))?;
        if key.first() != Some(&keys::HEAD) {
            break;
        }
        heads.insert(key.into_vec(), value.into_vec());
    }
    Ok((layout_of(&db)?, heads))
}
