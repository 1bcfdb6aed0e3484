//! Where the orders about a ledger stand in the store's own ledger, so that a start need not read all of that. A pointer says
//! nothing by itself: what counts is the record to which it leads.

use indelible_store::{Store, StoreError};
use tracing::warn;

use super::record::ordered;
use crate::state::{
    registry::Registry,
    shared::{Availability, LedgerState},
};

/// Leads to an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pointer {
    /// By which the records of the order are known.
    pub(super) act: String,
    /// The number of the store's own ledger, as it was called then.
    pub(super) system: u32,
    /// The order is not recorded before this record of it.
    pub(super) from: u64,
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
pub(super) fn point(
    store: &dyn Store,
    cell: &LedgerState,
    pointer: &Pointer,
) -> Result<(), StoreError> {
    let mut kept = store.get(&of_ledger(cell))?.unwrap_or_default();
    kept.extend_from_slice(pointer.line().as_bytes());
    store.put(&of_ledger(cell), &kept)
}

/// Follows all pointers of all ledgers. What they lead to is erased from here on.
///
/// # Errors
/// If the store fails.
pub(crate) fn load(store: &dyn Store, registry: &Registry) -> Result<(), StoreError> {
    let cells = registry.cells();
    for cell in &cells {
        let Some(kept) = store.get(&of_ledger(cell))? else {
            continue;
        };
        let (mut left, mut is_changed) = (String::new(), false);
        for line in String::from_utf8_lossy(&kept).lines() {
            let system = Pointer::of(line).and_then(|pointer| {
                let mut cells = cells.iter();
                let system =
                    cells.find(|cell| cell.is_system() && cell.id.number() == pointer.system)?;
                Some((pointer, system))
            });
            let Some((pointer, system)) = system else {
                warn!(ledger = %cell.origin(), "what the store says of an erasure that is recorded elsewhere can't be read");
                left.push_str(line);
                left.push('\n');
                continue;
            };
            match ordered(store, system, (&pointer.act, pointer.from), cell)? {
                Some(order) => {
                    cell.change_keys(|keys| keys.erased.order(order));
                    left.push_str(&pointer.line());
                }
                // It was broken off before it was recorded; or what the store's own ledger lacks has it.
                None if system.state().0 == Availability::Open => is_changed = true,
                None => left.push_str(&pointer.line()),
            }
        }
        // A store that was opened from a copy takes no writes yet; the next start does it.
        if is_changed && let Err(error) = store.put(&of_ledger(cell), left.as_bytes()) {
            warn!(ledger = %cell.origin(), %error, "pointers to erasures that were never recorded stay");
        }
    }
    Ok(())
}

/// Whether an order has been carried out.
pub(super) fn is_complete(
    store: &dyn Store,
    cell: &LedgerState,
    act: &str,
) -> Result<bool, StoreError> {
    Ok(store.get(&of_order(cell, act))?.is_some())
}

/// Marks an order as carried out; durable when this returns.
pub(super) fn set_complete(
    store: &dyn Store,
    cell: &LedgerState,
    act: &str,
) -> Result<(), StoreError> {
    store.put(&of_order(cell, act), b"complete")
}

fn of_ledger(cell: &LedgerState) -> Vec<u8> {
    format!("erased-elsewhere/{}", cell.id.number()).into_bytes()
}

fn of_order(cell: &LedgerState, act: &str) -> Vec<u8> {
    format!("erased-elsewhere/{}/{act}", cell.id.number()).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

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
