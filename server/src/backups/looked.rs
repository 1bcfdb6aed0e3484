//! What was seen in a place for backups that no record tells of.

use indelible_backup::BackupId;

use super::catalogue::Known;

/// A backup that the store's own key signed, and that was never begun as far as the store's records know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ahead {
    pub(crate) id: BackupId,
    /// Of which ledgers it has more records than the store, in words; empty if it has not, or that can't be seen.
    pub(crate) beyond: String,
}

/// What was seen in one place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Looked {
    /// Which volume or bucket was there.
    pub(crate) target: String,
    /// Backups that are of this store, or say so, or can't be read, and that are not known there. Newest first.
    pub(crate) strangers: Vec<Known>,
    /// Those of them by which the store is behind its own backups. Newest first.
    pub(crate) ahead: Vec<Ahead>,
    /// How many backups of other stores lie there.
    pub(crate) of_other_stores: usize,
}
