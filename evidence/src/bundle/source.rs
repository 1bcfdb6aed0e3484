//! Where a reader gets a bundle's files from: a tar, a directory, or something else.

use std::io;

/// Gives the files of a bundle, one after the other, in the order in which the reader asks for them.
pub trait FileSource {
    /// Opens the next file, which must be `name`, and gives the size that it claims.
    fn open(&mut self, name: &str) -> Result<u64, ArchiveError>;
    /// Reads some bytes of the open file: at least one, or none at its end.
    fn read(&mut self, out: &mut [u8]) -> Result<usize, ArchiveError>;
    /// Leaves the open file, which must have been read to its end.
    fn close(&mut self) -> Result<(), ArchiveError>;
    /// Checks that nothing but the files opened so far is there.
    fn finish(&mut self) -> Result<(), ArchiveError>;
}

impl<S: FileSource + ?Sized> FileSource for Box<S> {
    fn open(&mut self, name: &str) -> Result<u64, ArchiveError> {
        (**self).open(name)
    }

    fn read(&mut self, out: &mut [u8]) -> Result<usize, ArchiveError> {
        (**self).read(out)
    }

    fn close(&mut self) -> Result<(), ArchiveError> {
        (**self).close()
    }

    fn finish(&mut self) -> Result<(), ArchiveError> {
        (**self).finish()
    }
}

/// Why a source could not give what was asked for. All but `Io` say that the archive itself is wrong.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// Reading failed; that says nothing about the evidence.
    #[error("can't read the bundle: {0}")]
    Io(io::Error),
    /// The archive ends within a file or a header.
    #[error("the archive ends early")]
    Truncated,
    /// The archive, or the compressed frame around it, is not of the form of a bundle.
    #[error("{detail}")]
    Form {
        /// What is not.
        detail: String,
    },
    /// A file is missing.
    #[error("{name} is missing")]
    Missing {
        /// The missing file.
        name: String,
    },
    /// Another file stands where one was expected.
    #[error("{name} is missing: {found} stands in its place")]
    Unexpected {
        /// The file expected.
        name: String,
        /// The name that is there.
        found: String,
    },
    /// A file that does not belong to the bundle.
    #[error("{name} does not belong to the bundle")]
    Extra {
        /// The name that is there.
        name: String,
    },
    /// Bytes follow the end of the archive.
    #[error("bytes follow the end of the archive")]
    Trailing,
}

impl ArchiveError {
    /// What an error of a reader means. A decoder says `InvalidData` of input that can't be evidence.
    pub fn from_read(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Truncated,
            io::ErrorKind::InvalidData => Self::Form {
                detail: error.to_string(),
            },
            _ => Self::Io(error),
        }
    }
}
