//! A directory as a place for backups.

use std::{
    fs::{self, File, TryLockError},
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use super::contract::{FORMAT, Hold, Lying, MANIFESTS, Place, Spend};
use crate::{
    durable,
    error::{BackupError, is_no_plain_file},
    object::{self, Content, Digest, OBJECTS},
    seen::{Seen, Stamp},
    source::Source,
};

/// What is being copied, among the objects.
const COMING: &str = "coming";
/// Names that file systems and their tools put into a directory.
const OF_FILE_SYSTEMS: [&str; 4] = ["lost+found", ".snapshot", ".snapshots", ".zfs"];

/// A directory.
#[derive(Debug)]
pub(crate) struct Directory {
    path: PathBuf,
}

/// The lock on the file that says what the directory is.
#[derive(Debug)]
struct Lock(#[expect(dead_code, reason = "what is open is locked")] File);

impl Hold for Lock {
    fn keep(&self) -> Result<(), BackupError> {
        Ok(())
    }

    fn assure(&self) -> Result<(), BackupError> {
        Ok(())
    }
}

/// Refuses a directory that holds other things than backups.
pub(crate) fn check_new(path: &Path) -> Result<(), BackupError> {
    Directory::new(path).check_free()
}

impl Directory {
    pub(crate) fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
        }
    }

    fn file(&self, file: &str) -> PathBuf {
        self.path.join(file)
    }

    /// The same, of a file that is read, written or removed: no folder on the way to it is a link, which could lead out of the
    /// directory.
    fn within(&self, file: &str) -> Result<PathBuf, BackupError> {
        let mut path = self.path.clone();
        let folders = file.rsplit_once('/').map_or("", |(folders, _)| folders);
        for folder in folders.split('/').filter(|folder| !folder.is_empty()) {
            path.push(folder);
            if path.symlink_metadata().is_ok() && !durable::is_directory(&path) {
                return Err(BackupError::NotItself {
                    path,
                    what: "a directory",
                });
            }
        }
        Ok(self.file(file))
    }

    fn lock(
        &self,
        lock: impl FnOnce(&File) -> Result<(), TryLockError>,
    ) -> Result<File, BackupError> {
        let path = self.file(FORMAT);
        let file = File::open(&path).map_err(BackupError::io("open", &path))?;
        match lock(&file) {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => Err(BackupError::InUse { place: self.name() }),
            Err(TryLockError::Error(error)) => Err(BackupError::io("lock", &path)(error)),
        }
    }

    fn lying(&self, file: String) -> Lying {
        // What a link leads to is not there.
        let found = fs::symlink_metadata(self.file(&file)).ok();
        let bytes = found
            .filter(fs::Metadata::is_file)
            .map_or(0, |file| file.len());
        let name = file.rsplit('/').next().unwrap_or_default();
        Lying {
            digest: Digest::parse(name),
            bytes,
            file,
        }
    }
}

impl Place for Directory {
    fn name(&self) -> String {
        self.path.display().to_string()
    }

    fn shown(&self, file: &str) -> String {
        self.file(file).display().to_string()
    }

    fn read(&self, file: &str, bytes_max: u64) -> Result<Option<Vec<u8>>, BackupError> {
        let path = self.within(file)?;
        let mut bytes = Vec::new();
        let opened = durable::open(&path).and_then(|file| Ok((file.metadata()?.len(), file)));
        let read = opened.and_then(|(length, file)| match length <= bytes_max {
            // It may grow while it is read.
            true => file.take(bytes_max).read_to_end(&mut bytes).map(|_| length),
            false => Ok(length),
        });
        match read {
            Ok(length) if length > bytes_max => Err(BackupError::TooLong {
                file: self.shown(file),
                bytes: length,
                bytes_max,
            }),
            Ok(_) => Ok(Some(bytes)),
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) =>
            {
                Ok(None)
            }
            Err(error) if is_no_plain_file(&error) => Err(BackupError::opening(&path)(error)),
            Err(error) => Err(BackupError::io("read", &path)(error)),
        }
    }

    fn manifests(&self) -> Result<Vec<String>, BackupError> {
        self.within(&format!("{MANIFESTS}/"))?;
        durable::names(&self.file(MANIFESTS))
    }

    fn is_away(&self) -> bool {
        let of_a_file_system = |name: &String| OF_FILE_SYSTEMS.contains(&name.as_str());
        match durable::names(&self.path) {
            Ok(names) => names.iter().all(of_a_file_system),
            Err(_) => !self.path.exists(),
        }
    }

    fn check_free(&self) -> Result<(), BackupError> {
        let known = |name: &String| {
            let own = [OBJECTS, MANIFESTS, "format.new"];
            own.contains(&name.as_str()) || OF_FILE_SYSTEMS.contains(&name.as_str())
        };
        let names = durable::names(&self.path)?;
        match names.into_iter().find(|name| !known(name)) {
            Some(found) => Err(BackupError::Occupied {
                place: self.name(),
                found,
            }),
            None => Ok(()),
        }
    }

    /// The directory itself must be there: a volume that is not mounted is no place for backups.
    fn make(&self, format: &str) -> Result<(), BackupError> {
        durable::make_directory(&self.file(OBJECTS))?;
        durable::make_directory(&self.file(MANIFESTS))?;
        durable::write(&self.file(FORMAT), format.as_bytes())
    }

    fn content(&self, digest: &Digest, spend: Spend<'_>) -> Result<Option<Content>, BackupError> {
        object::content(&self.within(&digest.file())?, spend)
    }

    fn holds(&self, content: Content, seen: &Seen) -> Result<bool, BackupError> {
        let place = self.within(&content.digest.file())?;
        let stamp = Stamp::of_object(&place);
        if seen.is(stamp, content) {
            return Ok(true);
        }
        // What can't be read can't be restored.
        let read = object::content(&place, |_| Ok(()));
        let is_whole = matches!(read, Ok(Some(there)) if there == content);
        if is_whole {
            seen.remember(stamp, content);
        }
        Ok(is_whole)
    }

    fn keep(
        &self,
        source: &Source<'_>,
        content: Content,
        seen: &Seen,
        spend: Spend<'_>,
    ) -> Result<bool, BackupError> {
        let place = self.within(&content.digest.file())?;
        if let Some(folder) = place.parent() {
            durable::make_directory(folder)?;
        }
        let there_before = Stamp::of_object(&place);
        if seen.is(there_before, content) {
            return Ok(false);
        }
        match object::content(&place, &mut *spend) {
            Ok(Some(there)) if there == content => {
                seen.remember(there_before, content);
                return Ok(false);
            }
            // A file gets its name once it is whole, in the place of a link too.
            Ok(Some(_)) | Err(BackupError::NotItself { .. }) => tracing::warn!(
                file = %content.digest.file(),
                "a file of the backups was not what was copied, and is copied anew: find out what alters the volume, and verify"
            ),
            Ok(None) => {}
            Err(error) => return Err(error),
        }
        let coming = self.file(OBJECTS).join(COMING);
        source.copy((&coming, &place), content, spend)?;
        // It was read back before it got its name.
        seen.remember(Stamp::of_object(&place), content);
        Ok(true)
    }

    fn path(&self, digest: &Digest) -> Result<Option<PathBuf>, BackupError> {
        let path = self.within(&digest.file())?;
        let path = std::path::absolute(&path).map_err(BackupError::io("find", &path))?;
        Ok(Some(path))
    }

    fn fetch(
        &self,
        wanted: Content,
        (beside, to): (&Path, &Path),
        spend: Spend<'_>,
    ) -> Result<(), BackupError> {
        let from = self.within(&wanted.digest.file())?;
        Source::file(&from).copy((beside, to), wanted, spend)
    }

    fn write(&self, file: &str, content: &[u8]) -> Result<(), BackupError> {
        durable::write(&self.within(file)?, content)
    }

    fn remove(&self, file: &str) -> Result<(), BackupError> {
        let path = self.within(file)?;
        durable::remove(&path)?;
        path.parent().map_or(Ok(()), durable::sync_directory)
    }

    fn sweep(&self, lying: &Lying) -> Result<(), BackupError> {
        durable::remove(&self.within(&lying.file)?)
    }

    /// What is not named as backups name their objects is somebody else's, and not among them.
    fn objects(&self) -> Result<Vec<Lying>, BackupError> {
        self.within(&format!("{OBJECTS}/"))?;
        let mut all = Vec::new();
        let objects = self.file(OBJECTS);
        for folder in durable::names(&objects)? {
            if folder == COMING {
                all.push(self.lying(format!("{OBJECTS}/{folder}")));
                continue;
            }
            let path = objects.join(&folder);
            if !durable::is_directory(&path) {
                continue;
            }
            let named = durable::names(&path)?.into_iter();
            let lying = named.map(|name| self.lying(format!("{OBJECTS}/{folder}/{name}")));
            all.extend(lying.filter(|lying| lying.digest.is_some()));
        }
        Ok(all)
    }

    fn end_unfinished(&self) -> Result<(), BackupError> {
        Ok(())
    }

    fn hold(&self, _: [u8; 8]) -> Result<Box<dyn Hold>, BackupError> {
        Ok(Box::new(Lock(self.lock(|file| file.try_lock())?)))
    }

    fn keep_still(&self) -> Result<Option<File>, BackupError> {
        self.lock(|file| file.try_lock_shared()).map(Some)
    }
}
