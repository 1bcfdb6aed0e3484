//! Files of the archive of retention that a backup needs beside itself.

use std::{
    collections::BTreeSet,
    fs::File,
    io::{self, BufReader},
    path::Path,
};

use indelible_backup::{ArchiveEntry, Manifest, hash_of};
use indelible_compliance::reports::counted;
use sha2::{Digest as _, Sha256};

/// What is told of so many files; empty if there is none.
pub(super) fn needs(files: u64) -> String {
    match files {
        0 => String::new(),
        files => format!(
            "{} of retention.archive, which no backup has: keep a copy of that directory, too",
            counted(files, "file", "files")
        ),
    }
}

/// What was found of the files that a backup needs.
pub(super) struct Archive<'a> {
    /// The files.
    pub(super) needed: BTreeSet<&'a ArchiveEntry>,
    /// Whether they were looked at.
    pub(super) is_checked: bool,
    /// What is wrong with them.
    pub(super) findings: Vec<String>,
}

impl<'a> Archive<'a> {
    /// Looks at the files of a directory, if one is given.
    pub(super) fn of(manifest: &'a Manifest, directory: Option<&Path>) -> Self {
        let needed = manifest.archive();
        let problems = |directory: &Path| {
            let files = needed.iter();
            files
                .filter_map(|entry| problem(directory, entry))
                .collect()
        };
        Self {
            findings: directory.map(problems).unwrap_or_default(),
            is_checked: directory.is_some(),
            needed,
        }
    }

    /// What is told of it; empty if no file is needed.
    pub(super) fn words(&self) -> String {
        let files = self.needed.len() as u64;
        match (files, self.is_checked) {
            (0, _) => String::new(),
            (files, true) if self.findings.is_empty() => format!(
                "{} of retention.archive: each is there, and is what was archived",
                counted(files, "file", "files")
            ),
            (files, true) => format!(
                "{} of retention.archive, of which not all are right",
                counted(files, "file", "files")
            ),
            (files, false) => format!(
                "{}; --archive DIR looks whether a copy of it has them",
                needs(files)
            ),
        }
    }
}

/// What is wrong with a file, if something is.
fn problem(directory: &Path, entry: &ArchiveEntry) -> Option<String> {
    let path = directory.join(&entry.name);
    let told = |problem: String| Some(format!("archive: {}: {problem}", path.display()));
    match sha256_of(&path) {
        Ok(found) if hash_of(&entry.sha256) == Some(found) => None,
        Ok(_) => told("its SHA-256 is another than was recorded".to_owned()),
        Err(error) => told(error.to_string()),
    }
}

fn sha256_of(path: &Path) -> io::Result<[u8; 32]> {
    let mut reader = BufReader::new(File::open(path)?);
    let mut hasher = Hashing(Sha256::new());
    io::copy(&mut reader, &mut hasher)?;
    Ok(hasher.0.finalize().into())
}

struct Hashing(Sha256);

impl io::Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
