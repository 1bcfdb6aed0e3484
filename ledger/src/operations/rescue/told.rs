//! What the store's own ledger tells: which erasures were done, and to whom copies of data keys were sealed.

use std::collections::{BTreeMap, HashMap, HashSet};

use data_encoding::HEXLOWER;
use indelible_evidence::{
    DataKeyId,
    body::{Body, FactValue},
    header::Header,
};
use indelible_store::{
    Store, StoreError,
    record::{Part, StoredRecord},
};

use super::outcome::{NamedRecipient, Shortfall};
use crate::{
    operations::system::SystemKind,
    read::ordered::told as ordered,
    state::{error::ReadError, shared::LedgerState},
};

/// What the store's own ledger tells of the erasures in one ledger.
#[derive(Default)]
pub(super) struct ErasuresTold {
    /// The newest record of one.
    newest: u64,
    /// The keys that it names: a long list is not there whole.
    pub(super) data_keys: HashSet<DataKeyId>,
}

impl ErasuresTold {
    /// Whether a ledger lacks the newest of them.
    pub(super) fn shortfall(&self, cell: &LedgerState) -> Option<Shortfall> {
        let Self { newest, .. } = self;
        (*newest >= cell.size()).then(|| Shortfall::Missing {
            from: cell.size(),
            to: newest + 1,
            witness: format!("the erasure in record {newest} that _system tells of"),
        })
    }
}

/// What the store's own ledger tells of erasures that were done, by the origin of their ledger.
pub(super) fn erasures_told(
    store: &dyn Store,
    system: &LedgerState,
) -> Result<HashMap<String, ErasuresTold>, ReadError> {
    let mut told: HashMap<String, ErasuresTold> = HashMap::new();
    for record in 0..end(store, system)? {
        let value = store.record(system.id, record)?;
        if let Some((origin, sequence, data_keys)) = value.as_deref().and_then(erasure_in) {
            let told = told.entry(origin).or_default();
            told.newest = sequence.max(told.newest);
            told.data_keys.extend(data_keys);
        }
        // It stands in no record of the ledger that it is about.
        if let Some(ordered) = value.as_deref().and_then(|value| ordered(value, None)) {
            let told = told.entry(ordered.origin).or_default();
            told.data_keys.extend(ordered.data_keys);
        }
    }
    Ok(told)
}

/// From which ledger what was erased, and by which of its records, if a record of the store's own ledger says so.
fn erasure_in(value: &[u8]) -> Option<(String, u64, Vec<DataKeyId>)> {
    let body = body_of(value, SystemKind::Erased)?;
    // Only where it was done a record of the ledger is named.
    let (Some(FactValue::Text(origin)), Some(FactValue::Uint(sequence))) =
        (fact(&body, "origin"), fact(&body, "sequence"))
    else {
        return None;
    };
    let named = match fact(&body, "data_keys") {
        Some(FactValue::Text(named)) => named,
        _ => "",
    };
    let id = |text: &str| {
        let bytes = HEXLOWER.decode(text.as_bytes()).ok()?;
        Some(DataKeyId::from_bytes(bytes.try_into().ok()?))
    };
    let data_keys = named.split(',').filter_map(id).collect();
    Some(((*origin).to_owned(), *sequence, data_keys))
}

/// To whom copies of data keys were sealed, in the order in which they were named first: a configuration is on record before
/// anything is sealed to its recipients.
///
/// # Errors
/// If the store can't be read.
pub(super) fn recipients_told(
    store: &dyn Store,
    system: &LedgerState,
) -> Result<Vec<NamedRecipient>, StoreError> {
    let mut told: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for record in 0..end(store, system)? {
        let value = store.record(system.id, record)?;
        for recipient in value.as_deref().map(recipients_in).unwrap_or_default() {
            told.entry(recipient).or_insert((record, record)).1 = record;
        }
    }
    let mut told: Vec<_> = told
        .into_iter()
        .map(|(recipient, (first, last))| NamedRecipient {
            recipient,
            first,
            last,
        })
        .collect();
    told.sort_by_key(|one| one.first);
    Ok(told)
}

/// The recipients that a record of a configuration names.
fn recipients_in(value: &[u8]) -> Vec<String> {
    let body = body_of(value, SystemKind::ConfigurationLoaded);
    let named = body.and_then(|body| match fact(&body, "rescue_recipients") {
        Some(FactValue::Text(named)) => Some((*named).to_owned()),
        _ => None,
    });
    let named = named.unwrap_or_default();
    named.split_whitespace().map(str::to_owned).collect()
}

/// One past the last record, also of what stands behind the head, and beyond a gap.
fn end(store: &dyn Store, system: &LedgerState) -> Result<u64, StoreError> {
    Ok(store.last_record(system.id)?.map_or(0, |last| last + 1))
}

/// The body of a record of the store's own ledger, if it is of this kind.
fn body_of(value: &[u8], kind: SystemKind) -> Option<Body<'_>> {
    let stored = StoredRecord::decode(value).ok()?;
    let header = Header::decode(stored.header).ok()?;
    let event = header.kind.event()?;
    let Part::Present { bytes, .. } = stored.body else {
        return None;
    };
    if event.event_type != kind.event_type() || event.sealed.is_some() {
        return None;
    }
    Body::decode(bytes).ok()
}

fn fact<'b, 'v>(body: &'b Body<'v>, name: &str) -> Option<&'b FactValue<'v>> {
    let mut facts = body.facts.iter();
    facts
        .find(|(fact, _)| *fact == name)
        .map(|(_, value)| value)
}
