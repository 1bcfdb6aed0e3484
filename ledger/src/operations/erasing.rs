//! What is told of an erasure, while it goes on and when it is done.

use std::path::PathBuf;

use indelible_evidence::hash::DataKeyId;
use indelible_keystore::KekId;
use indelible_store::PurgeProgress;

/// What an erasure is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErasureProgress {
    /// It is recorded: from here on it can't be undone, and will be completed whatever happens.
    Recorded {
        /// The record that says so.
        sequence: u64,
    },
    /// Waiting for the index to reach its record.
    Indexing {
        /// Records still to be indexed.
        left: u64,
    },
    /// Bodies, payloads, index entries and keys are being destroyed.
    Destroying {
        /// Events whose parts are gone.
        done: u64,
        /// Events in all.
        total: u64,
    },
    /// What is destroyed is being removed from every file.
    Purging(PurgeProgress),
}

/// Told what an erasure is doing.
pub type OnErasure<'a> = &'a mut dyn FnMut(ErasureProgress);

/// What an erasure did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erased {
    /// The record that says so.
    pub sequence: u64,
    /// When it was recorded, nanoseconds since 1970 UTC.
    pub time: u64,
    /// The data keys that are destroyed.
    pub data_keys: Vec<DataKeyId>,
    /// Events whose body and payload are gone.
    pub events: u64,
    /// Directories with an earlier state of the store, kept after damage, which may still hold what was erased.
    pub evidence: Vec<PathBuf>,
    /// Answers with opened content that ended, of which the transport had taken some already: it may still arrive.
    pub answers_in_transit: u64,
    /// The KEK that wrapped the keys: copies of them in earlier backups die with it.
    pub kek: KekId,
    /// The origin of the ledger whose record it is, where that is another one: this one takes no records. Then bodies and
    /// payloads stay as they are, and only their keys are destroyed.
    pub recorded_in: Option<String>,
}
