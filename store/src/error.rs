//! What can go wrong, named by what the caller must do next.

use std::io;
use std::path::{Path, PathBuf};

use indelible_evidence::DataKeyId;

use crate::cause::Cause;
use crate::contracts::id::{LedgerId, Term};

/// The result of most store calls.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// Why a store could not be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Bytes are missing or not what was written. Nothing repairs itself:
    /// keep the files, and call the operator.
    #[error("damaged store, {place}: {finding}")]
    Damaged {
        /// Where: a directory, or what of the ledger that the caller asked for. A ledger has no name here.
        place: String,
        /// What was found there.
        finding: String,
    },
    /// Another process holds the store. Whether that process is to be stopped depends on what was to be done: whoever opens the
    /// store says it.
    #[error(
        "{} is held by {holder}, and one process opens a store at a time",
        directory.display()
    )]
    Locked {
        /// The data directory.
        directory: PathBuf,
        /// The holder, as far as it told.
        holder: String,
    },
    /// The store was written in a layout that this program does not know.
    #[error(
        "{} has store layout {found}, but this program reads layouts {oldest} to {newest}: {}",
        directory.display(), layout_advice(*found, *newest)
    )]
    Layout {
        /// The data directory.
        directory: PathBuf,
        /// The layout found.
        found: u32,
        /// The oldest layout that is read.
        oldest: u32,
        /// The newest layout that is read, and the only one that is written.
        newest: u32,
    },
    /// An upgrade can't be taken back.
    #[error("{}: the upgrade can't be taken back: {reason}", directory.display())]
    NotReverted {
        /// The data directory.
        directory: PathBuf,
        /// Why not, and what to do.
        reason: String,
    },
    /// The directory holds other things, so it is not made a data directory.
    #[error(
        "{} holds {found:?}, which is not part of a store: choose an empty directory, or one that holds a store",
        directory.display()
    )]
    Occupied {
        /// The directory.
        directory: PathBuf,
        /// The first thing that was found there.
        found: String,
    },
    /// A restore of a backup was begun in the directory, and no store was adopted there.
    #[error(
        "in {} a restore of a backup was begun and not finished, so it holds no store, and none is made there: the same `indelible \
         backup restore` again completes it; to give it up, delete what lies in the directory",
        directory.display()
    )]
    RestoreUnfinished {
        /// The data directory.
        directory: PathBuf,
    },
    /// Everybody may write to the directory.
    #[error(
        "every user of this machine may write to {}: take that right away (chmod o-w), then look whether anybody used it",
        directory.display()
    )]
    OpenToAll {
        /// The directory.
        directory: PathBuf,
    },
    /// A file belongs to another user than the one that this process acts as.
    #[error(
        "{} belongs to user {owner}, and this program runs as user {own}: {}",
        path.display(), what_to_do(*owner, *group, *own)
    )]
    OtherOwner {
        /// The file or directory.
        path: PathBuf,
        /// Its user.
        owner: u32,
        /// Its group.
        group: u32,
        /// The user of this process.
        own: u32,
    },
    /// The data directory was taken away, or exchanged for another, while it was open.
    #[error(
        "the data directory {} {finding}: nothing is written any more; bring it back as it was, and restart the daemon",
        directory.display()
    )]
    Displaced {
        /// The data directory.
        directory: PathBuf,
        /// What has become of it.
        finding: &'static str,
    },
    /// The operating system refused.
    #[error("can't {action} {}: {source}{}", path.display(), advice(Cause::of_io(source)))]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file or directory.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The storage engine refused.
    #[error("the storage engine can't {action}: {detail}{}", advice(*cause))]
    Engine {
        /// What was tried.
        action: &'static str,
        /// The engine's own words.
        detail: String,
        /// What stands behind it, if the operating system refused.
        cause: Option<Cause>,
    },
    /// The store takes no writes until it is opened again (or, after a
    /// salvage, adopted).
    #[error("the store takes no writes: {reason}")]
    Stopped {
        /// Since when, and why.
        reason: String,
    },
    /// The catalog has no such ledger.
    #[error("the catalog has no ledger {ledger}")]
    UnknownLedger {
        /// The handle given.
        ledger: LedgerId,
    },
    /// An index batch does not begin where the index ends. Nothing was written.
    #[error("the index of ledger {ledger} ends at {stored}, but the batch begins at {given}")]
    IndexCursor {
        /// The ledger.
        ledger: LedgerId,
        /// Where the index ends.
        stored: u64,
        /// Where the batch begins.
        given: u64,
    },
    /// A data key is not there as the caller believed. Nothing was written.
    #[error("data key {key_id} of ledger {ledger} {finding}")]
    DataKeyConflict {
        /// The ledger.
        ledger: LedgerId,
        /// The key's id.
        key_id: DataKeyId,
        /// How it is.
        finding: &'static str,
    },
    /// A purge was broken off, or could not get rid of a file: what was taken
    /// away may still lie in the data directory. Purge again.
    #[error("erased data may still be in files: {reason}")]
    NotPurged {
        /// Why.
        reason: String,
    },
    /// The caller broke the contract. Nothing was written.
    #[error("malformed call: {problem}")]
    Malformed {
        /// How.
        problem: String,
    },
}

impl StoreError {
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| {
            if let Some(cause) = Cause::of_io(&source) {
                cause.met();
            }
            Self::Io {
                action,
                path,
                source,
            }
        }
    }

    /// What stands behind it, if the operating system refused. Then nothing is known to be wrong with what is stored.
    #[must_use]
    pub fn cause(&self) -> Option<Cause> {
        match self {
            Self::Io { source, .. } => Cause::of_io(source),
            Self::Engine { cause, .. } => *cause,
            Self::Displaced { .. } => Some(Cause::Gone),
            _ => None,
        }
    }
}

/// What to do about a file of another user.
fn what_to_do(owner: u32, group: u32, own: u32) -> String {
    match own {
        0 => format!(
            "the daemon of that user could not open what is written here; run this as that user: setpriv --reuid {owner} \
             --regid {group} --clear-groups indelible …"
        ),
        _ => format!(
            "run this as that user; if somebody else's command left the file there, give it back (chown -R {own} on the data \
             directory, chown {own} on the anchor)"
        ),
    }
}

/// The end of an error's sentence: the cause, and what to do.
pub(crate) fn advice(cause: Option<Cause>) -> String {
    cause.map_or_else(String::new, |cause| format!(". The cause: {cause}"))
}

/// Why a commit was not acknowledged.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// Another writer was there first, or the writer's idea of the head is
    /// stale. Nothing was written.
    #[error(
        "ledger {ledger} has size {actual_size} under term {actual_term}, but the commit expected another size or term"
    )]
    Conflict {
        /// The first ledger of the group that differs.
        ledger: LedgerId,
        /// Its stored size.
        actual_size: u64,
        /// The term that may write.
        actual_term: Term,
    },
    /// The caller broke the contract. Nothing was written.
    #[error("malformed commit for ledger {ledger}: {problem}")]
    Malformed {
        /// The ledger.
        ledger: LedgerId,
        /// How.
        problem: String,
    },
    /// The store takes no writes. Nothing was written.
    #[error("the store takes no writes: {reason}")]
    Stopped {
        /// Since when, and why.
        reason: String,
    },
    /// The write or its sync failed: the group may be on disk as a whole, or
    /// not at all, and only opening the store again tells. Until then it takes
    /// no writes.
    #[error("whether the commit is durable is unknown: {detail}{}", advice(*cause))]
    Unknown {
        /// The engine's own words.
        detail: String,
        /// What stands behind it, if the operating system refused.
        cause: Option<Cause>,
    },
}

/// What to do about a layout that is not read.
fn layout_advice(found: u32, newest: u32) -> &'static str {
    match found > newest {
        true => {
            "a newer release has written it, and nothing was changed. Start that release again; `indelible upgrade revert` of \
             that release goes back if it has recorded nothing yet"
        }
        false => {
            "an older release has written it, and nothing was changed. Upgrade first to a release in between, which the \
             release notes name"
        }
    }
}
