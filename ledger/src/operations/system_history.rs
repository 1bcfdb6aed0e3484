//! What the store's own ledger said before: the ledgers whose place it took, and whether all of them can be read.

use std::collections::HashSet;

use indelible_evidence::origin::{Origin, SYSTEM_LEDGER};
use indelible_store::LedgerId;

use crate::core::Engine;

impl Engine {
    /// Why what the store's own ledgers said before the one that is there now can't all be read; none if it can. A ledger
    /// whose place was taken lacks something if it is not what was acknowledged: records are missing or damaged, or the
    /// anchor does not cover it, so that nobody can tell whether records are missing.
    pub fn system_gap(&self) -> Option<String> {
        let registry = &self.core.registry;
        let system = registry.find(SYSTEM_LEDGER)?;
        let mut seen = HashSet::new();
        let mut before = system.descriptor.predecessor.clone();
        while let Some(origin) = before {
            let Some(cell) = registry.find(origin.as_str()) else {
                return Some(format!("the store does not have {origin}"));
            };
            if cell.is_suspect() || !seen.insert(origin.clone()) {
                return Some(format!("{origin} may lack records"));
            }
            before = cell.descriptor.predecessor.clone();
        }
        self.missing_before(system.id)
    }

    /// The identity keys that sign for the store, or did: those of its own ledger, and of the ledgers whose place that took,
    /// but for keys that were revoked.
    pub fn own_signers(&self) -> HashSet<[u8; 32]> {
        let registry = &self.core.registry;
        let mut signers = HashSet::new();
        let mut seen = HashSet::new();
        let mut next = registry.find(SYSTEM_LEDGER);
        while let Some(cell) = next.filter(|cell| seen.insert(cell.id)) {
            let keys = cell.keys();
            signers.extend(keys.identities().never_revoked().map(|key| *key.as_bytes()));
            let before = cell.descriptor.predecessor.as_ref();
            next = before.and_then(|origin| registry.find(origin.as_str()));
        }
        signers
    }

    /// What [`Self::system_gap`] says of a ledger that the anchor holds and the store does not have. The store's own ledger that is there now is of a
    /// later handle, and so is one that is being made.
    fn missing_before(&self, system: LedgerId) -> Option<String> {
        let known: HashSet<_> = self
            .core
            .registry
            .cells()
            .iter()
            .map(|cell| cell.id)
            .collect();
        // Of which ledger a slot is that can't be read, nobody knows.
        let may_be_system = |named: &str| {
            let origin = named.split(' ').next().map(Origin::parse);
            !matches!(origin, Some(Ok(origin)) if !origin.ledger().is_system())
        };
        let strangers = self.core.anchor.strangers(&known).into_iter();
        let mut missing =
            strangers.filter(|(id, named)| id.number() < system.number() && may_be_system(named));
        let (_, named) = missing.next()?;
        Some(format!(
            "the anchor holds {named}, and the store does not have it"
        ))
    }
}
