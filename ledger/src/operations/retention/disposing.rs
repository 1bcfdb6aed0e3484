//! What a run of retention is doing, for whoever waits.

use indelible_store::PurgeProgress;

/// What a run is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disposing {
    /// Looking at the records.
    Surveying,
    /// A disposal is recorded: from here on it can't be undone, and will be completed whatever happens.
    Recorded {
        /// The record that says so.
        sequence: u64,
    },
    /// All that this run has recorded so far is carried out.
    Complete,
    /// Waiting for the index to reach the records.
    Indexing {
        /// Records still to be indexed.
        left: u64,
    },
    /// Bodies, payloads and index entries are being destroyed.
    Destroying {
        /// Records whose parts are gone.
        done: u64,
        /// Records in all.
        total: u64,
    },
    /// What is destroyed is being removed from every file.
    Purging(PurgeProgress),
    /// A file of the archive is written, and is being read back.
    Archiving {
        /// Files that were recorded in this run.
        done: u64,
    },
    /// What is archived is leaving the store.
    Removing {
        /// Parts of the file that were looked at.
        done: u64,
        /// Its parts in all.
        total: u64,
    },
}

/// Told what a run is doing.
pub type OnDisposal<'a> = &'a mut dyn FnMut(Disposing);
