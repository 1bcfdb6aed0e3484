//! What whoever destroys parts of records does first: waits for the index, and finds what it has of the bodies.

use std::{collections::BTreeMap, sync::atomic::Ordering, time::Duration};

use indelible_store::{IndexTerm, Posting};

use crate::{
    core::Core,
    read::record::{unseal, unshortened_record},
    state::{
        error::{AppendError, KeyEventError, ReadError},
        event_identity::Attribute,
        shared::LedgerState,
    },
    write::index_terms::BodyTerms,
};

/// How often whoever waits for the index looks at it.
const INDEX_POLL: Duration = Duration::from_millis(20);

/// Nothing is destroyed by rules, and no ledger ends, where it is not known what is on record: a hold may be among what the
/// start could not read, or a change of the rules, whether the ledger is in quarantine or was closed since.
///
/// # Errors
/// If the start missed records or key events.
pub(super) fn check_all_is_known(cell: &LedgerState) -> Result<(), ReadError> {
    let why = || cell.state().1;
    if cell.doubts.has_unread_key_events() {
        return Err(ReadError::KeyEventsUnread(why()));
    }
    if cell.doubts.lacks_records() {
        return Err(ReadError::RecordsLacking(why()));
    }
    Ok(())
}

/// The records of all erasures and disposals of a ledger, ascending. What is linked and not durable yet may be among them.
pub(super) fn orders_of(cell: &LedgerState) -> Vec<u64> {
    let keys = cell.keys();
    let erasures = keys.erasures().iter().map(|erasure| erasure.sequence);
    let disposals = keys.disposals().iter();
    // What is archived is not destroyed.
    let disposals = disposals.filter(|disposal| !disposal.archives());
    let disposals = disposals.map(|disposal| disposal.sequence);
    let mut orders: Vec<_> = erasures.chain(disposals).collect();
    orders.sort_unstable();
    orders
}

/// Waits until the stored index covers all records below a size: from there on nothing derives anything from them. `left`
/// is told how many are still to be indexed.
pub(super) fn await_index(
    core: &Core,
    cell: &LedgerState,
    size: u64,
    left: &mut dyn FnMut(u64),
) -> Result<(), KeyEventError> {
    cell.want_index(size);
    loop {
        let indexed = cell.indexed.load(Ordering::Acquire);
        if indexed >= size {
            return Ok(());
        }
        // Where the store takes no writes any more, the index doesn't get any further either.
        if cell.index_is_given_up() || core.halt.is_stopped() {
            let (state, reason) = cell.state();
            return Err(AppendError::Refused { state, reason }.into());
        }
        if core.is_draining() {
            return Err(AppendError::Draining.into());
        }
        left(size - indexed);
        core.pause(INDEX_POLL);
    }
}

/// The index entries of the events: taken from their bodies as long as these can be read, and from the index otherwise.
pub(super) fn postings_of(
    core: &Core,
    cell: &LedgerState,
    sequences: &[u64],
) -> Result<Vec<Posting>, KeyEventError> {
    let mut by_term: BTreeMap<IndexTerm, Vec<u64>> = BTreeMap::new();
    let mut unreadable = Vec::new();
    for &sequence in sequences {
        let mut view = unshortened_record(cell, &*core.store, sequence)?;
        let opened = unseal(cell, &core.keyring, &mut view);
        match (opened, view.body()) {
            (Ok(()), Some(body)) => {
                for term in BodyTerms::of(cell.hasher()?, &body).iter() {
                    by_term.entry(term).or_default().push(sequence);
                }
            }
            (Err(error @ ReadError::DataKey(_)), _) => return Err(error.into()),
            (Err(_), _) | (Ok(()), None) => unreadable.push(sequence),
        }
    }
    let mut postings: Vec<_> = by_term
        .into_iter()
        .map(|(term, sequences)| Posting { term, sequences })
        .collect();
    if !unreadable.is_empty() {
        let kept = |posting: &Posting| {
            let attribute = posting.term.attribute();
            attribute != Attribute::DataKey as u8 && attribute != Attribute::Type as u8
        };
        let found = core.store.find_postings(cell.id, &unreadable)?;
        postings.extend(found.into_iter().filter(kept));
        postings.sort_unstable_by_key(|posting| posting.term);
        postings = merged(postings);
    }
    Ok(postings)
}

/// Joins postings of one term; they are sorted by term.
fn merged(postings: Vec<Posting>) -> Vec<Posting> {
    let mut out: Vec<Posting> = Vec::with_capacity(postings.len());
    for posting in postings {
        match out.last_mut() {
            Some(last) if last.term == posting.term => {
                last.sequences.extend(posting.sequences);
                last.sequences.sort_unstable();
                last.sequences.dedup();
            }
            _ => out.push(posting),
        }
    }
    out
}
