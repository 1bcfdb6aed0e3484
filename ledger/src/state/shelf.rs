//! The shelf: the directory in which files of archived parts lie, what is known of where parts stand in them, and which
//! of them can't be read.
//!
//! Nothing that comes from here is believed: whoever takes a part holds it against the header that commits to it.

mod file_index;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fs::{self, File, Metadata},
    os::unix::fs::{FileExt as _, MetadataExt as _},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

use indelible_evidence::{
    Salt, bundle::Part, commitment::PartKind, hashing::sha256_of, key_event::Archive,
};
use thiserror::Error;
use tracing::{info, warn};

use self::file_index::FileIndex;
pub(crate) use crate::state::shelf_error::ShelfError;
use crate::state::{
    limits::ARCHIVE_INDEXES_MAX,
    notice::{Notice, NoticeCode},
};

/// A part that was archived can't be read there now.
#[derive(Clone, Debug, Error)]
#[error(
    "the {part} of record {sequence} is in the archive, and can't be read there now: {what}. {}, and ask again", .what.remedy()
)]
pub struct ArchiveAway {
    /// The record.
    pub sequence: u64,
    /// Which part.
    pub part: &'static str,
    /// Why not.
    pub what: ShelfError,
}

/// A file as the operating system tells it from another: device, inode, length, and when it was changed.
type Stamp = (u64, u64, u64, i64, i64);

fn stamp(metadata: &Metadata) -> Stamp {
    (
        metadata.dev(),
        metadata.ino(),
        metadata.len(),
        metadata.ctime(),
        metadata.ctime_nsec(),
    )
}

/// What is known of a file: where its parts stand, or why it can't be used.
type Known = Result<Arc<FileIndex>, ShelfError>;

/// The directory, and what is known of its files.
#[derive(Default)]
pub(crate) struct Shelf {
    directory: Option<PathBuf>,
    /// The newest last. No file stays open, so that its volume can be taken away at any time.
    known: Mutex<VecDeque<(Stamp, Known)>>,
    /// What is away, by the name of the file.
    away: Mutex<BTreeMap<String, ShelfError>>,
    /// What is not what was archived, by the name of the file, and which file that was.
    damaged: Mutex<BTreeMap<String, (ShelfError, Option<Stamp>)>>,
}

impl Shelf {
    pub(crate) fn new(directory: Option<PathBuf>) -> Self {
        Self {
            directory,
            ..Self::default()
        }
    }

    /// The directory, if there is one.
    pub(crate) fn directory(&self) -> Option<&Path> {
        self.directory.as_deref()
    }

    /// Where the file of a disposal lies now: the directory may have moved since the record named it.
    ///
    /// # Errors
    /// If there is no directory, or the record names no file.
    pub(crate) fn path(&self, archive: &Archive) -> Result<PathBuf, ShelfError> {
        let name = Path::new(&archive.location).file_name();
        match (&self.directory, name) {
            (Some(directory), Some(name)) => Ok(directory.join(name)),
            _ => Err(ShelfError::NoDirectory {
                file: archive.location.clone(),
            }),
        }
    }

    /// A part as its file has it; none if the file does not have it. Blocking.
    ///
    /// # Errors
    /// If the file is not there or can't be read.
    pub(crate) fn part(
        &self,
        archive: &Archive,
        sequence: u64,
        kind: PartKind,
    ) -> Result<Option<(Salt, Vec<u8>)>, ShelfError> {
        let path = self.path(archive)?;
        let (file, metadata) = opened(&path)?;
        let index = self.index(&path, &file, &metadata)?;
        let Some((offset, bytes)) = index.place(sequence, kind) else {
            return Ok(None);
        };
        let mut item = vec![0; bytes];
        file.read_exact_at(&mut item, offset)
            .map_err(|error| ShelfError::away(&path, &error))?;
        match Part::decode(&item) {
            Ok(Part::Present { salt, bytes }) => Ok(Some((salt, bytes.to_vec()))),
            _ => Err(ShelfError::Damaged {
                path,
                problem: format!("what it has of record {sequence} can't be read"),
            }),
        }
    }

    /// Opens the file of a disposal. Blocking.
    ///
    /// # Errors
    /// If it is not there, or not a plain file.
    pub(crate) fn open(&self, archive: &Archive) -> Result<File, ShelfError> {
        opened(&self.path(archive)?).map(|(file, _)| file)
    }

    /// Each part that a file has, in the order of the records. Blocking.
    ///
    /// # Errors
    /// If the file is not there or can't be read.
    pub(crate) fn held(&self, archive: &Archive) -> Result<Vec<(u64, PartKind)>, ShelfError> {
        let path = self.path(archive)?;
        let (file, metadata) = opened(&path)?;
        Ok(self.index(&path, &file, &metadata)?.held())
    }

    fn index(&self, path: &Path, file: &File, metadata: &Metadata) -> Known {
        let stamp = stamp(metadata);
        let found = |known: &VecDeque<(Stamp, Known)>| {
            let found = known.iter().find(|(of, _)| *of == stamp);
            found.map(|(_, known)| known.clone())
        };
        if let Some(known) = found(&lock(&self.known)) {
            return known;
        }
        let read = FileIndex::read(file, metadata.len());
        let read = read.map(Arc::new).map_err(|problem| ShelfError::Damaged {
            path: path.to_owned(),
            problem,
        });
        let mut known = lock(&self.known);
        if known.len() >= ARCHIVE_INDEXES_MAX {
            known.pop_front();
        }
        known.push_back((stamp, read.clone()));
        read
    }

    /// Notes that a file of an archive could not be used.
    pub(crate) fn failed(&self, archive: &Archive, error: &ShelfError) {
        let name = archive.location.clone();
        let is_new = match error {
            ShelfError::Damaged { path, .. } => {
                let stamp = opened(path).ok().map(|(_, metadata)| stamp(&metadata));
                let before = lock(&self.damaged).insert(name, (error.clone(), stamp));
                before.is_none_or(|(before, _)| before != *error)
            }
            _ => lock(&self.away).insert(name, error.clone()).as_ref() != Some(error),
        };
        if is_new {
            warn!(%error, "a file of the archive can't be read");
        }
    }

    /// Notes that something of a file was what was archived. A file that was found damaged stays so until all of it is right:
    /// where another file lies in its place by now, all of that is read.
    pub(crate) fn worked(&self, archive: &Archive) {
        self.back(archive);
        let found = lock(&self.damaged).get(&archive.location).cloned();
        let Some((_, then)) = found else { return };
        let Ok(path) = self.path(archive) else { return };
        let Ok((mut file, metadata)) = opened(&path) else {
            return;
        };
        if then == Some(stamp(&metadata)) {
            return;
        }
        match sha256_of(&mut file) {
            Ok(found) if found == archive.sha256 => self.is_whole(archive),
            Ok(_) => {
                let problem = OTHER_SHA256.to_owned();
                self.failed(archive, &ShelfError::Damaged { path, problem });
            }
            Err(error) => self.failed(archive, &ShelfError::away(&path, &error)),
        }
    }

    /// Notes that the whole file is what was archived, or is wanted no more.
    pub(crate) fn is_whole(&self, archive: &Archive) {
        self.back(archive);
        if lock(&self.damaged).remove(&archive.location).is_some() {
            info!(
                file = archive.location,
                "a file of the archive can be read again"
            );
        }
    }

    fn back(&self, archive: &Archive) {
        let mut away = lock(&self.away);
        if !away.is_empty() && away.remove(&archive.location).is_some() {
            info!(
                file = archive.location,
                "a file of the archive can be read again"
            );
        }
    }

    /// The files that could not be used when somebody last tried, and are not back since.
    pub(crate) fn notices(&self) -> Vec<Notice> {
        lock(&self.away).retain(|_, error| match error {
            ShelfError::Away { path, .. } => opened(path).is_err(),
            _ => self.directory.is_none(),
        });
        let away: Vec<_> = lock(&self.away).values().cloned().collect();
        let damaged = lock(&self.damaged).values().cloned().collect::<Vec<_>>();
        let damaged: Vec<_> = damaged.into_iter().map(|(error, _)| error).collect();
        [
            (
                NoticeCode::ArchiveUnavailable,
                away,
                "can't be read",
                "What it holds is shown as archived, and what must read it waits, and goes on by itself once it can be read",
            ),
            (
                NoticeCode::ArchiveDamaged,
                damaged,
                "is not what was archived",
                "What of it is not the record's own is shown as archived, and what must read that waits",
            ),
        ]
        .into_iter()
        .filter_map(|(code, faults, what, so)| {
            let first = faults.first()?;
            let mut remedies: Vec<_> = faults.iter().map(ShelfError::remedy).collect();
            // Each once, that of the first in front.
            let mut told = BTreeSet::new();
            remedies.retain(|remedy| told.insert(*remedy));
            Some(Notice {
                code,
                detail: format!(
                    "a file of archived bodies and payloads {what} ({first}; files in all: {}). {so}. {}",
                    faults.len(),
                    remedies.join(". Of others: ")
                ),
                ledger: None,
            })
        })
        .collect()
    }
}

/// The shelf as a ledger knows it: not yet while the store is being recovered.
#[derive(Default)]
pub(crate) struct ShelfCell(OnceLock<Arc<Shelf>>);

impl ShelfCell {
    /// The shelf.
    pub(crate) fn get(&self) -> Option<&Shelf> {
        self.0.get().map(|shelf| &**shelf)
    }

    /// Says which it is, once.
    pub(crate) fn put(&self, shelf: &Arc<Shelf>) {
        self.0.get_or_init(|| Arc::clone(shelf));
    }
}

/// Opens what must be a plain file: neither a link nor something that keeps whoever opens it waiting.
fn opened(path: &Path) -> Result<(File, Metadata), ShelfError> {
    let found = fs::symlink_metadata(path).map_err(|error| ShelfError::away(path, &error))?;
    if !found.is_file() {
        return Err(ShelfError::Damaged {
            path: path.to_owned(),
            problem: "it is not a plain file".into(),
        });
    }
    let file = File::open(path).map_err(|error| ShelfError::away(path, &error))?;
    let metadata = file
        .metadata()
        .map_err(|error| ShelfError::away(path, &error))?;
    Ok((file, metadata))
}

/// What is wrong with a file that is another than was recorded.
pub(crate) const OTHER_SHA256: &str = "its SHA-256 is another than was recorded";

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
