//! Files that were read as a whole, and not written to since: a backup after another one reads what is new.

use std::{
    collections::HashMap,
    fs::{self, Metadata},
    os::unix::fs::MetadataExt as _,
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};

use indelible_keystore::Entropy as _;

use crate::{
    error::BackupError,
    limits::SEEN_FILES_MAX,
    object::{Content, Digest},
    sealing::Sealing,
    source::Source,
};

/// What the engine's tables are called. They are written once; all other files of a store change in place.
const TABLE: &str = ".sst";

/// What was read of files before. It lives in memory alone, so that a process reads everything once, and nothing on a disk is
/// believed.
///
/// A file counts as the one that was read as long as nobody has written to it, by what the file system says. What a volume
/// alters without being told to is not found here: that is for a verification, which reads every byte.
#[derive(Debug, Default)]
pub struct Seen(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    files: HashMap<Stamp, Content>,
    /// What files have become by encryption: by what they are before, and by what makes that encryption this one.
    sealed: HashMap<(Digest, Digest), Content>,
}

/// What tells a file as it is now from every other, and from itself after somebody wrote to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Stamp {
    device: u64,
    inode: u64,
    bytes: u64,
    modified: (i64, i64),
    /// When anything of it was changed, its name too; none for a file that gets further names as it is.
    changed: Option<(i64, i64)>,
}

impl Stamp {
    /// Of a table in a cut, which is a further name of the one in the store.
    fn of_table(path: &Path) -> Option<Self> {
        let is_table = path.to_string_lossy().ends_with(TABLE);
        let found = fs::symlink_metadata(path).ok().filter(Metadata::is_file)?;
        is_table.then(|| Self {
            changed: None,
            ..Self::of(&found)
        })
    }

    /// Of a file that keeps its name.
    pub(crate) fn of_object(path: &Path) -> Option<Self> {
        let found = fs::symlink_metadata(path).ok()?;
        found.is_file().then(|| Self::of(&found))
    }

    fn of(found: &Metadata) -> Self {
        Self {
            device: found.dev(),
            inode: found.ino(),
            bytes: found.len(),
            modified: (found.mtime(), found.mtime_nsec()),
            changed: Some((found.ctime(), found.ctime_nsec())),
        }
    }
}

impl Seen {
    /// What a file of a cut holds, read if that is not known.
    pub(crate) fn content(
        &self,
        path: &Path,
        spend: impl FnMut(u64) -> Result<(), BackupError>,
    ) -> Result<Content, BackupError> {
        let Some(stamp) = Stamp::of_table(path) else {
            return Source::file(path).content(spend);
        };
        if let Some(known) = self.known().files.get(&stamp) {
            return Ok(*known);
        }
        let read = Source::file(path).content(spend)?;
        self.remember(Some(stamp), read);
        Ok(read)
    }

    /// What it is once it is encrypted, which is made if that is not known.
    pub(crate) fn sealed(
        &self,
        source: &Source<'_>,
        plain: Content,
        sealing: &Sealing,
        spend: impl FnMut(u64) -> Result<(), BackupError>,
    ) -> Result<Content, BackupError> {
        let mut random = [0; 32];
        let encryption = match sealing.random(&plain).fill(&mut random) {
            Ok(()) => (plain.digest, Digest::of(&random)),
            Err(_) => return source.content(spend),
        };
        if let Some(known) = self.known().sealed.get(&encryption) {
            return Ok(*known);
        }
        let made = source.content(spend)?;
        let mut known = self.known();
        if known.sealed.len() == SEEN_FILES_MAX {
            known.sealed.clear();
        }
        known.sealed.insert(encryption, made);
        Ok(made)
    }

    /// Whether a file was read, and was this.
    pub(crate) fn is(&self, stamp: Option<Stamp>, content: Content) -> bool {
        stamp.is_some_and(|stamp| self.known().files.get(&stamp) == Some(&content))
    }

    /// Keeps what was read of a file. The stamp is of before it was read.
    pub(crate) fn remember(&self, stamp: Option<Stamp>, content: Content) {
        let Some(stamp) = stamp.filter(|stamp| stamp.bytes == content.bytes) else {
            return;
        };
        let mut known = self.known();
        if known.files.len() == SEEN_FILES_MAX {
            known.files.clear();
        }
        known.files.insert(stamp, content);
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
