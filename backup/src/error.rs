//! Why something could not be done with backups.

use std::{io, path::PathBuf};

use crate::{id::BackupId, signature_problem::SignatureProblem};

/// Why a backup could not be made, read, checked, restored or taken away.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The operating system refused.
    #[error("can't {action} {}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file or directory.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The directory is not one for backups.
    #[error(
        "{} holds no backups: name the directory that the daemon backs up to ([backup] directory)",
        path.display()
    )]
    NotATarget {
        /// The directory.
        path: PathBuf,
    },
    /// The directory holds other things.
    #[error("{} holds {found:?} and no backups: name an empty directory", path.display())]
    Occupied {
        /// The directory.
        path: PathBuf,
        /// The first thing that was found there.
        found: String,
    },
    /// The backups are of a form that this program does not know.
    #[error(
        "{} says {found:?}, which this program does not know: use the release that made the backups",
        path.display()
    )]
    OtherForm {
        /// The file that says which form it is.
        path: PathBuf,
        /// What it says.
        found: String,
    },
    /// Somebody else writes to the directory.
    #[error(
        "another backup, restore, check or prune uses {}: wait until it has ended, and try again",
        path.display()
    )]
    InUse {
        /// The directory.
        path: PathBuf,
    },
    /// There is no such backup.
    #[error("{} has no backup {id}: `indelible backup list` shows which there are", path.display())]
    Unknown {
        /// The directory.
        path: PathBuf,
        /// The id that was asked for.
        id: BackupId,
    },
    /// There is no backup at all.
    #[error("{} has no backup yet", path.display())]
    Empty {
        /// The directory.
        path: PathBuf,
    },
    /// The backups are of several stores, so that nobody can say which is meant.
    #[error(
        "{} has backups of {} stores: say with --backup which one you mean: {}",
        path.display(), newest.len(), listed(newest)
    )]
    SeveralStores {
        /// The directory.
        path: PathBuf,
        /// Each store, with its newest backup.
        newest: Vec<(String, BackupId)>,
    },
    /// A manifest can't be used.
    #[error("the manifest of backup {id} can't be used: {problem}")]
    Manifest {
        /// The backup.
        id: BackupId,
        /// What is wrong with it.
        problem: String,
    },
    /// A manifest is not signed as it must be.
    #[error("the manifest of backup {id} is not what was signed: {problem}")]
    Signature {
        /// The backup.
        id: BackupId,
        /// What is wrong with it.
        problem: SignatureProblem,
    },
    /// What was copied is not what was read.
    #[error(
        "what was written to {} is not what was read: the volume of the backups loses or alters bytes; find out why before \
         you rely on it",
        path.display()
    )]
    NotWhole {
        /// The file that was written.
        path: PathBuf,
    },
    /// A file of the cut changed or went while it was copied.
    #[error(
        "the cut was taken away while it was copied: something in the store had to be rewritten for good"
    )]
    CutTaken,
    /// Somebody broke it off.
    #[error("it was broken off")]
    BrokenOff,
    /// The directory to restore into holds something.
    #[error("{} holds {found:?}: a restore needs a directory that is empty or not there", path.display())]
    NotEmpty {
        /// The directory.
        path: PathBuf,
        /// The first thing that was found there.
        found: String,
    },
    /// An object is missing or damaged.
    #[error("{} of backup {id} is damaged: {finding}", file)]
    Damaged {
        /// The backup.
        id: BackupId,
        /// The file of the store.
        file: String,
        /// What was found.
        finding: String,
    },
}

/// Stores with their newest backups, for people.
fn listed(newest: &[(String, BackupId)]) -> String {
    let each = newest
        .iter()
        .map(|(store, id)| format!("{id} is the newest of store {store}"));
    each.collect::<Vec<_>>().join(", ")
}

impl BackupError {
    /// For `map_err`, on a file or directory.
    pub(crate) fn io(
        action: &'static str,
        path: &std::path::Path,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io {
            action,
            path,
            source,
        }
    }
}
