//! The catalogue held against the chains at a start. It is a cache: where the two differ, the chain decides, and the status
//! tells of it.

use std::{collections::HashSet, sync::Arc};

use indelible_evidence::{
    header::{Header, RecordKind},
    key_event::Genesis,
};
use indelible_store::{LedgerId, Store, StoreError, record::StoredRecord};

use crate::{
    state::{
        descriptor::{Descriptor, Lifecycle},
        shared::LedgerState,
    },
    write::genesis::verifier_key,
};

/// What the catalogue has of a ledger, corrected by its chain, but for whether it is closed ([`closed`]).
///
/// - The name is the one in the origin, which genesis and every checkpoint sign.
/// - When it was created, and which ledger it succeeds, genesis says.
/// - A ledger that has records was never abandoned.
///
/// # Errors
/// If the operating system refuses a read. What can't be read because it is damaged, the ledger's recovery finds.
pub(crate) fn as_the_chain_says(
    store: &dyn Store,
    id: LedgerId,
    mut descriptor: Descriptor,
) -> Result<Descriptor, StoreError> {
    let mut corrected = Corrected::default();
    own_name(&mut descriptor, &mut corrected);
    match by_genesis(store, id, &mut descriptor, &mut corrected) {
        Err(error) if error.cause().is_some() => return Err(error),
        Err(_) | Ok(()) => {}
    }
    descriptor.corrected = corrected.into_text();
    Ok(descriptor)
}

/// The origins of the ledgers that are closed: those that the genesis of another one names as its predecessor. That one
/// has the same name, and its identity is the store's by now, as `is_ours` says of a public key, or it was closed
/// lawfully in turn. So nobody without a key of the store can close a ledger, and none is reopened.
pub(crate) fn closed(
    cells: &[Arc<LedgerState>],
    is_ours: impl Fn(&[u8; 32]) -> bool,
) -> HashSet<String> {
    let mut closed = HashSet::new();
    loop {
        let before = closed.len();
        for cell in cells {
            let origin = cell.origin();
            let Some(predecessor) = &cell.descriptor.predecessor else {
                continue;
            };
            let vouches = closed.contains(origin.as_str())
                || cell.keys().identity_key().is_some_and(|key| is_ours(&key));
            if vouches && predecessor.name() == origin.name() {
                closed.insert(predecessor.as_str().to_owned());
            }
        }
        if closed.len() == before {
            return closed;
        }
    }
}

/// What the catalogue says otherwise.
#[derive(Default)]
struct Corrected(Vec<&'static str>);

impl Corrected {
    fn note(&mut self, what: &'static str) {
        self.0.push(what);
    }

    fn into_text(self) -> Option<String> {
        (!self.0.is_empty()).then(|| self.0.join(", "))
    }
}

fn own_name(descriptor: &mut Descriptor, corrected: &mut Corrected) {
    let own = descriptor.origin.ledger();
    if descriptor.name != own {
        corrected.note("its name");
        descriptor.name = own;
    }
}

fn has_records(store: &dyn Store, id: LedgerId) -> Result<bool, StoreError> {
    Ok(store.head(id)?.is_some() || store.record(id, 0)?.is_some())
}

fn by_genesis(
    store: &dyn Store,
    id: LedgerId,
    descriptor: &mut Descriptor,
    corrected: &mut Corrected,
) -> Result<(), StoreError> {
    if !has_records(store, id)? {
        return Ok(());
    }
    if descriptor.lifecycle == Lifecycle::Abandoned {
        corrected.note("that it was abandoned");
        descriptor.lifecycle = Lifecycle::Live;
    }
    // Without a genesis that holds, the ledger has no predecessor that it could close.
    let genesis = genesis(store, id, descriptor)?;
    let created = genesis.as_ref().map(|genesis| genesis.created);
    let predecessor = genesis.and_then(|genesis| genesis.predecessor);
    let predecessor = predecessor.map(|predecessor| predecessor.origin);
    if let Some(created) = created.filter(|created| *created != descriptor.created) {
        corrected.note("when it was created");
        descriptor.created = created;
    }
    if predecessor != descriptor.predecessor {
        corrected.note("which ledger it succeeds");
        descriptor.predecessor = predecessor;
    }
    Ok(())
}

/// The genesis of a ledger, signed by the identity that the catalogue names. None where it is missing or damaged: then the
/// ledger's recovery says so.
fn genesis(
    store: &dyn Store,
    id: LedgerId,
    descriptor: &Descriptor,
) -> Result<Option<Genesis>, StoreError> {
    let (Some(value), Ok(key)) = (store.record(id, 0)?, verifier_key(descriptor)) else {
        return Ok(None);
    };
    let signed = |value: &[u8]| {
        let stored = StoredRecord::decode(value).ok()?;
        match Header::decode(stored.header).ok()?.kind {
            RecordKind::Genesis(signed) => Genesis::verify(&signed, &key).ok(),
            _ => None,
        }
    };
    Ok(signed(&value))
}
