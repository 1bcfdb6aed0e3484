//! The data keys of a ledger that are recorded as erased: by its own records, and by orders that records of the store's own
//! ledger give, where the ledger takes no records any more.

use std::collections::HashSet;

use indelible_evidence::hash::DataKeyId;

use crate::state::orders::ErasureRecord;

/// An order to erase from a ledger that takes no records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OrderFromElsewhere {
    /// By which the records of the order are known.
    pub(crate) act: String,
    /// What its first record says, of the ledger that it names.
    pub(crate) record: ErasureRecord,
}

/// The keys, and the orders.
#[derive(Clone, Debug, Default)]
pub(crate) struct ErasedKeys {
    keys: HashSet<DataKeyId>,
    elsewhere: Vec<OrderFromElsewhere>,
}

impl ErasedKeys {
    /// Whether a key was erased, wherever that is recorded.
    pub(crate) fn has(&self, key: &DataKeyId) -> bool {
        self.keys.contains(key)
    }

    /// Takes in what an erasure of the ledger's own names.
    pub(crate) fn take_in(&mut self, keys: &[DataKeyId]) {
        self.keys.extend(keys);
    }

    /// Takes in an order. One that is known already changes nothing.
    pub(crate) fn order(&mut self, order: OrderFromElsewhere) {
        if self.elsewhere.iter().all(|known| known.act != order.act) {
            self.keys.extend(&order.record.data_keys);
            self.elsewhere.push(order);
        }
    }

    /// The orders, oldest first.
    pub(crate) fn elsewhere(&self) -> &[OrderFromElsewhere] {
        &self.elsewhere
    }
}
