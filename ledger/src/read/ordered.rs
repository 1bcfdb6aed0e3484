//! Erasures from a ledger that takes no records: what records of the store's own ledger order, and where they stand. A pointer in
//! the catalogue leads to each, so that nobody need read all of that ledger; it says nothing by itself: what counts is the
//! record to which it leads.

use data_encoding::HEXLOWER;
use indelible_evidence::{
    body::{Body, FactValue},
    hash::DataKeyId,
    header::Header,
    origin::Origin,
};
use indelible_store::{
    LedgerId, Store, StoreError,
    record::{Part, StoredRecord},
};
use tracing::warn;

use crate::state::{
    descriptor::Descriptor, erased_keys::OrderFromElsewhere, orders::ErasureRecord,
    shared::LedgerState,
};

/// The type of the records that order an erasure.
const EVENT_TYPE: &str = "indelible.system.erased.v1";
/// How an event of an erasure ends that orders it.
pub(crate) const ORDERED: &str = "ordered";
/// Records after a pointer among which its order is, unless it was never recorded: more than a queue holds.
const SEARCHED_MAX: u64 = 1 << 17;

/// Leads to an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pointer {
    /// By which the records of the order are known.
    pub(crate) act: String,
    /// The number of the store's own ledger, as it was called then.
    pub(crate) system: u32,
    /// The order is not recorded before this record of it.
    pub(crate) from: u64,
}

impl Pointer {
    fn line(&self) -> String {
        format!("{} {} {}\n", self.act, self.system, self.from)
    }

    fn of(line: &str) -> Option<Self> {
        let mut words = line.split(' ');
        let pointer = Self {
            act: words.next()?.to_owned(),
            system: words.next()?.parse().ok()?,
            from: words.next()?.parse().ok()?,
        };
        words.next().is_none().then_some(pointer)
    }
}

/// Adds a pointer; durable when this returns.
pub(crate) fn point(
    store: &dyn Store,
    cell: &LedgerState,
    pointer: &Pointer,
) -> Result<(), StoreError> {
    let mut kept = store.get(&of_ledger(cell.id))?.unwrap_or_default();
    kept.extend_from_slice(pointer.line().as_bytes());
    store.put(&of_ledger(cell.id), &kept)
}

/// What is ordered about a ledger, oldest first. Where an order was broken off before it was recorded, there is none.
///
/// # Errors
/// If the store fails.
pub(crate) fn orders_about(
    store: &dyn Store,
    id: LedgerId,
    origin: &Origin,
) -> Result<Vec<OrderFromElsewhere>, StoreError> {
    let Some(kept) = store.get(&of_ledger(id))? else {
        return Ok(Vec::new());
    };
    let mut systems = Vec::new();
    for (id, descriptor) in store.ledgers()? {
        let system = Descriptor::decode(&descriptor).ok();
        let system = system.filter(|descriptor| descriptor.name.is_system());
        systems.extend(system.map(|descriptor| (id, descriptor.origin)));
    }
    let mut orders = Vec::new();
    for line in String::from_utf8_lossy(&kept).lines() {
        let pointer = Pointer::of(line).and_then(|pointer| {
            let mut systems = systems.iter();
            let system = systems.find(|(id, _)| id.number() == pointer.system)?;
            Some((pointer, system))
        });
        let Some((pointer, system)) = pointer else {
            warn!(
                ledger = %origin,
                "what the store says of an erasure that is recorded elsewhere can't be read"
            );
            continue;
        };
        orders.extend(order(store, system, &pointer, origin)?);
    }
    Ok(orders)
}

/// The order to which a pointer leads: its records stand one after the other.
fn order(
    store: &dyn Store,
    (system, recorded_in): &(LedgerId, Origin),
    pointer: &Pointer,
    origin: &Origin,
) -> Result<Option<OrderFromElsewhere>, StoreError> {
    let size = store.head(*system)?.map_or(0, |head| head.size);
    let end = size.min(pointer.from.saturating_add(SEARCHED_MAX));
    let mut found: Option<ErasureRecord> = None;
    for sequence in pointer.from..end {
        let value = store.record(*system, sequence)?;
        let told = value
            .as_deref()
            .and_then(|value| told(value, Some(&pointer.act)));
        match (told, &mut found) {
            (Some(told), found) if told.origin == origin.as_str() => {
                let record = found.get_or_insert_with(|| ErasureRecord {
                    sequence,
                    time: told.time,
                    data_keys: Vec::new(),
                    basis: told.basis,
                    recorded_in: Some(recorded_in.to_string()),
                });
                record.data_keys.extend(told.data_keys);
            }
            (_, Some(_)) => break,
            (_, None) => {}
        }
    }
    Ok(found.map(|record| OrderFromElsewhere {
        act: pointer.act.clone(),
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
    if event.event_type != EVENT_TYPE || event.sealed.is_some() {
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

/// Whether an order has been carried out.
pub(crate) fn is_complete(
    store: &dyn Store,
    cell: &LedgerState,
    act: &str,
) -> Result<bool, StoreError> {
    Ok(store.get(&of_order(cell.id, act))?.is_some())
}

/// Marks an order as carried out; durable when this returns.
pub(crate) fn set_complete(
    store: &dyn Store,
    cell: &LedgerState,
    act: &str,
) -> Result<(), StoreError> {
    store.put(&of_order(cell.id, act), b"complete")
}

fn of_ledger(id: LedgerId) -> Vec<u8> {
    format!("erased-elsewhere/{}", id.number()).into_bytes()
}

fn of_order(id: LedgerId, act: &str) -> Vec<u8> {
    format!("erased-elsewhere/{}/{act}", id.number()).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_records_that_order_are_those_of_erasures() {
        assert_eq!(EVENT_TYPE, crate::SystemKind::Erased.event_type());
    }

    #[test]
    fn a_pointer_is_read_as_it_was_written_and_nothing_else_is_one() {
        let pointer = Pointer {
            act: "0a".to_owned(),
            system: 1,
            from: 7,
        };
        assert_eq!(Pointer::of(pointer.line().trim_end()), Some(pointer));
        for other in ["", "0a", "0a 1", "0a one 7", "0a 1 7 8"] {
            assert_eq!(Pointer::of(other), None, "{other}");
        }
    }
}
