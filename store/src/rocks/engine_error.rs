//! The engine's errors, sorted into the store's.

use std::path::Path;

use rocksdb::ErrorKind;

use crate::error::StoreError;

/// Sorts an error met while opening `directory`.
pub(super) fn on_open(directory: &Path, error: rocksdb::Error) -> StoreError {
    let detail = error.as_ref();
    if detail.contains("lock file") || detail.contains("lock hold by") {
        return StoreError::Locked {
            directory: directory.to_owned(),
            holder: "another program".to_owned(),
        };
    }
    if is_damage(&error) {
        return StoreError::Damaged {
            place: directory.display().to_string(),
            finding: error.into_string(),
        };
    }
    StoreError::Engine {
        action: "open the store",
        detail: error.into_string(),
    }
}

/// Sorts an error met while doing `action`.
pub(super) fn on(action: &'static str) -> impl Fn(rocksdb::Error) -> StoreError {
    move |error| {
        if is_damage(&error) {
            StoreError::Damaged {
                place: format!("found when trying to {action}"),
                finding: error.into_string(),
            }
        } else {
            StoreError::Engine {
                action,
                detail: error.into_string(),
            }
        }
    }
}

/// Whether bytes are missing or wrong, rather than out of reach for now.
pub(super) fn is_damage(error: &rocksdb::Error) -> bool {
    match error.kind() {
        ErrorKind::Corruption => true,
        // A file that the engine knows of is gone, or has no valid name.
        ErrorKind::IOError => error.as_ref().contains("No such file or directory"),
        // Column families missing or unknown, comparators changed.
        ErrorKind::InvalidArgument => true,
        _ => false,
    }
}
