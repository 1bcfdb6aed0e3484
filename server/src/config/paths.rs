//! Paths in the configuration.

use std::path::{Path, PathBuf, absolute};

use super::error::ConfigError;

/// A path in full, of which all but the last part is resolved where it exists.
pub(super) fn absolute_path(what: &'static str, path: &Path) -> Result<PathBuf, ConfigError> {
    let refuse = |source| ConfigError::Path {
        what,
        path: path.to_owned(),
        source,
    };
    let path = absolute(path).map_err(refuse)?;
    // The last part need not exist yet. The directory around it is resolved if it exists, so that a symbolic link can't
    // hide that one path is inside the other.
    match (path.parent().map(Path::canonicalize), path.file_name()) {
        (Some(Ok(parent)), Some(name)) => Ok(parent.join(name)),
        _ => Ok(path),
    }
}

/// The anchor's path if none is given: beside the data directory.
pub(super) fn beside(data: &Path) -> Result<PathBuf, ConfigError> {
    let mut name = data
        .file_name()
        .ok_or_else(|| ConfigError::DataHasNoName {
            path: data.to_owned(),
        })?
        .to_owned();
    name.push(".anchor");
    Ok(data.with_file_name(name))
}

/// Refuses a path inside the data directory. What guards the data must not be copied, restored or stolen together with
/// it.
pub(super) fn outside(data: &Path, what: &'static str, path: &Path) -> Result<(), ConfigError> {
    if path.starts_with(data) {
        return Err(ConfigError::InsideData {
            what,
            path: path.to_owned(),
        });
    }
    Ok(())
}
