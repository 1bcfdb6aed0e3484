//! The archive of an engine, as a test sees it.

use std::{fs, path::PathBuf};

use indelible_store::{
    ReadStore as _,
    record::{Part, StoredRecord},
};

use super::rig::Rig;
use crate::Ledger;

impl Rig {
    /// One whose engine has an archive.
    pub(super) fn archiving() -> Self {
        let mut rig = Self::new();
        rig.archive = Some(tempfile::tempdir().unwrap());
        rig
    }

    /// The same, of a ledger that encrypts everything.
    pub(super) fn archiving_sealed() -> Self {
        let mut rig = Self::archiving();
        rig.encrypts_all = true;
        rig
    }

    /// The directory of the archive.
    pub(super) fn archive(&self) -> PathBuf {
        let place = self.archive.as_ref().unwrap();
        place.path().join("archive")
    }

    /// Where the directory of the archive is while its volume is not mounted.
    pub(super) fn away(&self) -> PathBuf {
        self.archive().with_file_name("away")
    }

    /// Takes the archive's volume away.
    pub(super) fn unmount(&self) {
        fs::rename(self.archive(), self.away()).unwrap();
    }

    /// Brings it back.
    pub(super) fn mount(&self) {
        fs::rename(self.away(), self.archive()).unwrap();
    }

    /// The files in the archive that hold something.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        let files = fs::read_dir(self.archive()).unwrap();
        let paths = files.map(|file| file.unwrap().path());
        let mut files: Vec<_> = paths
            .filter(|path| path.extension().is_some_and(|ending| ending == "tar"))
            .collect();
        files.sort();
        files
    }

    /// The words that stand for the parts of a record in the store.
    pub(super) fn words(&self, ledger: &Ledger, sequence: u64) -> (&'static str, &'static str) {
        let value = self.store.record(ledger.cell().id, sequence);
        let value = value.unwrap().unwrap();
        let stored = StoredRecord::decode(&value).unwrap();
        (word(stored.body), word(stored.payload))
    }
}

/// The word for a part.
fn word(part: Part<'_>) -> &'static str {
    match part {
        Part::None => "none",
        Part::Present { .. } => "present",
        Part::Erased => "erased",
        Part::Archived => "archived",
    }
}
