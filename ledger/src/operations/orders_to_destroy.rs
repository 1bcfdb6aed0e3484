//! Erasures and disposals, for whoever must know what may still hold what they destroyed.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    core::{Engine, Ledger},
    operations::{destroying::orders_of, elsewhere, erase::first_sealed_under},
    state::shared::LedgerState,
};

/// An erasure or a disposal on record that destroys something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderToDestroy {
    /// Its record.
    pub sequence: u64,
    /// No record before this one had anything of what it destroys. An erasure destroys keys, too, which can be older than every
    /// record under them, so this is 0 for one.
    pub first: u64,
}

fn order(cell: &LedgerState, sequence: u64) -> OrderToDestroy {
    let keys = cell.keys();
    let found = keys
        .disposals()
        .iter()
        .find(|disposal| disposal.sequence == sequence);
    let span = found.and_then(|disposal| disposal.spans.first());
    OrderToDestroy {
        sequence,
        first: span.map_or(0, |span| span.from),
    }
}

impl Engine {
    /// All erasures and disposals, by the origins of the ledger that they are about and of the one that has their records, which is
    /// another one where the first takes no records.
    pub fn orders_to_destroy(&self) -> BTreeMap<(String, String), Vec<OrderToDestroy>> {
        let mut found: BTreeMap<_, Vec<OrderToDestroy>> = BTreeMap::new();
        for cell in self.core.registry.cells() {
            let orders = orders_of(&cell).into_iter();
            let orders: Vec<_> = orders.map(|sequence| order(&cell, sequence)).collect();
            if !orders.is_empty() {
                let origin = cell.origin().to_string();
                found.insert((origin.clone(), origin), orders);
            }
        }
        // An order about a ledger that takes no records stands in another one.
        for (origins, sequences) in elsewhere::recorded(&self.core) {
            let orders = sequences
                .into_iter()
                .map(|sequence| OrderToDestroy { sequence, first: 0 });
            found.entry(origins).or_default().extend(orders);
        }
        found
    }

    /// How many files of the archive the records of all ledgers name.
    pub fn archive_files(&self) -> usize {
        let mut files = BTreeSet::new();
        for cell in self.core.registry.cells() {
            let keys = cell.keys();
            let named = keys.disposals().iter();
            let named =
                named.filter_map(|disposal| Some(disposal.archive.as_ref()?.location.clone()));
            files.extend(named);
        }
        files.len()
    }
}

impl Ledger {
    /// The erasure or disposal of a record.
    pub fn order_to_destroy(&self, sequence: u64) -> OrderToDestroy {
        order(self.cell(), sequence)
    }

    /// The first record whose contents an erasure destroyed, which is beyond all there are if it destroyed keys alone; none if that
    /// is not known for certain now. Whoever has only what came before has none of them, and at most a key. Blocking.
    pub fn first_erased_by(&self, erasure: u64) -> Option<u64> {
        let found = {
            let keys = self.cell().keys();
            let mut erasures = keys.erasures().iter();
            erasures.find(|record| record.sequence == erasure).cloned()
        };
        first_sealed_under(self.core(), self.cell(), &found?)
            .ok()
            .flatten()
    }
}
