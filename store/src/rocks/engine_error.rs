//! The engine's errors, sorted into the store's.

use std::path::Path;

use rocksdb::ErrorKind;

use crate::cause::Cause;
use crate::error::StoreError;

/// Sorts an error met while opening `directory`.
pub(super) fn on_open(directory: &Path, error: rocksdb::Error) -> StoreError {
    let detail = error.as_ref();
    let is_held = Cause::of_text(detail).is_none();
    if is_held && (detail.contains("lock file") || detail.contains("lock hold by")) {
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
    on("open the store")(error)
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
            let cause = cause(error.as_ref());
            StoreError::Engine {
                action,
                detail: error.into_string(),
                cause,
            }
        }
    }
}

/// What stands behind the engine's words, which is noted.
pub(super) fn cause(detail: &str) -> Option<Cause> {
    let cause = Cause::of_text(detail)?;
    cause.met();
    Some(cause)
}

/// Whether the engine found its own bytes wrong, and was not just kept from reading them.
pub(super) fn is_corruption(error: &rocksdb::Error) -> bool {
    error.kind() == ErrorKind::Corruption && Cause::of_text(error.as_ref()).is_none()
}

/// Whether bytes are missing or wrong, rather than out of reach for now.
pub(super) fn is_damage(error: &rocksdb::Error) -> bool {
    if Cause::of_text(error.as_ref()).is_some() {
        return false;
    }
    match error.kind() {
        ErrorKind::Corruption => true,
        // A file that the engine knows of is gone, or has no valid name.
        ErrorKind::IOError => error.as_ref().contains("No such file or directory"),
        // Column families missing or unknown, comparators changed.
        ErrorKind::InvalidArgument => true,
        _ => false,
    }
}
