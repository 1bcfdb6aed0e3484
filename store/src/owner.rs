//! Whose files a data directory and an anchor are. What another user's process writes there could not be opened by the daemon
//! afterwards.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::error::{Result, StoreError};

/// The administrator's number, who may write whatever belongs to others.
const ROOT: u32 = 0;

/// Refuses a file that is another user's, or one that everybody may write to. One that is not there is nobody's.
///
/// # Errors
/// [`StoreError::OtherOwner`] or [`StoreError::OpenToAll`], or if it can't be looked at.
pub fn check_file(path: &Path) -> Result<()> {
    let Some(found) = look(path)? else {
        return Ok(());
    };
    if found.is_file() && found.mode() & 0o002 != 0 {
        return Err(StoreError::OpenToAll {
            directory: path.to_owned(),
        });
    }
    check(path, &found, own())
}

/// Refuses to make something new below another user's directory, as root: the nearest directory that is there decides. Other
/// users may make what they are allowed to make.
///
/// # Errors
/// [`StoreError::OtherOwner`], or if it can't be looked at.
pub fn check_new(path: &Path) -> Result<()> {
    let own = own();
    if own != ROOT {
        return Ok(());
    }
    for place in path.ancestors() {
        let place = match place.as_os_str().is_empty() {
            true => Path::new("."),
            false => place,
        };
        if let Some(found) = look(place)? {
            return check(place, &found, own);
        }
    }
    Ok(())
}

/// Refuses a store of which a file is another user's.
///
/// # Errors
/// [`StoreError::OtherOwner`] with the first such file, or if one can't be looked at.
pub(crate) fn check_all(files: impl IntoIterator<Item = PathBuf>) -> Result<()> {
    let own = own();
    for path in files {
        if let Some(found) = look(&path)? {
            check(&path, &found, own)?;
        }
    }
    Ok(())
}

/// What is there; nothing if nothing is.
fn look(path: &Path) -> Result<Option<Metadata>> {
    match fs::metadata(path) {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(StoreError::io("look at", path)(error)),
    }
}

fn check(path: &Path, found: &Metadata, own: u32) -> Result<()> {
    match found.uid() == own {
        true => Ok(()),
        false => Err(StoreError::OtherOwner {
            path: path.to_owned(),
            owner: found.uid(),
            group: found.gid(),
            own,
        }),
    }
}

/// Whether this process acts as the administrator, who can write what others can't open.
#[must_use]
pub fn is_root() -> bool {
    own() == ROOT
}

/// The user that this process acts as.
fn own() -> u32 {
    #[expect(unsafe_code, reason = "the C library is the only way to this number")]
    // SAFETY: geteuid takes nothing and can't fail.
    unsafe {
        libc::geteuid()
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, chown};

    use super::*;

    #[test]
    fn a_file_of_another_user_is_told_with_what_to_do() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("CURRENT");
        assert!(check_file(&file).is_ok(), "not there");
        fs::write(&file, "").unwrap();
        let found = fs::metadata(&file).unwrap();
        assert!(check(&file, &found, found.uid()).is_ok());
        let told = check(&file, &found, found.uid() + 1).unwrap_err();
        assert!(told.to_string().contains("chown -R"), "{told}");
        let as_root = StoreError::OtherOwner {
            path: file,
            owner: 1_001,
            group: 1_002,
            own: ROOT,
        };
        let told = as_root.to_string();
        assert!(told.contains("--reuid 1001 --regid 1002"), "{told}");
    }

    #[test]
    fn root_makes_nothing_new_in_another_users_directory() {
        if own() != ROOT {
            return;
        }
        let place = tempfile::tempdir().unwrap();
        assert!(check_new(&place.path().join("a/b")).is_ok());
        chown(place.path(), Some(54_321), Some(54_321)).unwrap();
        let refused = check_new(&place.path().join("a/b")).unwrap_err();
        assert!(matches!(
            refused,
            StoreError::OtherOwner { owner: 54_321, .. }
        ));
    }

    #[test]
    fn a_file_that_everybody_may_write_to_is_refused() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("data.anchor");
        fs::write(&file, "").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).unwrap();
        assert!(matches!(
            check_file(&file),
            Err(StoreError::OpenToAll { .. })
        ));
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(check_file(&file).is_ok());
    }
}
