//! Why a part can't be taken from the archive, and what to do about it.

use std::{
    io,
    path::{Path, PathBuf},
};

use thiserror::Error;

/// The file by which a directory is known as the archive.
pub const ARCHIVE_MARK: &str = "indelible-archive";

/// Why a part can't be taken from the shelf.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ShelfError {
    /// The daemon was given no directory.
    #[error("the configuration names no archive, and {file} is needed")]
    NoDirectory {
        /// The file that is wanted.
        file: String,
    },
    /// The file is not there, or can't be read.
    #[error("{}: {problem}", path.display())]
    Away {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        problem: String,
        /// What is to be brought back.
        lack: ArchiveLack,
    },
    /// It is there, and is not what was archived.
    #[error("{}: {problem}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
}

/// What keeps a file of the archive from being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArchiveLack {
    /// The archive is not there: its volume is not mounted, or it lies elsewhere.
    Archive,
    /// The archive is there, and the file is not in it.
    File,
    /// The operating system does not let the daemon read it.
    Right,
    /// The volume does not give it out.
    Volume,
}

impl ShelfError {
    /// What reading a file came to.
    pub(crate) fn away(path: &Path, error: &io::Error) -> Self {
        let is_archive = || {
            let directory = path.parent();
            directory.is_some_and(|directory| directory.join(ARCHIVE_MARK).exists())
        };
        let lack = match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => match is_archive() {
                true => ArchiveLack::File,
                false => ArchiveLack::Archive,
            },
            io::ErrorKind::PermissionDenied => ArchiveLack::Right,
            _ => ArchiveLack::Volume,
        };
        Self::Away {
            path: path.to_owned(),
            problem: error.to_string(),
            lack,
        }
    }

    /// What to do about it, in a sentence without its end.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::NoDirectory { .. } => {
                "Set retention.archive to the directory that holds it, and restart the daemon"
            }
            Self::Away { lack, .. } => match lack {
                ArchiveLack::Archive => {
                    "Bring the archive back: mount its volume, or, if it was moved, name its place as retention.archive and restart \
                     the daemon"
                }
                ArchiveLack::File => {
                    "The archive is there and lacks this file: put it back from a copy of the archive"
                }
                ArchiveLack::Right => {
                    "Let the daemon's user read it: look at the owner and the rights of the file and of the directories above it, and \
                     at what the daemon's unit lets it see"
                }
                ArchiveLack::Volume => {
                    "Look at the volume, whose error that is; if the file is lost, put it back from a copy of the archive"
                }
            },
            Self::Damaged { .. } => {
                "Put back a copy of the file: its SHA-256 stands in its name and in the disposal's record"
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_to_do_about_a_file_that_can_t_be_read_depends_on_what_is_lacking() {
        let place = tempfile::tempdir().unwrap();
        let archive = place.path().join("archive");
        let file = archive.join("file.tar");
        let remedy = |kind: io::ErrorKind| ShelfError::away(&file, &kind.into()).remedy();
        assert!(remedy(io::ErrorKind::NotFound).contains("mount its volume"));
        // A mount point without its volume.
        fs::create_dir(&archive).unwrap();
        assert!(remedy(io::ErrorKind::NotFound).contains("mount its volume"));
        fs::write(archive.join(ARCHIVE_MARK), "").unwrap();
        assert!(remedy(io::ErrorKind::NotFound).contains("lacks this file"));
        assert!(remedy(io::ErrorKind::PermissionDenied).contains("daemon's user"));
        assert!(remedy(io::ErrorKind::Other).contains("volume"));
    }
}
