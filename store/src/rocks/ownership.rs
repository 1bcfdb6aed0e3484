//! Whether a directory may be made a data directory.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::error::{Result, StoreError};

/// Names that a directory may hold without being anybody's: file systems and their tools put them there.
const OF_FILE_SYSTEMS: [&str; 4] = ["lost+found", ".snapshot", ".snapshots", ".zfs"];

/// Refuses a directory that is somebody else's: one with other things in it and no store, or one that everybody may
/// write to. Nothing is written to it before.
pub(super) fn check_ownership(path: &Path, own: &[&str], holds_store: bool) -> Result<()> {
    let metadata = fs::metadata(path).map_err(StoreError::io("look at", path))?;
    let mode = metadata.permissions().mode();
    if mode & 0o002 != 0 {
        return Err(StoreError::OpenToAll {
            directory: path.to_owned(),
        });
    }
    if mode & 0o027 != 0 {
        tracing::warn!(
            directory = %path.display(),
            mode = format!("{:o}", mode & 0o777),
            "other users of this machine may list the data directory, or its group may change it; chmod 700 closes it"
        );
    }
    if holds_store {
        return Ok(());
    }
    let known = |name: &str| own.contains(&name) || OF_FILE_SYSTEMS.contains(&name);
    match names(path)?.into_iter().find(|name| !known(name)) {
        Some(found) => Err(StoreError::Occupied {
            directory: path.to_owned(),
            found,
        }),
        None => Ok(()),
    }
}

/// The names in a directory, in order; none if there is no such directory.
pub(super) fn names(path: &Path) -> Result<Vec<String>> {
    let failed = || StoreError::io("list", path);
    let entries = match fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed()(error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let name = entry.map_err(failed())?.file_name();
        names.push(name.to_string_lossy().into_owned());
    }
    names.sort_unstable();
    Ok(names)
}
