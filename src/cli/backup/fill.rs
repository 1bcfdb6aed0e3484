//! Copying the files of a backup into a data directory.

use std::{fs::DirBuilder, ops::ControlFlow, os::unix::fs::DirBuilderExt as _, path::Path};

use indelible_backup::{BackupError, Opened, Target, restore};
use indelible_store::rocks::RocksStore;

use super::failed::Failed;
use crate::cli::{
    error::CliError,
    session::Session,
    ui::progress::{Progress, Unit},
};

/// What the files are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To be read and thrown away. Every object was compared with the manifest just now.
    ToRead,
    /// To stay. Every object is compared with the manifest before anything is written.
    ToStay,
}

/// Copies the files of a backup into a data directory, and makes a store of them.
pub(super) fn copy(
    session: &Session,
    target: &Target,
    opened: &Opened,
    into: &Path,
    purpose: Purpose,
) -> Result<(), CliError> {
    prepare(into)?;
    let restored = RocksStore::restore(into, |path| {
        files(session, target, opened, path, purpose).map_err(Failed::from)
    });
    Ok(restored?)
}

/// Makes a data directory: what the daemon writes is for its own user alone, and so is this.
pub(super) fn prepare(into: &Path) -> Result<(), CliError> {
    let made = DirBuilder::new().mode(0o700).recursive(true).create(into);
    made.map_err(|source| CliError::file(into, source))
}

/// Copies the files into a directory that is not there yet.
pub(super) fn files(
    session: &Session,
    target: &Target,
    opened: &Opened,
    path: &Path,
    purpose: Purpose,
) -> Result<(), BackupError> {
    let mut progress = Progress::new(&session.output, "restoring", Unit::Bytes);
    let copy = match purpose {
        Purpose::ToRead => restore::files_to_read,
        Purpose::ToStay => restore::files,
    };
    let copied = copy(target, opened, path, &mut |copied| {
        progress.set(copied.done_bytes, Some(copied.total_bytes));
        ControlFlow::Continue(())
    });
    progress.clear();
    copied
}
