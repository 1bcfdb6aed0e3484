//! A store's files as they were at one moment, for a backup.

use std::fs;
use std::path::{Path, PathBuf};

use super::id::LedgerId;
use crate::head::Head;

/// All that was durable at one moment, as files in a directory that nobody writes to. The directory goes when this is
/// dropped; a purge takes it away before, since it may hold what the purge is to remove.
#[derive(Debug)]
pub struct StoreCut {
    directory: PathBuf,
    heads: Vec<(LedgerId, Head)>,
}

impl StoreCut {
    pub(crate) fn new(directory: PathBuf, heads: Vec<(LedgerId, Head)>) -> Self {
        Self { directory, heads }
    }

    /// Where the files lie: all in one directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// How far each ledger had come that has records, in the order of their handles.
    pub fn heads(&self) -> &[(LedgerId, Head)] {
        &self.heads
    }
}

impl Drop for StoreCut {
    fn drop(&mut self) {
        // What is left is thrown away by the next cut, purge or start.
        let _left = fs::remove_dir_all(&self.directory);
    }
}
