//! What an order destroys: index entries, stored states, and keys; safe to repeat.

use std::{collections::HashSet, path::PathBuf};

use indelible_evidence::{hash::DataKeyId, header::Header};
use indelible_store::{Posting, PurgeScope, TryScan as _, record::StoredRecord};
use tracing::info;

use crate::{
    core::Core,
    follow::projection,
    operations::{
        destroying::await_index,
        erasing::{ErasureProgress, OnErasure},
    },
    read::ordered::set_complete,
    state::{
        erased_keys::OrderFromElsewhere,
        error::{AppendError, KeyEventError, ReadError},
        event_identity::Attribute,
        shared::LedgerState,
    },
};

/// What was destroyed.
pub(super) struct Destroyed {
    /// Events of which nobody has a key any more.
    pub(super) events: u64,
    /// Directories with an earlier state of the store, which may still hold the keys.
    pub(super) evidence: Vec<PathBuf>,
    pub(super) answers_in_transit: u64,
}

/// Destroys what an order names. Blocking.
pub(super) fn destroy(
    core: &Core,
    cell: &LedgerState,
    order: &OrderFromElsewhere,
    progress: OnErasure<'_>,
) -> Result<Destroyed, KeyEventError> {
    let answers_in_transit = cell.opened.end_all();
    let _one_at_a_time = core.erasing();
    // Whoever derives entries from a body has done so before its entries are taken out.
    let indexed = await_index(core, cell, cell.size(), &mut |left| {
        progress(ErasureProgress::Indexing { left });
    });
    match indexed {
        // The index of a ledger that is damaged may go no further; then nothing is derived either.
        Err(KeyEventError::Append(AppendError::Refused { .. })) if cell.index_is_given_up() => {}
        indexed => indexed?,
    }
    let data_keys: HashSet<_> = order.record.data_keys.iter().copied().collect();
    let sequences = sealed_under(core, cell, &data_keys)?;
    let total = sequences.len() as u64;
    progress(ErasureProgress::Destroying { done: 0, total });
    let postings = of_bodies(core, cell, &sequences)?;
    core.store.remove_postings(cell.id, &postings)?;
    projection::forget(cell, &*core.store, &sequences)?;
    core.followers.projector.ring();
    core.keyring.destroy(cell, &order.record.data_keys)?;
    progress(ErasureProgress::Destroying { done: total, total });
    let scope = PurgeScope {
        ledger: cell.id,
        // The sealed bodies stay.
        sequences: Vec::new(),
        postings,
    };
    let purged = core.store.purge(&[scope], &mut |step| {
        progress(ErasureProgress::Purging(step));
        core.go_on()
    })?;
    if purged.evidence.is_empty() {
        set_complete(&*core.store, cell, &order.act)?;
    }
    info!(
        ledger = %cell.origin(), sequence = order.record.sequence, events = total,
        "an erasure that is recorded in the store's own ledger is complete"
    );
    Ok(Destroyed {
        events: total,
        evidence: purged.evidence,
        answers_in_transit,
    })
}

/// The events under these keys, as their headers say: the index of such a ledger may lack some. A record that can't be read
/// names no key, and what it holds is as unreadable as the rest once the key is gone.
fn sealed_under(
    core: &Core,
    cell: &LedgerState,
    data_keys: &HashSet<DataKeyId>,
) -> Result<Vec<u64>, KeyEventError> {
    let mut found = Vec::new();
    core.store
        .try_scan(cell.id, 0, cell.size(), |sequence, value| {
            let stored = StoredRecord::decode(value).ok();
            let header = stored.and_then(|stored| Header::decode(stored.header).ok());
            let sealed = header.and_then(|header| header.kind.event()?.sealed);
            if sealed.is_some_and(|sealed| data_keys.contains(&sealed.data_key)) {
                found.push(sequence);
            }
            Ok::<_, ReadError>(core.go_on())
        })?;
    match core.is_draining() {
        true => Err(ReadError::Draining.into()),
        false => Ok(found),
    }
}

/// What the index has of the bodies of these events.
fn of_bodies(
    core: &Core,
    cell: &LedgerState,
    sequences: &[u64],
) -> Result<Vec<Posting>, KeyEventError> {
    if sequences.is_empty() {
        return Ok(Vec::new());
    }
    let mut found = core.store.find_postings(cell.id, sequences)?;
    found.retain(|posting| {
        let attribute = posting.term.attribute();
        attribute != Attribute::DataKey as u8 && attribute != Attribute::Type as u8
    });
    Ok(found)
}
