//! All ledgers of the daemon, by origin and by name.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, OnceLock, PoisonError, RwLock},
};

use crate::state::{
    proven_tiles::ProvenTiles,
    shared::{Availability, LedgerState},
    shelf::Shelf,
};

#[derive(Default)]
struct Ledgers {
    by_origin: BTreeMap<String, Arc<LedgerState>>,
    /// The ledger that has the name now: one that is not closed.
    by_name: HashMap<String, Arc<LedgerState>>,
}

/// The map that every call goes through.
#[derive(Default)]
pub(crate) struct Registry {
    ledgers: RwLock<Ledgers>,
    /// Their tiles that were proven.
    pub(crate) proven_tiles: Arc<ProvenTiles>,
    /// Where archived parts of all of them lie; not known during a start.
    shelf: OnceLock<Arc<Shelf>>,
}

impl Registry {
    /// Adds a ledger. One that is not closed takes over its name.
    pub(crate) fn insert(&self, cell: Arc<LedgerState>) {
        let mut ledgers = self.ledgers.write().unwrap_or_else(PoisonError::into_inner);
        // A second entry of the catalogue with the same origin, which its check refused, hides nothing.
        let is_copy = cell.state().0 == Availability::Quarantined
            && ledgers.by_origin.contains_key(cell.origin().as_str());
        if is_copy {
            return;
        }
        if let Some(shelf) = self.shelf.get() {
            cell.shelf.put(shelf);
        }
        if cell.state().0 != Availability::Closed {
            ledgers
                .by_name
                .insert(cell.descriptor.name.as_str().to_owned(), Arc::clone(&cell));
        }
        ledgers
            .by_origin
            .insert(cell.origin().as_str().to_owned(), cell);
    }

    /// Says where archived parts lie, once, for all ledgers that there are and that will be.
    pub(crate) fn with_shelf(&self, shelf: Shelf) -> Arc<Shelf> {
        let shelf = self.shelf.get_or_init(|| Arc::new(shelf));
        for cell in self.cells() {
            cell.shelf.put(shelf);
        }
        Arc::clone(shelf)
    }

    /// The ledger of a name, or of an origin.
    pub(crate) fn find(&self, name_or_origin: &str) -> Option<Arc<LedgerState>> {
        let ledgers = self.ledgers.read().unwrap_or_else(PoisonError::into_inner);
        ledgers
            .by_name
            .get(name_or_origin)
            .or_else(|| ledgers.by_origin.get(name_or_origin))
            .cloned()
    }

    /// How many there are, besides the store's own.
    pub(crate) fn count(&self) -> u64 {
        let ledgers = self.ledgers.read().unwrap_or_else(PoisonError::into_inner);
        let others = ledgers.by_origin.values().filter(|cell| !cell.is_system());
        others.count() as u64
    }

    /// All ledgers in the order of their origins.
    pub(crate) fn cells(&self) -> Vec<Arc<LedgerState>> {
        let ledgers = self.ledgers.read().unwrap_or_else(PoisonError::into_inner);
        ledgers.by_origin.values().cloned().collect()
    }
}
