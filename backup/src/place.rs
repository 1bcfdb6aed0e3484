//! A place for backups: a directory, or a bucket.

mod contract;
mod directory;
mod in_bucket;
mod lease;

use std::sync::Arc;

pub(crate) use contract::{FORMAT, Hold, MANIFESTS, Place, Spend};
use directory::Directory;
pub(crate) use directory::check_new as check_directory;
use in_bucket::InBucket;

use crate::{error::BackupError, location::Location};

/// The place that a location names.
pub(crate) fn place(location: &Location) -> Result<Arc<dyn Place>, BackupError> {
    Ok(match location {
        Location::Directory(path) => Arc::new(Directory::new(path)),
        Location::Bucket(options) => Arc::new(InBucket::open(options)?),
    })
}
