//! Lists of events: posting blocks where the index reaches, the log's short tail beyond it.

use std::ops::ControlFlow;

use indelible_evidence::{body::Body, header::Header};
use indelible_store::{Store, TryScan, record::StoredRecord};

use crate::{
    keys::keyring::Keyring,
    read::{
        filter::{Filter, Sought},
        postings::{Alternatives, intersect},
        proof::{Prover, sound_record},
        record::{RecordView, unlinked_record, unseal},
    },
    state::{error::ReadError, limits::LIST_EXAMINED_MAX, shared::LedgerState},
};

/// Some of the events that match, in sequence order.
#[derive(Debug, Default)]
pub struct Page {
    /// The events.
    pub records: Vec<RecordView>,
    /// Where to go on; none when there is no more.
    pub next: Option<u64>,
}

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
    let size = ledger.size();
    let from = from.max(first_at(ledger, store, filter.from_time, 0, size)?);
    let end = match filter.to_time {
        Some(_) => first_at(ledger, store, filter.to_time, from.min(size), size)?,
        None => size,
    };
    let end = end.min(filter.end.unwrap_or(size));
    let sought = Sought::of(filter, ledger, keyring)?;
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
    let mut collector = Collector {
        ledger,
        keyring,
        sought,
        page: Page::default(),
        limit,
        bytes_left: bytes_max,
        examined: 0,
        prover: Prover::new(ledger, store),
    };
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

/// How a record came to be looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    /// The index says that it has all that the filter asks for.
    ByIndex,
    /// It is the next one.
    InOrder,
}

/// Gathers a page and says when it is full.
struct Collector<'a> {
    ledger: &'a LedgerState,
    keyring: &'a Keyring,
    sought: Sought<'a>,
    page: Page,
    limit: usize,
    bytes_left: usize,
    examined: usize,
    prover: Prover<'a>,
}

impl Collector<'_> {
    /// The page, once all that was looked at for it is known to be the signed tree's: also what was left out.
    fn finish(mut self) -> Result<Page, ReadError> {
        self.prover.end()?;
        Ok(self.page)
    }

    fn offer(&mut self, mut view: RecordView, found: Found) -> Result<ControlFlow<()>, ReadError> {
        let bytes = view.bytes();
        let full = self.page.records.len() == self.limit
            || (bytes > self.bytes_left && !self.page.records.is_empty())
            || self.examined == LIST_EXAMINED_MAX;
        if full {
            self.page.next = Some(view.sequence());
            return Ok(ControlFlow::Break(()));
        }
        self.examined += 1;
        self.prover.take(&mut view)?;
        // What is sealed is opened to be looked at, and closed again: whether the caller may read it is not
        // for here to say.
        if self.sought.needs_body() {
            unseal(self.ledger, self.keyring, &mut view)?;
        }
        if self.sought.matches(&view) {
            view.reseal();
            self.bytes_left = self.bytes_left.saturating_sub(bytes);
            self.page.records.push(view);
        } else if found == Found::ByIndex && !self.ledger.is_suspect() {
            self.check_absent(&view)?;
        }
        Ok(ControlFlow::Continue(()))
    }

    /// A record that the index names must match, unless its body is gone: an erasure takes its postings away later.
    fn check_absent(&self, view: &RecordView) -> Result<(), ReadError> {
        if view.body().is_none() && self.sought.admits_header(view) {
            return Ok(());
        }
        // What has no index is compared on the records that the index leaves.
        if self.sought.matches_what_is_indexed(view) {
            return Ok(());
        }
        Err(ReadError::Misindexed {
            sequence: view.sequence(),
            what: "it does not have what a list was filtered by".into(),
        })
    }
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

fn recorded_time(ledger: &LedgerState, store: &dyn Store, sequence: u64) -> Result<u64, ReadError> {
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
