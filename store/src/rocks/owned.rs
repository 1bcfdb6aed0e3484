//! Whether a data directory is this user's, before anything is written to it.

use std::path::Path;

use super::directory::{BALLAST, DataDirectory};
use super::generation::{Generation, LIVE};
use super::lock::LOCK;
use super::ownership::names;
use crate::error::Result;
use crate::owner;

/// Refuses a directory whose store is another user's, and, as root, one that is another user's and holds none. What this
/// process would write there could not be opened by that user. Stores that are kept as evidence are whoever's.
pub(super) fn check_owner(path: &Path) -> Result<()> {
    if !DataDirectory::holds_store(path)? {
        return owner::check_new(path);
    }
    let mut files: Vec<_> = [LOCK, LIVE, BALLAST].map(|name| path.join(name)).into();
    let entries = names(path)?;
    let stores = entries.iter().filter_map(|name| Generation::parse(name));
    if let Some(newest) = stores.max() {
        let store = path.join(newest.name());
        let within = names(&store)?.into_iter().map(|name| store.join(name));
        files.extend(within);
        files.push(store);
    }
    owner::check_all(files)
}
