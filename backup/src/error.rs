//! Why something could not be done with backups.

use std::{io, path::PathBuf};

use indelible_bucket::BucketError;

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
    /// Something else lies where a file or a folder of backups should be, such as a link, which could lead anywhere.
    #[error(
        "{} is not {what} itself: a link, or something else, lies there, and is not followed; find out who put it there", path.display()
    )]
    NotItself {
        /// Where.
        path: PathBuf,
        /// What should be there.
        what: &'static str,
    },
    /// The directory is not one for backups.
    #[error(
        "{place} holds no backups: name where the daemon backs up to ([backup] directory or bucket)"
    )]
    NotATarget {
        /// The directory or the bucket.
        place: String,
    },
    /// Nothing is where the directory of backups should be, as where a volume is not mounted.
    #[error(
        "{place} holds nothing, so its volume may not be mounted: mount it, or name where the daemon backs up to ([backup] directory \
         or bucket)"
    )]
    Away {
        /// The directory.
        place: String,
    },
    /// A manifest or a note is longer than any that a backup has.
    #[error(
        "{file} has {bytes} bytes, and none that this program writes has more than {bytes_max}"
    )]
    TooLong {
        /// The file.
        file: String,
        /// How many it has.
        bytes: u64,
        /// How many it may have.
        bytes_max: u64,
    },
    /// The directory holds other things.
    #[error(
        "{place} holds {found:?} and no backups: name an empty directory, or a prefix of the bucket that is in use by nobody"
    )]
    Occupied {
        /// The directory or the bucket.
        place: String,
        /// The first thing that was found there.
        found: String,
    },
    /// The backups are of a form that this program does not know.
    #[error(
        "{place} says {found:?}, which this program does not know: use the release that made the backups"
    )]
    OtherForm {
        /// The file that says which form it is.
        place: String,
        /// What it says.
        found: String,
    },
    /// Somebody else writes to the directory.
    #[error(
        "another backup, restore, check or prune uses {place}: wait until it has ended, and try again"
    )]
    InUse {
        /// The directory.
        place: String,
    },
    /// Another program holds the bucket.
    #[error(
        "another backup or prune uses {place}: wait until it has ended, and try again; {}",
        until(.seconds.as_ref(), .place)
    )]
    HeldByOther {
        /// The bucket.
        place: String,
        /// Seconds until its hold ends, if nothing more is heard of it; none if the server keeps no times.
        seconds: Option<u64>,
    },
    /// Another program took the bucket meanwhile.
    #[error(
        "{place} was taken over meanwhile by another program, since nothing was heard of this one for too long: nothing was \
         added, try again"
    )]
    HoldLost {
        /// The bucket.
        place: String,
    },
    /// A backup was taken away while it was read.
    #[error(
        "backup {id} was taken away from {place} while it was read: `indelible backup list` shows which there are"
    )]
    TakenAway {
        /// The directory or the bucket.
        place: String,
        /// The backup.
        id: BackupId,
    },
    /// Something stands in the bucket where a new backup's manifest belongs.
    #[error(
        "{place} is there already, and is not what was to be written: nothing was added, try again"
    )]
    InTheWay {
        /// What stands there.
        place: String,
    },
    /// The bucket can't be used.
    #[error(transparent)]
    Bucket(#[from] BucketError),
    /// There is no such backup.
    #[error("{place} has no backup {id}: `indelible backup list` shows which there are")]
    Unknown {
        /// The directory or the bucket.
        place: String,
        /// The id that was asked for.
        id: BackupId,
    },
    /// There is no backup at all.
    #[error("{place} has no backup yet")]
    Empty {
        /// The directory or the bucket.
        place: String,
    },
    /// The backups are of several stores, so that nobody can say which is meant.
    #[error(
        "{place} has backups of {} stores: say with --backup which one you mean: {}",
        newest.len(), listed(newest)
    )]
    SeveralStores {
        /// The directory or the bucket.
        place: String,
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
        "what was written to {place} is not what was read: the volume or the bucket of the backups loses or alters bytes; find \
         out why before you rely on it"
    )]
    NotWhole {
        /// The file that was written.
        place: String,
    },
    /// A file of the cut changed or went while it was copied.
    #[error(
        "the cut was taken away while it was copied: something in the store had to be rewritten for good"
    )]
    CutTaken,
    /// A file can't be encrypted.
    #[error("a file can't be encrypted: {problem}")]
    Encrypt {
        /// Why not.
        problem: String,
    },
    /// An encrypted backup is to be read without a key.
    #[error(
        "backup {id} is encrypted to {}: name the file with that key's identity (AGE-SECRET-KEY-1…) with --identity",
        recipients.join(" and ")
    )]
    NoIdentity {
        /// The backup.
        id: BackupId,
        /// To whom it is encrypted.
        recipients: Vec<String>,
    },
    /// An encrypted backup is to be read with another key.
    #[error(
        "backup {id} is encrypted to {}, and the identity that was given is that of {}: name the file with the right one with \
         --identity",
        recipients.join(" and "), given.join(" and ")
    )]
    WrongIdentity {
        /// The backup.
        id: BackupId,
        /// To whom it is encrypted.
        recipients: Vec<String>,
        /// Whose identities were given.
        given: Vec<String>,
    },
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

/// What is said of a file that is none.
pub(crate) const NOT_PLAIN: &str = "it is not a plain file";

/// Whether a file could not be opened because something else lies there.
pub(crate) fn is_no_plain_file(error: &io::Error) -> bool {
    let is_ours = || {
        let inner = error.get_ref();
        inner.is_some_and(|inner| inner.to_string() == NOT_PLAIN)
    };
    error.raw_os_error() == Some(libc::ELOOP) || is_ours()
}

/// Stores with their newest backups, for people.
fn listed(newest: &[(String, BackupId)]) -> String {
    let each = newest
        .iter()
        .map(|(store, id)| format!("{id} is the newest of store {store}"));
    each.collect::<Vec<_>>().join(", ")
}

/// When another program's hold ends, for people.
fn until(seconds: Option<&u64>, place: &str) -> String {
    match seconds {
        Some(seconds) => format!("if it was killed, its hold ends in {seconds} s"),
        None => format!(
            "if no program is at work there, remove {place}/lock: the server does not say how old it is"
        ),
    }
}

impl BackupError {
    /// For `map_err`, on a file that is opened to be read.
    pub(crate) fn opening(path: &std::path::Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| match is_no_plain_file(&source) {
            true => Self::NotItself {
                path,
                what: "a plain file",
            },
            false => Self::Io {
                action: "open",
                path,
                source,
            },
        }
    }

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
