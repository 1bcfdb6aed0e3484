//! Telling a file or directory from another that comes under its name.

use std::fs;
use std::os::unix::fs::MetadataExt;

/// Which file or directory it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Inode {
    device: u64,
    number: u64,
}

impl Inode {
    /// That of something that was looked at.
    pub(super) fn of(metadata: &fs::Metadata) -> Self {
        Self {
            device: metadata.dev(),
            number: metadata.ino(),
        }
    }
}
