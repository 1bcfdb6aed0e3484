//! Making a store of files that were backed up.

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use super::directory::{CREATING, DataDirectory, NOT_ADOPTED};
use super::gate::Gate;
use super::generation::{Generation, Live};
use super::layout::LAYOUT;
use super::own_entries::Damage;
use super::owned::check_owner;
use super::ownership::check_ownership;
use super::restoring;
use super::tuning::{Replay, RocksTuning};
use super::unadopted::is_unadopted;
use super::{RocksStore, engine_error};
use crate::disk::sync_directory;
use crate::error::StoreError;

impl RocksStore {
    /// The number of the layout that stores have, and their backups.
    pub const LAYOUT: u32 = LAYOUT;

    /// Makes the store of a data directory out of files that `fill` puts into the directory that it is given, which is
    /// not there yet. The store is there, whole and durable, when this returns; before, the directory has none, and nobody opens
    /// it ([`StoreError::RestoreUnfinished`]), also if this fails; what was broken off may be done again.
    ///
    /// # Errors
    /// If the directory is somebody's, holds a store, or is held by a daemon; or as `fill` fails.
    pub fn restore<E: From<StoreError>>(
        path: &Path,
        fill: impl FnOnce(&Path) -> Result<(), E>,
    ) -> Result<(), E> {
        empty(path)?.0.create(fill)?;
        Ok(restoring::end(path)?)
    }

    /// The same, if `judge` takes the store for what it should be, which is opened for that. Otherwise nothing of it is left.
    ///
    /// # Errors
    /// As [`Self::restore`], if the engine refuses what was restored, or as `judge` says.
    pub fn restore_judged<E: From<StoreError>>(
        path: &Path,
        tuning: &RocksTuning,
        fill: impl FnOnce(&Path) -> Result<(), E>,
        judge: impl FnOnce(&Self) -> Result<(), E>,
    ) -> Result<(), E> {
        let (directory, has_begun_now) = empty(path)?;
        let directory = Arc::new(directory);
        let live = Live {
            generation: Generation::FIRST,
            layout: LAYOUT,
        };
        let creating = directory.path().join(CREATING);
        fill(&creating)?;
        // Whatever happens from here on, the store is there only once it is adopted.
        let mark = creating.join(NOT_ADOPTED);
        File::create(&mark).map_err(StoreError::io("create", &mark))?;
        sync_directory(&creating)?;
        let store = directory.store(live.generation);
        fs::rename(&creating, &store).map_err(StoreError::io("rename", &creating))?;
        let judged = Self::opened_unadopted(&directory, live, tuning)
            .map_err(E::from)
            .and_then(|opened| judge(&opened));
        if let Err(refused) = judged {
            // What can't be removed now is removed by whoever restores there next, and until then nobody opens it. Nor where
            // another restore was begun before: what that one was for is still to come.
            if directory.remove_unadopted(live.generation).is_ok() && has_begun_now {
                restoring::end(path)?;
            }
            return Err(refused);
        }
        directory.adopt(live)?;
        Ok(restoring::end(path)?)
    }

    fn opened_unadopted(
        directory: &Arc<DataDirectory>,
        live: Live,
        tuning: &RocksTuning,
    ) -> Result<Self, StoreError> {
        let path = directory.store(live.generation);
        let engine = tuning.open_engine(&path, Replay::Strict);
        let engine = engine.map_err(|error| engine_error::on_open(&path, error))?;
        Self::start(
            engine,
            Arc::clone(directory),
            live,
            (Gate::Open, Damage::Refuses),
            tuning,
        )
    }
}

/// A data directory without a store, held, in which a restore has begun, and whether that is now.
fn empty(path: &Path) -> Result<(DataDirectory, bool), StoreError> {
    check_owner(path)?;
    fs::create_dir_all(path).map_err(StoreError::io("create", path))?;
    let holds_store = DataDirectory::holds_store(path)?;
    check_ownership(path, &DataDirectory::OWN, holds_store)?;
    // Before the lock, which would be the first that is written. Of a store that was never adopted nothing counts.
    let may_begin = !holds_store || is_unadopted(path)?;
    let has_begun_now = may_begin && restoring::begin(path)?;
    let directory = DataDirectory::hold(path)?;
    if !restoring::is_begun(path)? {
        return Err(StoreError::Occupied {
            directory: path.to_owned(),
            found: "live".to_owned(),
        });
    }
    // What an earlier restore left that was broken off before its store was live.
    directory.remove_creating()?;
    directory.remove_unadopted(Generation::FIRST)?;
    Ok((directory, has_begun_now))
}
