//! The records of the store's own ledger that order an erasure elsewhere: made, and read back.

use data_encoding::HEXLOWER;
use indelible_evidence::{
    body::{Body, FactValue},
    hash::DataKeyId,
    header::Header,
};
use indelible_store::{
    Store, StoreError,
    record::{Part, StoredRecord},
};

use crate::{
    operations::system::{SystemEvent, SystemFact, SystemKind},
    state::{erased_keys::OrderFromElsewhere, orders::ErasureRecord, shared::LedgerState},
};

/// How an event of an erasure ends that orders it.
pub(crate) const ORDERED: &str = "ordered";
/// Ids of data keys that one record names.
const KEYS_NAMED_MAX: usize = 30;

/// The events that order an erasure from a ledger: it is named by its origin, and with its head.
pub(super) fn order(
    cell: &LedgerState,
    act: &str,
    data_keys: &[DataKeyId],
    basis: &str,
) -> Vec<SystemEvent> {
    let text = |text: &str| SystemFact::Text(text.to_owned());
    let (size, root) = {
        let committed = cell.committed();
        (committed.head.size, committed.head.root)
    };
    let of = |keys: &[DataKeyId]| {
        let ids: Vec<_> = keys
            .iter()
            .map(|key| HEXLOWER.encode(key.as_bytes()))
            .collect();
        let mut event = SystemEvent::new(SystemKind::Erased)
            .with("outcome", text(ORDERED))
            .with("origin", text(cell.origin().as_str()))
            .with("size", SystemFact::Uint(size))
            .with("root", text(&HEXLOWER.encode(root.as_bytes())))
            .with("data_keys", text(&ids.join(",")))
            .with("data_key_count", SystemFact::Uint(keys.len() as u64))
            .with("basis", text(basis));
        event.ledger = Some(cell.descriptor.name.as_str().to_owned());
        event.act = Some(act.to_owned());
        event
    };
    data_keys.chunks(KEYS_NAMED_MAX).map(of).collect()
}

/// The order of an act, if it is recorded from a record on: its records stand one after the other.
///
/// # Errors
/// If the store can't be read.
pub(super) fn ordered(
    store: &dyn Store,
    system: &LedgerState,
    (act, from): (&str, u64),
    cell: &LedgerState,
) -> Result<Option<OrderFromElsewhere>, StoreError> {
    let mut found: Option<ErasureRecord> = None;
    for sequence in from..system.size() {
        let value = store.record(system.id, sequence)?;
        let told = value.as_deref().and_then(|value| told(value, Some(act)));
        match (told, &mut found) {
            (Some(told), found) if told.origin == cell.origin().as_str() => {
                let record = found.get_or_insert_with(|| ErasureRecord {
                    sequence,
                    time: told.time,
                    data_keys: Vec::new(),
                    basis: told.basis,
                    recorded_in: Some(system.origin().to_string()),
                });
                record.data_keys.extend(told.data_keys);
            }
            (_, Some(_)) => break,
            (_, None) => {}
        }
    }
    Ok(found.map(|record| OrderFromElsewhere {
        act: act.to_owned(),
        record,
    }))
}

/// What a record says that orders an erasure.
pub(crate) struct Told {
    /// From which ledger.
    pub(crate) origin: String,
    /// The keys.
    pub(crate) data_keys: Vec<DataKeyId>,
    basis: String,
    /// When it was recorded, nanoseconds since 1970 UTC.
    time: u64,
}

/// What a record of the store's own ledger orders; of this act alone, if one is given.
pub(crate) fn told(value: &[u8], act: Option<&str>) -> Option<Told> {
    let stored = StoredRecord::decode(value).ok()?;
    let header = Header::decode(stored.header).ok()?;
    let event = header.kind.event()?;
    let Part::Present { bytes, .. } = stored.body else {
        return None;
    };
    if event.event_type != SystemKind::Erased.event_type() || event.sealed.is_some() {
        return None;
    }
    let body = Body::decode(bytes).ok()?;
    if act.is_some_and(|act| body.correlation_id != Some(act)) {
        return None;
    }
    let text = |wanted: &str| {
        let mut facts = body.facts.iter();
        facts.find_map(|(name, value)| match value {
            FactValue::Text(text) if *name == wanted => Some((*text).to_owned()),
            _ => None,
        })
    };
    if text("outcome").as_deref() != Some(ORDERED) {
        return None;
    }
    let id = |text: &str| {
        let bytes = HEXLOWER.decode(text.as_bytes()).ok()?;
        Some(DataKeyId::from_bytes(bytes.try_into().ok()?))
    };
    let named = text("data_keys")?;
    Some(Told {
        origin: text("origin")?,
        data_keys: named.split(',').filter_map(id).collect(),
        basis: text("basis").unwrap_or_default(),
        time: header.time,
    })
}
