//! Whether a record names a data key. A key is kept before the event that it seals is admitted, so an append that is
//! refused leaves one that no record names; nobody is known by such a key.

use std::{ops::ControlFlow, sync::atomic::Ordering};

use indelible_evidence::{DataKeyId, header::Header};
use indelible_store::{Store, TryScan as _, record::StoredRecord};

use crate::state::{error::ReadError, event_identity::Attribute, shared::LedgerState};

/// How it is found out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// By the index alone: to find out of most keys, quickly, that they are named.
    Postings,
    /// By the index, and the records that it does not cover yet: for reads.
    Index,
    /// By all records, if the index knows none: for what is done about a person, which an index that lost something must
    /// not prevent.
    Records,
}

/// Whether a durable record names one of these data keys: an event that is sealed under it, an erasure, or a hold in
/// force. Blocking.
///
/// # Errors
/// If the store fails, a record is damaged, or one names a key and the index does not say so.
pub(crate) fn is_any_named(
    store: &dyn Store,
    cell: &LedgerState,
    ids: &[DataKeyId],
    look: Look,
) -> Result<bool, ReadError> {
    if ids.is_empty() {
        return Ok(false);
    }
    if cell.keys().names_any(ids) {
        return Ok(true);
    }
    // The cursor first: what is indexed after this is found in the tail as well.
    let indexed = cell.indexed.load(Ordering::Acquire);
    let mut is_named = false;
    for id in ids {
        let term = cell.term(Attribute::DataKey, id.as_bytes())?;
        store.postings(cell.id, &term, 0, &mut |block| {
            is_named |= !block.is_empty();
            ControlFlow::Break(())
        })?;
        if is_named {
            return Ok(true);
        }
    }
    let from = match look {
        Look::Postings => return Ok(false),
        Look::Index => indexed,
        Look::Records => 0,
    };
    match first_under(store, cell, ids, from)? {
        Some(sequence) if sequence < indexed => Err(ReadError::Misindexed {
            sequence,
            what: "nothing is encrypted under a data key, and this record is".into(),
        }),
        found => Ok(found.is_some()),
    }
}

/// The first record from `from` on that is sealed under one of these keys.
fn first_under(
    store: &dyn Store,
    cell: &LedgerState,
    ids: &[DataKeyId],
    from: u64,
) -> Result<Option<u64>, ReadError> {
    let mut found = None;
    store.try_scan(cell.id, from, cell.size(), |sequence, value| {
        let damaged = |what: String| ReadError::Damaged { sequence, what };
        let stored = StoredRecord::decode(value).map_err(|error| damaged(error.to_string()))?;
        let header = Header::decode(stored.header).map_err(|error| damaged(error.to_string()))?;
        let sealed = header.kind.event().and_then(|event| event.sealed);
        if sealed.is_some_and(|sealed| ids.contains(&sealed.data_key)) {
            found = Some(sequence);
            return Ok::<_, ReadError>(ControlFlow::Break(()));
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(found)
}
