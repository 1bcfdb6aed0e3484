//! Lists of events with the newest first: the log's tail backwards, then posting blocks from the last one on.

use std::ops::ControlFlow;

use indelible_store::{Store, TryScan};

use crate::{
    keys::keyring::Keyring,
    read::{
        collector::{Collector, Found, Page},
        filter::{Filter, Sought},
        postings::{Alternatives, intersect_backwards},
        query::bounds,
        record::{RecordView, unlinked_record},
    },
    state::{error::ReadError, shared::LedgerState},
};

/// Records that are read and proved together, since the log is read forwards: of a page that is full in between, so many
/// are read in vain.
const PIECE_RECORDS: u64 = 16;

/// Lists events between `from` and `below`, the newest first: at most `limit`, and no more once `bytes_max` are reached.
pub(crate) fn list(
    ledger: &LedgerState,
    store: &dyn Store,
    keyring: &Keyring,
    filter: &Filter,
    (from, below): (u64, Option<u64>),
    limit: usize,
    bytes_max: usize,
) -> Result<Page, ReadError> {
    let (from, end) = bounds(ledger, store, filter, from)?;
    let end = end.min(below.unwrap_or(end));
    let sought = Sought::of(filter, ledger, store, keyring)?;
    let terms = sought.terms(ledger)?;
    // Read before anything else: what is indexed only grows.
    let indexed = match terms.is_empty() {
        true => from,
        false => ledger.indexed.load(std::sync::atomic::Ordering::Acquire),
    };
    let indexed = indexed.clamp(from.min(end), end);
    let mut collector = Collector::new(ledger, store, keyring, sought, limit, bytes_max);
    let mut above = end;
    while above > indexed {
        let first = above.saturating_sub(PIECE_RECORDS).max(indexed);
        let mut piece = Vec::new();
        store.try_scan(ledger.id, first, above, |sequence, value| {
            piece.push(RecordView::check(ledger, sequence, value.to_vec())?);
            Ok::<_, ReadError>(ControlFlow::Continue(()))
        })?;
        if collector.offer_backwards(piece, Found::InOrder)?.is_break() {
            return collector.finish();
        }
        above = first;
    }
    let mut postings: Vec<_> = terms
        .into_iter()
        .map(|any| Alternatives::new(ledger, store, any))
        .collect();
    while above > from {
        let mut piece = Vec::new();
        while above > from && (piece.len() as u64) < PIECE_RECORDS {
            let found = intersect_backwards(&mut postings, above - 1)?;
            let Some(sequence) = found.filter(|sequence| *sequence >= from) else {
                above = from;
                break;
            };
            piece.push(unlinked_record(ledger, store, sequence)?);
            above = sequence;
        }
        piece.reverse();
        if collector.offer_backwards(piece, Found::ByIndex)?.is_break() {
            break;
        }
    }
    collector.finish()
}
