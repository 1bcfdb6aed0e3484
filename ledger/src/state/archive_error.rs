//! Why something can't be archived, or what is archived not be let go of.

use std::{
    io,
    path::{Path, PathBuf},
};

use thiserror::Error;

use crate::state::shelf::ShelfError;

/// What is wrong with the archive.
#[derive(Debug, Error)]
pub enum ArchiveError {
    /// The daemon was given no directory.
    #[error(
        "the daemon has no archive: set retention.archive in its configuration to a directory on another volume, and restart it"
    )]
    NotConfigured,
    /// The directory is not the archive, or its volume is not there.
    #[error(
        "{} is not the archive: the file indelible-archive is not in it; mount its volume, or name the right directory as \
         retention.archive", directory.display()
    )]
    NotTheArchive {
        /// The directory.
        directory: PathBuf,
    },
    /// The operating system refuses.
    #[error("{}: {problem}; mount its volume, make room, or give the directory to the daemon's user, and try again", path.display())]
    Io {
        /// What was written or read.
        path: PathBuf,
        /// What it says.
        problem: String,
    },
    /// The copy in the archive is not what was written, or no longer.
    #[error("{}: {problem}; nothing that it should hold has left the store", path.display())]
    CopyDiffers {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A file can't be read.
    #[error("what is archived can't be read: {0}. {remedy}", remedy = .0.remedy())]
    Shelf(#[from] ShelfError),
    /// The bundle could not be written.
    #[error("the file of the archive could not be written: {0}")]
    Write(String),
    /// A file holds what was erased beside what was not.
    #[error(
        "{} still holds bodies or payloads that a disposal erased, beside others whose time has not come; the disposal is \
         complete when these have gone, too", path.display()
    )]
    StillNeeded {
        /// The file.
        path: PathBuf,
    },
}

impl ArchiveError {
    pub(crate) fn io(path: &Path, error: &io::Error) -> Self {
        Self::Io {
            path: path.to_owned(),
            problem: error.to_string(),
        }
    }
}
