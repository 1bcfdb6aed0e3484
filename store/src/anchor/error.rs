//! What can go wrong with an anchor.

use std::io;
use std::path::{Path, PathBuf};

use super::slot::ANCHOR_NOTE_BYTES_MAX;
use super::standing::Standing;
use crate::cause::Cause;
use crate::contracts::LedgerId;
use crate::error::advice;

/// Why an anchor was not written, or could not be looked at.
#[derive(Debug, thiserror::Error)]
pub enum AnchorError {
    /// The operating system refused.
    #[error("can't {action} the anchor{}: {source}{}", place(path.as_deref()), advice(Cause::of_io(source)))]
    Io {
        /// What was tried.
        action: &'static str,
        /// Where it lies, if it lies under a path.
        path: Option<PathBuf>,
        /// Why not.
        source: io::Error,
    },
    /// It is not in its place any more, and could not be written there anew.
    #[error(
        "don't restart the daemon while its anchor is missing: the anchor{} was not in its place ({found}), and could not be written \
         there anew: {source}. Let the daemon's user write to its directory (chown, chmod u+wx, ReadWritePaths= of a unit) and see \
         that its volume is there and has room; the daemon writes the anchor within seconds then, and a restart is right once \
         that is told", place(path.as_deref())
    )]
    NotReplaced {
        /// Where it lay, if it lay under a path.
        path: Option<PathBuf>,
        /// What was found there.
        found: Standing,
        /// Why not.
        source: io::Error,
    },
    /// There is no room for one more ledger. Nothing was lost: what the anchor holds stays in use.
    #[error(
        "the anchor has no room for ledger {ledger}, since its volume is full ({source}); make room there"
    )]
    NoRoom {
        /// The ledger.
        ledger: LedgerId,
        /// What the operating system said.
        source: io::Error,
    },
    /// A write or sync failed before, so what is on disk is not known. Only a
    /// restart, which reads it again, ends this.
    #[error("the anchor takes no more writes: {reason}")]
    Poisoned {
        /// What failed.
        reason: String,
    },
    /// The entry is older than the anchor. Nothing was written.
    #[error("ledger {ledger} is anchored at size {anchored}, and can't go back to {given}")]
    Backwards {
        /// The ledger.
        ledger: LedgerId,
        /// The anchored size.
        anchored: u64,
        /// The size given.
        given: u64,
    },
    /// The note does not fit a slot. Nothing was written.
    #[error(
        "the checkpoint of ledger {ledger} has {bytes} bytes, but a slot holds at most {ANCHOR_NOTE_BYTES_MAX}"
    )]
    NoteTooLong {
        /// The ledger.
        ledger: LedgerId,
        /// The note's length.
        bytes: usize,
    },
    /// Neither slot can be read, so neither may be overwritten.
    #[error(transparent)]
    Damaged(#[from] AnchorDamage),
    /// There is an anchor already.
    #[error("{} exists already", path.display())]
    Exists {
        /// Where.
        path: PathBuf,
    },
    /// Another process holds the anchor.
    #[error("{} is held by another process", path.display())]
    Locked {
        /// Where.
        path: PathBuf,
    },
}

impl AnchorError {
    /// The error, with the place that it is about.
    pub(super) fn at(mut self, place: &Path) -> Self {
        if let Self::Io { path, .. } = &mut self {
            path.get_or_insert_with(|| place.to_owned());
        }
        self
    }
}

/// A path behind the word *anchor*.
fn place(path: Option<&Path>) -> String {
    path.map_or_else(String::new, |path| format!(" {}", path.display()))
}

/// Why a ledger's entry can't be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnchorDamage {
    /// The one slot ever written can't be read, and the other never was: the
    /// first write was torn before anything rested on it, or the slot was
    /// damaged since.
    #[error("the only anchor slot ever written for ledger {ledger} can't be read")]
    FirstSlot {
        /// The ledger.
        ledger: LedgerId,
    },
    /// Neither of two slots can be read.
    #[error("neither anchor slot of ledger {ledger} can be read")]
    BothSlots {
        /// The ledger.
        ledger: LedgerId,
    },
}
