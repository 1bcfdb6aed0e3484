//! The times that a start knows of.

use crate::{check::recovery::Recovered, follow::publication};

/// The newest recorded time of the ledgers that were found sound, none if there is none; and the newest time that an
/// identity key has signed a checkpoint with, which the daemon does every hour also if nothing is recorded.
pub(super) fn times(recovered: &[Recovered]) -> (Option<u64>, u64) {
    let sound = || recovered.iter().filter(|one| one.finding.is_none());
    let newest = sound().map(|one| one.cell.committed().head.time).max();
    let signed = sound().filter_map(|one| publication::signed_time(&one.cell));
    (newest, signed.max().unwrap_or(0))
}
