//! The directory that backups lie in.
//!
//! ```text
//! format          "indelible-backups 1 ID CHECK\n"; locked by whoever writes
//! objects/        files by the hash of their content, in 256 folders
//! objects/coming  what is being copied, until it was read back
//! manifests/      for each backup ID.json, and ID.note with the signature over it
//! ```
//!
//! A backup is there once its note is. The note is written last, and taken away first.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File, TryLockError},
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use data_encoding::HEXLOWER;

use crate::{
    durable, error::BackupError, id::BackupId, limits::MANIFEST_BYTES_MAX, manifest::Manifest,
    object::Digest, signed,
};

const FORMAT: &str = "format";
/// What it begins with.
const FORMAT_TITLE: &str = "indelible-backups 1 ";
const OBJECTS: &str = "objects";
const COMING: &str = "coming";
const MANIFESTS: &str = "manifests";
const JSON: &str = ".json";
const NOTE: &str = ".note";
/// Names that file systems and their tools put into a directory.
const OF_FILE_SYSTEMS: [&str; 4] = ["lost+found", ".snapshot", ".snapshots", ".zfs"];
/// Bytes of a note, which has one signature.
const NOTE_BYTES_MAX: u64 = 4_096;

/// A directory of backups.
#[derive(Clone, Debug)]
pub struct Target {
    path: PathBuf,
    id: String,
}

/// A directory of backups that nobody else writes to until this is dropped.
#[derive(Debug)]
pub struct Held {
    target: Target,
    _lock: File,
}

/// A backup as it is listed.
#[derive(Debug)]
pub struct Listed {
    /// The backup.
    pub id: BackupId,
    /// What it says of itself, if that is what was signed.
    pub manifest: Result<Manifest, BackupError>,
}

impl Target {
    /// A directory that holds backups.
    ///
    /// # Errors
    /// If it holds none, or of a form that this program does not know.
    pub fn open(path: &Path) -> Result<Self, BackupError> {
        let format = path.join(FORMAT);
        let found = match read_at_most(&format, NOTE_BYTES_MAX) {
            Ok(Some(found)) => found,
            Ok(None) => {
                return Err(BackupError::NotATarget {
                    path: path.to_owned(),
                });
            }
            Err(error) => return Err(error),
        };
        let text = String::from_utf8_lossy(&found);
        match own_id(&text) {
            Some(id) => Ok(Self {
                path: path.to_owned(),
                id: id.to_owned(),
            }),
            None => Err(BackupError::OtherForm {
                path: format,
                found: text.trim_end().to_owned(),
            }),
        }
    }

    /// The same, or makes one of an empty directory, whose id is of these random bytes. The directory itself must be there: a
    /// volume that is not mounted is no place for backups.
    ///
    /// # Errors
    /// If it is not there, holds something else, or can't be written to.
    pub fn open_or_make(path: &Path, random: [u8; 8]) -> Result<Self, BackupError> {
        match Self::open(path) {
            Err(BackupError::NotATarget { .. }) => {}
            opened => return opened,
        }
        Self::check_free(path)?;
        durable::make_directory(&path.join(OBJECTS))?;
        durable::make_directory(&path.join(MANIFESTS))?;
        durable::write(&path.join(FORMAT), format_text(random).as_bytes())?;
        Self::open(path)
    }

    /// Refuses a directory that holds other things than backups.
    ///
    /// # Errors
    /// If it does, or is not there.
    pub fn check_free(path: &Path) -> Result<(), BackupError> {
        let known = |name: &String| {
            let own = [OBJECTS, MANIFESTS, "format.new"];
            own.contains(&name.as_str()) || OF_FILE_SYSTEMS.contains(&name.as_str())
        };
        match durable::names(path)?.into_iter().find(|name| !known(name)) {
            Some(found) => Err(BackupError::Occupied {
                path: path.to_owned(),
                found,
            }),
            None => Ok(()),
        }
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What tells it from every other, wherever it is mounted.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Takes hold of it, to write to it.
    ///
    /// # Errors
    /// If somebody else holds it.
    pub fn hold(self) -> Result<Held, BackupError> {
        let lock = self.lock(|file| file.try_lock())?;
        Ok(Held {
            target: self,
            _lock: lock,
        })
    }

    /// Keeps others from writing to it as long as what is returned lives.
    ///
    /// # Errors
    /// If somebody writes to it.
    pub fn keep_still(&self) -> Result<File, BackupError> {
        self.lock(|file| file.try_lock_shared())
    }

    fn lock(
        &self,
        lock: impl FnOnce(&File) -> Result<(), TryLockError>,
    ) -> Result<File, BackupError> {
        let path = self.path.join(FORMAT);
        let file = File::open(&path).map_err(BackupError::io("open", &path))?;
        match lock(&file) {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => Err(BackupError::InUse {
                path: self.path.clone(),
            }),
            Err(TryLockError::Error(error)) => Err(BackupError::io("lock", &path)(error)),
        }
    }

    /// The backups that are there, oldest first.
    ///
    /// # Errors
    /// If they can't be listed. One that can't be used is listed with the reason.
    pub fn list(&self) -> Result<Vec<Listed>, BackupError> {
        let ids = self.ids()?;
        let listed = ids.into_iter().map(|id| Listed {
            manifest: self.manifest(&id),
            id,
        });
        Ok(listed.collect())
    }

    /// The ids of the backups that are there, oldest first.
    ///
    /// # Errors
    /// If they can't be listed.
    pub fn ids(&self) -> Result<Vec<BackupId>, BackupError> {
        let names = durable::names(&self.path.join(MANIFESTS))?;
        let ids = names
            .iter()
            .filter_map(|name| name.strip_suffix(NOTE)?.parse().ok());
        Ok(ids.collect())
    }

    /// A backup's manifest, verified under the key that it names itself: whose key that is, somebody else must say.
    ///
    /// # Errors
    /// If there is no such backup, or its manifest is not what was signed.
    pub fn manifest(&self, id: &BackupId) -> Result<Manifest, BackupError> {
        let unknown = || BackupError::Unknown {
            path: self.path.clone(),
            id: id.clone(),
        };
        let note = read_at_most(&self.file(id, NOTE), NOTE_BYTES_MAX)?.ok_or_else(unknown)?;
        let unusable = |problem: String| BackupError::Manifest {
            id: id.clone(),
            problem,
        };
        let bytes = read_at_most(&self.file(id, JSON), MANIFEST_BYTES_MAX)?;
        let bytes = bytes.ok_or_else(|| unusable("it is missing beside its note".to_owned()))?;
        let manifest = Manifest::decode(&bytes).map_err(unusable)?;
        if manifest.id != *id {
            return Err(unusable(format!("it is the one of backup {}", manifest.id)));
        }
        signed::verify(&manifest, &bytes, &note).map_err(|problem| BackupError::Signature {
            id: id.clone(),
            problem,
        })?;
        Ok(manifest)
    }

    /// The newest backup, or the one of an id.
    ///
    /// # Errors
    /// If there is none, its manifest can't be used, or, without an id, if the backups are of several stores.
    pub fn chosen(&self, id: Option<&BackupId>) -> Result<Manifest, BackupError> {
        if let Some(id) = id {
            return self.manifest(id);
        }
        let ids = self.ids()?;
        let Some(last) = ids.last() else {
            return Err(BackupError::Empty {
                path: self.path.clone(),
            });
        };
        let chosen = self.manifest(last)?;
        let mut newest = BTreeMap::new();
        for id in &ids {
            // One that can't be used says of no store that it is its.
            if let Ok(manifest) = self.manifest(id) {
                newest.insert(manifest.store, id.clone());
            }
        }
        match newest.len() {
            0 | 1 => Ok(chosen),
            _ => Err(BackupError::SeveralStores {
                path: self.path.clone(),
                newest: newest.into_iter().collect(),
            }),
        }
    }

    fn file(&self, id: &BackupId, ending: &str) -> PathBuf {
        self.path.join(MANIFESTS).join(format!("{id}{ending}"))
    }

    /// Where the object of a digest lies.
    pub(crate) fn object(&self, digest: &Digest) -> PathBuf {
        self.path.join(OBJECTS).join(digest.place())
    }
}

impl Held {
    /// The directory of backups.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Where something lies while it is copied. What lay there before was never finished.
    pub(crate) fn coming(&self) -> PathBuf {
        self.target.path.join(OBJECTS).join(COMING)
    }

    /// Makes the folder of an object.
    pub(crate) fn make_place(&self, digest: &Digest) -> Result<PathBuf, BackupError> {
        let place = self.target.object(digest);
        if let Some(folder) = place.parent() {
            durable::make_directory(folder)?;
        }
        Ok(place)
    }

    /// Writes a manifest, and then the note by which its backup is there.
    pub(crate) fn write(&self, manifest: &Manifest, note: &str) -> Result<(), BackupError> {
        let id = &manifest.id;
        durable::write(&self.target.file(id, JSON), &manifest.encode())?;
        durable::write(&self.target.file(id, NOTE), note.as_bytes())
    }

    /// Takes a backup away: its note first, durably, and then its manifest. Its objects stay until a sweep.
    pub(crate) fn remove(&self, id: &BackupId) -> Result<(), BackupError> {
        durable::remove(&self.target.file(id, NOTE))?;
        let folder = self.target.path.join(MANIFESTS);
        durable::sync_directory(&folder)?;
        durable::remove(&self.target.file(id, JSON))?;
        durable::sync_directory(&folder)
    }

    /// Removes what no backup names: objects, what was never finished, and manifests without a note. Returns how many
    /// bytes that were.
    ///
    /// # Errors
    /// If a manifest can't be used: nothing is removed then, since it may name anything.
    pub fn sweep(&self) -> Result<u64, BackupError> {
        let mut named = BTreeSet::new();
        let ids: BTreeSet<_> = self.target.ids()?.into_iter().collect();
        for id in &ids {
            let manifest = self.target.manifest(id)?;
            named.extend(manifest.files.iter().map(|file| file.digest));
        }
        let mut bytes = 0;
        let objects = self.target.path.join(OBJECTS);
        for folder in durable::names(&objects)? {
            let path = objects.join(&folder);
            if folder == COMING {
                bytes += remove_counted(&path)?;
                continue;
            }
            if !path.is_dir() {
                continue;
            }
            for name in durable::names(&path)? {
                let kept = Digest::parse(&name).is_some_and(|digest| named.contains(&digest));
                if !kept {
                    bytes += remove_counted(&path.join(name))?;
                }
            }
        }
        let manifests = self.target.path.join(MANIFESTS);
        for name in durable::names(&manifests)? {
            let id = name.strip_suffix(JSON).or_else(|| name.strip_suffix(NOTE));
            let is_whole = id.is_some_and(|id| ids.iter().any(|whole| whole.as_str() == id));
            if !is_whole {
                bytes += remove_counted(&manifests.join(name))?;
            }
        }
        durable::sync_directory(&manifests)?;
        Ok(bytes)
    }
}

/// What the format file of a new directory says.
fn format_text(random: [u8; 8]) -> String {
    let id = HEXLOWER.encode(&random);
    format!("{FORMAT_TITLE}{id} {}\n", check(&id))
}

/// The id in a format file, if it is one of this form.
fn own_id(text: &str) -> Option<&str> {
    let (id, found) = text
        .strip_prefix(FORMAT_TITLE)?
        .strip_suffix('\n')?
        .split_once(' ')?;
    (id.len() == 16 && found == check(id)).then_some(id)
}

/// What shows that an id is as it was written.
fn check(id: &str) -> String {
    Digest::of(id.as_bytes()).to_string()[..8].to_owned()
}

fn remove_counted(path: &Path) -> Result<u64, BackupError> {
    let bytes = fs::metadata(path).map_or(0, |file| file.len());
    durable::remove(path)?;
    Ok(bytes)
}

/// A file's bytes; `None` if there is no such file. One that is longer than it may be is cut, and so is no whole one.
fn read_at_most(path: &Path, bytes_max: u64) -> Result<Option<Vec<u8>>, BackupError> {
    let mut bytes = Vec::new();
    match File::open(path).and_then(|file| file.take(bytes_max).read_to_end(&mut bytes)) {
        Ok(_) => Ok(Some(bytes)),
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            Ok(None)
        }
        Err(error) => Err(BackupError::io("read", path)(error)),
    }
}
