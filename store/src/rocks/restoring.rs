//! The mark of a restore that has begun. While it is there and no store is live, the directory may hold a part of a store, or
//! nothing yet, and whoever began the restore believes that a store is there or will be: a new, empty one in its place would
//! answer for it.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use super::generation::LIVE;
use crate::disk::sync_directory;
use crate::error::{Result, StoreError};

/// The file that says so. A restore alone makes and removes it.
pub(super) const RESTORING: &str = "restore-begun";

/// What it holds, for whoever looks into it.
const TEXT: &str = "a restore of a backup was begun here and has not ended: the same `indelible backup restore` completes it\n";

/// Puts the mark into a directory that has no store, durably. Returns whether it was not there.
pub(super) fn begin(path: &Path) -> Result<bool> {
    let mark = path.join(RESTORING);
    if exists(&mark)? {
        return Ok(false);
    }
    File::create(&mark)
        .and_then(|mut file| {
            file.write_all(TEXT.as_bytes())?;
            file.sync_all()
        })
        .map_err(StoreError::io("create", &mark))?;
    sync_directory(path)?;
    Ok(true)
}

/// Whether a restore was begun in a directory, and none was adopted. The directory need not exist.
pub(super) fn is_begun(path: &Path) -> Result<bool> {
    Ok(exists(&path.join(RESTORING))? && !exists(&path.join(LIVE))?)
}

/// Refuses a directory in which a restore was begun and not finished.
pub(super) fn check(path: &Path) -> Result<()> {
    match is_begun(path)? {
        true => Err(StoreError::RestoreUnfinished {
            directory: path.to_owned(),
        }),
        false => Ok(()),
    }
}

/// Takes the mark away: a store is live, or nothing was left of what was refused. A crash before this leaves a mark that says
/// nothing any more beside a live store.
pub(super) fn end(path: &Path) -> Result<()> {
    let mark = path.join(RESTORING);
    match fs::remove_file(&mark) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(StoreError::io("remove", &mark)(error))
        }
        _ => Ok(()),
    }
}

/// Whether something has the name, whatever it is: a link that leads nowhere says as much as a file.
fn exists(path: &Path) -> Result<bool> {
    match path.symlink_metadata() {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(StoreError::io("look for", path)(error)),
    }
}
