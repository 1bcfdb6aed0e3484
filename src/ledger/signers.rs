//! The identity keys that the store holds: the newest, which new ledgers begin under, and earlier ones for as long as
//! some ledger is still under them. A ledger's own records say which of them is its identity.

use std::sync::{Arc, PoisonError, RwLock};

use indelible_keystore::{KekSet, KeyError, Signer};
use indelible_store::Catalog;

use super::{
    cell::LedgerCell,
    keys::{self, IdentityPlace, KeysError, StoredIdentity},
};

/// One identity key, as it is stored and as it signs.
struct Held {
    stored: StoredIdentity,
    signer: Arc<dyn Signer>,
}

/// The identity keys, oldest first; never empty.
pub(crate) struct Signers {
    held: RwLock<Vec<Held>>,
}

impl Signers {
    /// Opens the store's identity keys, or makes one for a store that is `fresh`: one that has no ledger.
    pub(crate) fn open(
        store: &(impl Catalog + ?Sized),
        keks: &KekSet,
        fresh: bool,
    ) -> Result<Self, KeysError> {
        let stored = keys::stored_identities(store)?;
        let mut held = Vec::with_capacity(stored.len().max(1));
        for stored in stored {
            let signer = stored.open(store, keks)?;
            held.push(Held { stored, signer });
        }
        if held.is_empty() {
            if !fresh {
                return Err(KeysError::IdentityMissing);
            }
            held.push(make(store, keks)?);
            keep(store, &held)?;
        }
        Ok(Self {
            held: RwLock::new(held),
        })
    }

    /// What new ledgers begin under.
    pub(crate) fn newest(&self) -> Arc<dyn Signer> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        match held.last() {
            Some(newest) => Arc::clone(&newest.signer),
            None => unreachable!("a store that is open has an identity key"),
        }
    }

    /// The key with this public half.
    pub(crate) fn with_public(&self, public: &[u8; 32]) -> Result<Arc<dyn Signer>, KeyError> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        held.iter()
            .find(|held| held.signer.public() == *public)
            .map(|held| Arc::clone(&held.signer))
            .ok_or(KeyError::OtherIdentity)
    }

    /// The key that is a ledger's identity now.
    pub(crate) fn of(&self, cell: &LedgerCell) -> Result<Arc<dyn Signer>, KeyError> {
        let public = cell.keys().identities().current().public();
        self.with_public(&public)
    }

    /// Makes a new key; it is durable when this returns. What it is for must be recorded in each ledger.
    pub(crate) fn add(
        &self,
        store: &(impl Catalog + ?Sized),
        keks: &KekSet,
    ) -> Result<Arc<dyn Signer>, KeysError> {
        let made = make(store, keks)?;
        let signer = Arc::clone(&made.signer);
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        held.push(made);
        keep(store, &held).inspect_err(|_| {
            held.pop();
        })?;
        Ok(signer)
    }

    /// Where each of them lies, by its public half.
    pub(crate) fn places(&self) -> Result<Vec<([u8; 32], IdentityPlace)>, KeysError> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        held.iter()
            .map(|held| Ok((held.signer.public(), held.stored.place()?)))
            .collect()
    }

    /// Wraps the seed of one of them under the current KEK; durable when it returns. False if it is already, or never
    /// leaves its provider. Nothing else may add or retire keys meanwhile.
    pub(crate) fn rewrap(
        &self,
        public: &[u8; 32],
        store: &(impl Catalog + ?Sized),
        keks: &KekSet,
    ) -> Result<bool, KeysError> {
        let stored = {
            let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
            let found = held.iter().find(|held| held.signer.public() == *public);
            found.map(|held| held.stored.clone())
        };
        // The provider is asked while nobody has to wait for the answer.
        let Some((stored, moved)) = stored
            .map(|stored| {
                let moved = stored.rewrapped(store, keks)?;
                Ok::<_, KeysError>(moved.map(|moved| (stored, moved)))
            })
            .transpose()?
            .flatten()
        else {
            return Ok(false);
        };
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        for held in &mut *held {
            if held.stored == stored {
                held.stored = moved.clone();
            }
        }
        keep(store, &held)?;
        Ok(true)
    }

    /// Drops all earlier keys but those that are still wanted. Those in a provider stay there.
    pub(crate) fn retire(
        &self,
        store: &(impl Catalog + ?Sized),
        is_wanted: impl Fn(&[u8; 32]) -> bool,
    ) -> Result<usize, KeysError> {
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        let (before, newest) = (held.len(), held.len() - 1);
        let keeps: Vec<bool> = held
            .iter()
            .enumerate()
            .map(|(place, held)| place == newest || is_wanted(&held.signer.public()))
            .collect();
        let kept: Vec<_> = held
            .iter()
            .zip(&keeps)
            .filter(|(_, keeps)| **keeps)
            .map(|(held, _)| held.stored.clone())
            .collect();
        if kept.len() == before {
            return Ok(0);
        }
        keys::keep_identities(store, &kept)?;
        let mut place = 0;
        held.retain(|_| {
            place += 1;
            keeps[place - 1]
        });
        Ok(before - kept.len())
    }
}

fn make(store: &(impl Catalog + ?Sized), keks: &KekSet) -> Result<Held, KeysError> {
    let (stored, signer) = StoredIdentity::make(store, keks)?;
    Ok(Held { stored, signer })
}

fn keep(store: &(impl Catalog + ?Sized), held: &[Held]) -> Result<(), KeysError> {
    let stored: Vec<_> = held.iter().map(|held| held.stored.clone()).collect();
    keys::keep_identities(store, &stored)
}
