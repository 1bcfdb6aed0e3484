//! Every change of a ledger's data keys. Each is written together with the seal over all of them, under the ledger's
//! register, so what is stored is at each moment what the seal says.

use std::collections::BTreeSet;

use indelible_evidence::DataKeyId;
use indelible_keystore::WrappedKey;
use indelible_store::{
    CopiedKey, KeyMac, KeySeal, LedgerId, NewDataKey, RewrappedKey, Store, StoreError,
    StoredDataKey, SubjectTag,
};

use crate::state::{
    error::LedgerError,
    key_binding::{KeyBinder, KeySet},
    key_error::KeyringError,
    key_register::KeyTurn,
    shared::LedgerState,
};

/// Data keys that are looked at in one call of the store.
pub(crate) const PAGE_KEYS: usize = 1_024;

/// Whose a stored key is, if what is stored is what was written. An earlier build's key of a ledger that is not sealed
/// yet passes as one of nobody: it was wrapped for its ledger and its id alone.
pub(crate) fn owner<'e>(
    cell: &LedgerState,
    id: &DataKeyId,
    entry: &'e StoredDataKey,
) -> Result<Option<&'e SubjectTag>, KeyringError> {
    match entry.mac {
        None if cell.key_register.wants_seal() => Err(KeyringError::Misplaced(*id)),
        None => Ok(None),
        Some(_) if cell.binder()?.vouches(cell.origin(), id, entry) => Ok(entry.subject.as_ref()),
        Some(_) => Err(KeyringError::Misplaced(*id)),
    }
}

/// A new key.
pub(crate) struct NewKey<'a> {
    pub(crate) id: DataKeyId,
    /// Whose events alone it encrypts.
    pub(crate) subject: Option<&'a SubjectTag>,
    pub(crate) wrapped: WrappedKey,
    /// Its copy for the recipients of `[rescue]`, where there are any.
    pub(crate) copy: Option<Vec<u8>>,
}

/// Keeps a new key, with its copy; durable when this returns.
pub(crate) fn put(
    store: &dyn Store,
    cell: &LedgerState,
    new: NewKey<'_>,
) -> Result<(), KeyringError> {
    let NewKey {
        id,
        subject,
        wrapped,
        copy,
    } = new;
    let binder = cell.binder()?;
    let mac = binder.mac(cell.origin(), &id, subject, wrapped.as_bytes());
    let key = NewDataKey {
        ledger: cell.id,
        key_id: id,
        value: wrapped.as_bytes().to_vec(),
        subject: subject.copied(),
        mac: Some(mac),
        copy,
    };
    let mut change = Change::begin(store, cell, binder)?;
    change.add(&id, &mac);
    let seal = change.seal();
    store.put_data_keys(&[key], seal.as_ref())?;
    change.done();
    Ok(())
}

/// A key that is to be wrapped anew.
pub(crate) struct Rewrapping {
    pub(crate) id: DataKeyId,
    /// What it is now.
    pub(crate) before: StoredDataKey,
    /// What it is wrapped as afterwards.
    pub(crate) after: WrappedKey,
    /// Whether a MAC vouches for it afterwards; one that had a MAC has one again.
    pub(crate) is_bound: bool,
}

/// Replaces wrapped keys, except those that were destroyed or replaced meanwhile; returns how many. Durable when this
/// returns.
pub(crate) fn replace(
    store: &dyn Store,
    cell: &LedgerState,
    keys: &[Rewrapping],
) -> Result<u64, KeyringError> {
    let binder = cell.binder()?;
    let mut change = Change::begin(store, cell, binder)?;
    let mut replaced = Vec::with_capacity(keys.len());
    for key in keys {
        let stored = store.data_key(cell.id, &key.id)?;
        if !stored.is_some_and(|stored| is_same_key(&stored, &key.before)) {
            continue;
        }
        let (subject, value) = (key.before.subject.as_ref(), key.after.as_bytes());
        let bound = key.is_bound || key.before.mac.is_some();
        let mac = bound.then(|| binder.mac(cell.origin(), &key.id, subject, value));
        if let Some(before) = &key.before.mac {
            change.remove(&key.id, before);
        }
        if let Some(mac) = &mac {
            change.add(&key.id, mac);
        }
        replaced.push(RewrappedKey {
            ledger: cell.id,
            key_id: key.id,
            expected: key.before.value.clone(),
            value: value.to_vec(),
            mac,
        });
    }
    if !replaced.is_empty() {
        let seal = change.seal();
        store.replace_data_keys(&replaced, seal.as_ref())?;
        change.done();
    }
    Ok(replaced.len() as u64)
}

/// Whether an entry is the same but for its copy, which stays as it is where a key is wrapped anew.
fn is_same_key(stored: &StoredDataKey, before: &StoredDataKey) -> bool {
    let key = |entry: &StoredDataKey| (entry.value.clone(), entry.subject, entry.mac);
    key(stored) == key(before)
}

/// Exchanges the copies of keys, except of those that were destroyed or changed meanwhile; returns how many. Durable when
/// this returns.
pub(crate) fn set_copies(
    store: &dyn Store,
    cell: &LedgerState,
    copies: Vec<CopiedKey>,
) -> Result<u64, StoreError> {
    // Whoever changes keys holds the register, so nothing changes between the look and the write.
    let _turn = cell.key_register.turn();
    let mut kept = Vec::with_capacity(copies.len());
    for copied in copies {
        if store.data_key(cell.id, &copied.key_id)?.as_ref() == Some(&copied.expected) {
            kept.push(copied);
        }
    }
    if !kept.is_empty() {
        store.set_key_copies(cell.id, &kept)?;
    }
    Ok(kept.len() as u64)
}

/// Destroys keys; those that are not there are no mistake. Durable when this returns.
pub(crate) fn destroy(
    store: &dyn Store,
    cell: &LedgerState,
    ids: &[DataKeyId],
) -> Result<(), KeyringError> {
    let binder = cell.binder()?;
    let mut change = Change::begin(store, cell, binder)?;
    let mut seen = BTreeSet::new();
    for id in ids.iter().filter(|id| seen.insert(**id)) {
        let entry = store.data_key(cell.id, id)?;
        if let Some(mac) = entry.and_then(|entry| entry.mac) {
            change.remove(id, &mac);
        }
    }
    let seal = change.seal();
    store.destroy_data_keys(cell.id, ids, seal.as_ref())?;
    change.done();
    Ok(())
}

/// Seals the keys of a new ledger, of which there are none; durable when this returns.
pub(crate) fn seal_new(store: &dyn Store, cell: &LedgerState) -> Result<(), LedgerError> {
    let mut turn = cell.key_register.turn();
    let set = KeySet::of_new_ledger();
    let seal = KeySeal {
        ledger: cell.id,
        value: set.seal(cell.binder()?, cell.origin()),
    };
    store.put_data_keys(&[], Some(&seal))?;
    turn.sealed(set);
    Ok(())
}

/// Visits a ledger's data keys page by page, in the order of their ids.
pub(crate) fn each_page<E: From<StoreError>>(
    store: &dyn Store,
    ledger: LedgerId,
    mut visit: impl FnMut(Vec<(DataKeyId, StoredDataKey)>) -> Result<(), E>,
) -> Result<(), E> {
    let mut after = None;
    loop {
        let page = store.data_keys(ledger, after.as_ref(), PAGE_KEYS)?;
        let is_last = page.len() < PAGE_KEYS;
        after = page.last().map(|(id, _)| *id);
        visit(page)?;
        if is_last {
            return Ok(());
        }
    }
}

/// Where a write of keys failed, nobody knows whether it is durable. Keys and seal are written together, so the seal that is
/// stored says it.
pub(crate) fn settle(
    store: &dyn Store,
    cell: &LedgerState,
    binder: &KeyBinder,
    turn: &mut KeyTurn<'_>,
) -> Result<(), StoreError> {
    let Some(attempted) = turn.attempted() else {
        return Ok(());
    };
    let stored = store.key_seal(cell.id)?;
    match stored.is_some_and(|stored| stored == attempted.seal(binder, cell.origin())) {
        true => turn.sealed(attempted),
        false => turn.attempted_in_vain(),
    }
    Ok(())
}

/// A change that is being written.
struct Change<'a> {
    cell: &'a LedgerState,
    binder: &'a KeyBinder,
    turn: KeyTurn<'a>,
    /// What the keys are afterwards; none as long as they are not sealed.
    set: Option<KeySet>,
}

impl<'a> Change<'a> {
    fn begin(
        store: &dyn Store,
        cell: &'a LedgerState,
        binder: &'a KeyBinder,
    ) -> Result<Self, KeyringError> {
        let mut turn = cell.key_register.turn();
        settle(store, cell, binder, &mut turn)?;
        if turn.set().is_none() && cell.key_register.wants_seal() {
            return Err(KeyringError::NotSealed);
        }
        let set = turn.set().map(KeySet::changed);
        Ok(Self {
            cell,
            binder,
            turn,
            set,
        })
    }

    fn add(&mut self, id: &DataKeyId, mac: &KeyMac) {
        if let Some(set) = &mut self.set {
            set.add(self.binder, id, mac);
        }
    }

    fn remove(&mut self, id: &DataKeyId, mac: &KeyMac) {
        if let Some(set) = &mut self.set {
            set.remove(self.binder, id, mac);
        }
    }

    /// The seal that is to be written.
    fn seal(&mut self) -> Option<KeySeal> {
        let set = self.set?;
        self.turn.attempts(set);
        Some(KeySeal {
            ledger: self.cell.id,
            value: set.seal(self.binder, self.cell.origin()),
        })
    }

    /// It is durable.
    fn done(mut self) {
        if let Some(set) = self.set {
            self.turn.sealed(set);
        }
    }
}
