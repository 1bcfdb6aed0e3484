//! Paths in the configuration.

use std::path::{Path, PathBuf, absolute};

use super::error::ConfigError;

/// A path in full, of which all but the last part is resolved as far as it exists.
pub(super) fn absolute_path(what: &'static str, path: &Path) -> Result<PathBuf, ConfigError> {
    let refuse = |source| ConfigError::Path {
        what,
        path: path.to_owned(),
        source,
    };
    let path = absolute(path).map_err(refuse)?;
    // The last parts need not exist yet. The directory around them is resolved, so that a symbolic link can't hide that one
    // path is inside the other, and that the path is the same once they exist.
    let mut missing = Vec::new();
    let mut there = path.as_path();
    while let (Some(parent), Some(name)) = (there.parent(), there.file_name()) {
        missing.push(name);
        if let Ok(found) = parent.canonicalize() {
            return Ok(missing
                .iter()
                .rev()
                .fold(found, |path, name| path.join(name)));
        }
        there = parent;
    }
    Ok(path)
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

/// The file as it is named, so that one which another takes the place of is found.
pub(super) fn own_file(path: &Path) -> Result<PathBuf, ConfigError> {
    absolute(path).map_err(|source| ConfigError::Path {
        what: "configuration file",
        path: path.to_owned(),
        source,
    })
}
