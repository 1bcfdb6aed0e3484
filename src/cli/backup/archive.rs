//! Files of the archive of retention that a backup needs beside itself.

use std::{collections::BTreeSet, fs::File, path::Path};

use indelible_backup::{ArchiveEntry, BackupId, Manifest, hash_of};
use indelible_compliance::reports::counted;
use indelible_evidence::hashing::sha256_of;

use crate::cli::{error::CliError, exit::Exit};

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
    /// The directory in which they were looked for; none if none was given.
    directory: Option<&'a Path>,
    /// What is wrong with them.
    flaws: Vec<Flaw>,
}

/// What is wrong with a file.
struct Flaw {
    /// In words.
    words: String,
    /// Whether it is there, and is something else than was archived.
    is_altered: bool,
}

impl<'a> Archive<'a> {
    /// Looks at the files of a directory, if one is given.
    pub(super) fn of(manifest: &'a Manifest, directory: Option<&'a Path>) -> Self {
        let needed = manifest.archive();
        let flaws = |directory: &Path| {
            let files = needed.iter();
            files.filter_map(|entry| flaw(directory, entry)).collect()
        };
        Self {
            flaws: directory.map(flaws).unwrap_or_default(),
            directory,
            needed,
        }
    }

    /// Whether the files were looked at.
    pub(super) fn is_checked(&self) -> bool {
        self.directory.is_some()
    }

    /// What is wrong with them, in words.
    pub(super) fn findings(&self) -> Vec<&str> {
        self.flaws.iter().map(|flaw| flaw.words.as_str()).collect()
    }

    /// Refuses to call complete an archive that lacks files that a backup needs. The backup is not concerned.
    ///
    /// # Errors
    /// If a file is missing, can't be read, or is another.
    pub(super) fn check(&self, backup: &BackupId) -> Result<(), CliError> {
        let (Some(directory), false) = (self.directory, self.flaws.is_empty()) else {
            return Ok(());
        };
        let altered = self.flaws.iter().filter(|flaw| flaw.is_altered).count();
        let missing = self.flaws.len() - altered;
        let files = |count: usize| counted(count as u64, "file", "files");
        let problem = match (missing, altered) {
            (missing, 0) => format!("{} can't be read there", files(missing)),
            (0, altered) => format!("{} there are not what was archived", files(altered)),
            (missing, altered) => format!(
                "{} can't be read there, and {} are not what was archived",
                files(missing),
                files(altered)
            ),
        };
        Err(CliError::Serve {
            exit: match altered {
                0 => Exit::Unavailable,
                _ => Exit::Refused,
            },
            problem: format!(
                "backup {backup} is intact, but {} does not have all files of the archive that it needs: {problem}. Look for right \
                 copies of these files, in the daemon's own archive first, and copy them there",
                directory.display()
            ),
        })
    }

    /// What is told of it; empty if no file is needed.
    pub(super) fn words(&self) -> String {
        let files = self.needed.len() as u64;
        match (files, self.is_checked()) {
            (0, _) => String::new(),
            (files, true) if self.flaws.is_empty() => format!(
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
fn flaw(directory: &Path, entry: &ArchiveEntry) -> Option<Flaw> {
    let path = directory.join(&entry.name);
    let told = |problem: &str, is_altered: bool| {
        let words = format!("{}: {problem}", path.display());
        Some(Flaw { words, is_altered })
    };
    let found = File::open(&path).and_then(|mut file| sha256_of(&mut file));
    match found {
        Ok(found) if hash_of(&entry.sha256) == Some(found) => None,
        Ok(_) => told("its SHA-256 is another than was recorded", true),
        Err(error) => told(&error.to_string(), false),
    }
}
