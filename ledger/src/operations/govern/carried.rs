//! The states that a bundle carries, so that a replay can begin at one of them.

use indelible_governance::{digest::Digest, record::Entry};

use super::{beginning::entry_of, stored_state::StoredState};
use crate::{core::Ledger, read::proof::sound_record, state::error::ReadError};

/// A state that a bundle carries.
#[derive(Debug)]
pub(crate) struct Carried {
    /// The record that names it.
    pub(crate) sequence: u64,
    pub(crate) digest: Digest,
    pub(crate) state: Vec<u8>,
}

/// The kept states that records from one up to another name, ascending. One that its record does not name is left out.
pub(crate) fn carried(ledger: &Ledger, from: u64, to: u64) -> Result<Vec<Carried>, ReadError> {
    let (cell, store) = (&ledger.cell, &*ledger.core.store);
    let mut all = Vec::new();
    for kept in StoredState::all(store, cell)? {
        let sequence = kept.label.record;
        if !(from..to).contains(&sequence) {
            continue;
        }
        let entry = entry_of(&sound_record(cell, store, sequence)?);
        let digest = Digest::of(&kept.state);
        if matches!(entry, Ok(Entry::Snapshot { digest: named, .. }) if named == digest) {
            all.push(Carried {
                sequence,
                digest,
                state: kept.state,
            });
        }
    }
    all.sort_by_key(|carried| carried.sequence);
    all.dedup_by_key(|carried| carried.sequence);
    Ok(all)
}
