//! Making a store of files that were backed up.

use std::path::Path;

use super::RocksStore;
use super::directory::DataDirectory;
use super::layout::LAYOUT;
use super::owned::check_owner;
use crate::error::StoreError;

impl RocksStore {
    /// The number of the layout that stores have, and their backups.
    pub const LAYOUT: u32 = LAYOUT;

    /// Makes the store of a data directory out of files that `fill` puts into the directory that it is given, which is
    /// not there yet. The store is there, whole and durable, when this returns; before, the directory has none, and what was
    /// broken off may be done again.
    ///
    /// # Errors
    /// If the directory is somebody's, holds a store, or is held by a daemon; or as `fill` fails.
    pub fn restore<E: From<StoreError>>(
        path: &Path,
        fill: impl FnOnce(&Path) -> Result<(), E>,
    ) -> Result<(), E> {
        check_owner(path)?;
        let directory = DataDirectory::hold(path)?;
        if directory.live()?.is_some() {
            return Err(StoreError::Occupied {
                directory: path.to_owned(),
                found: "live".to_owned(),
            }
            .into());
        }
        directory.create(fill)?;
        Ok(())
    }
}
