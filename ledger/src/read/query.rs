//! Lists of events: posting blocks where the index reaches, the log's short tail beyond it.

use std::ops::ControlFlow;

use indelible_evidence::{body::Body, header::Header};
use indelible_store::{Store, TryScan, record::StoredRecord};

use crate::{
    keys::keyring::Keyring,
    read::{
        collector::{Collector, Found, Page},
        filter::{Filter, Sought},
        postings::{Alternatives, intersect},
        proof::sound_record,
        record::{RecordView, unlinked_record, unseal},
    },
    state::{error::ReadError, shared::LedgerState},
};

/// Lists events from `from` on: at most `limit`, and no more once `bytes_max` are reached.
pub(crate) fn list(
    ledger: &LedgerState,
    store: &dyn Store,
    keyring: &Keyring,
    filter: &Filter,
    from: u64,
    limit: usize,
    bytes_max: usize,
) -> Result<Page, ReadError> {
    let (from, end) = bounds(ledger, store, filter, from)?;
    let sought = Sought::of(filter, ledger, store, keyring)?;
    let terms = sought.terms(ledger)?;
    // Read before anything else: what is indexed only grows.
    let indexed = if terms.is_empty() {
        0
    } else {
        ledger
            .indexed
            .load(std::sync::atomic::Ordering::Acquire)
            .min(end)
    };
    let mut collector = Collector::new(ledger, store, keyring, sought, limit, bytes_max);
    let mut at = from;
    if at < indexed {
        let mut postings: Vec<_> = terms
            .into_iter()
            .map(|any| Alternatives::new(ledger, store, any))
            .collect();
        while let Some(sequence) =
            intersect(&mut postings, at)?.filter(|sequence| *sequence < indexed)
        {
            let view = unlinked_record(ledger, store, sequence)?;
            if collector.offer(view, Found::ByIndex)?.is_break() {
                return collector.finish();
            }
            at = sequence + 1;
        }
        at = indexed;
    }
    if at < end {
        store.try_scan(ledger.id, at, end, |sequence, value| {
            let view = RecordView::check(ledger, sequence, value.to_vec())?;
            collector.offer(view, Found::InOrder)
        })?;
    }
    collector.finish()
}

/// The first record and the end of what a filter leaves, from `from` on.
pub(super) fn bounds(
    ledger: &LedgerState,
    store: &dyn Store,
    filter: &Filter,
    from: u64,
) -> Result<(u64, u64), ReadError> {
    let size = ledger.size();
    let from = from.max(first_at(ledger, store, filter.from_time, 0, size)?);
    let end = match filter.to_time {
        Some(_) => first_at(ledger, store, filter.to_time, from.min(size), size)?,
        None => size,
    };
    Ok((from, end.min(filter.end.unwrap_or(size))))
}

/// The first record from `low` on that was recorded at `time` or later; `high` if there is none. Recorded
/// times never decrease, so this is a binary search; what it looks at on the way is not verified, but the two records
/// between which it ends are.
pub(crate) fn first_at(
    ledger: &LedgerState,
    store: &dyn Store,
    time: Option<u64>,
    low: u64,
    high: u64,
) -> Result<u64, ReadError> {
    let Some(time) = time else { return Ok(low) };
    let (mut found, mut above) = (low, high);
    while found < above {
        let middle = found + (above - found) / 2;
        if recorded_time(ledger, store, middle)? < time {
            found = middle + 1;
        } else {
            above = middle;
        }
    }
    if !ledger.is_suspect() {
        let is_before = |sequence: u64| {
            let view = sound_record(ledger, store, sequence)?;
            Ok::<_, ReadError>(view.header().time < time)
        };
        let ends_well =
            (found == low || is_before(found - 1)?) && (found >= high || !is_before(found)?);
        if !ends_well {
            return Err(ReadError::Damaged {
                sequence: found,
                what: "its time is not in order".into(),
            });
        }
    }
    Ok(found)
}

/// When a record was recorded, as its header says.
pub(crate) fn recorded_time(
    ledger: &LedgerState,
    store: &dyn Store,
    sequence: u64,
) -> Result<u64, ReadError> {
    let damaged = |what: String| ReadError::Damaged { sequence, what };
    let value = store
        .record(ledger.id, sequence)?
        .ok_or_else(|| damaged("it is missing from the store".into()))?;
    let stored = StoredRecord::decode(&value).map_err(|error| damaged(error.to_string()))?;
    Header::decode(stored.header)
        .map(|header| header.time)
        .map_err(|error| damaged(error.to_string()))
}

/// The record of the event with this source and id. Whoever gives it out checks that it is the ledger's.
pub(crate) fn find(
    ledger: &LedgerState,
    store: &dyn Store,
    keyring: &Keyring,
    source: &str,
    id: &str,
) -> Result<Option<u64>, ReadError> {
    let wanted = ledger.id_hash(source, id)?;
    // The cursor first: what is indexed after this is found in the tail as well.
    let indexed = ledger.indexed.load(std::sync::atomic::Ordering::Acquire);
    let mut found = Vec::with_capacity(1);
    store.find_ids(ledger.id, &[wanted], &mut found)?;
    let mut found = found.first().copied().flatten();
    if found.is_none() {
        let end = ledger.size().max(indexed);
        store.try_scan(ledger.id, indexed, end, |sequence, value| {
            let stored = StoredRecord::decode(value).map_err(|error| ReadError::Damaged {
                sequence,
                what: error.to_string(),
            })?;
            if stored.id_hash != wanted {
                return Ok(ControlFlow::Continue(()));
            }
            found = Some(sequence);
            Ok::<_, ReadError>(ControlFlow::Break(()))
        })?;
    }
    if let Some(sequence) = found {
        if sequence >= ledger.size() {
            let what = "the ledger has no such record".into();
            return Err(ReadError::Misindexed { sequence, what });
        }
        let mut view = unlinked_record(ledger, store, sequence)?;
        // Opened to be compared, and closed again.
        unseal(ledger, keyring, &mut view)?;
        let is_its_body = |body: Body<'_>| body.source == source && body.id == id;
        if view.stored().id_hash != wanted || !view.body().is_none_or(is_its_body) {
            return Err(ReadError::Misindexed {
                sequence,
                what: "it is the record of another event than the one that was asked for".into(),
            });
        }
    }
    Ok(found)
}
