//! The identity keys in the store: the newest, under which new ledgers begin, and earlier ones that are still the
//! identity of some ledger. A ledger's own records say which of them is its identity.
//!
//! A key that can't be opened stays in the list, since it may become available again. Until it does, or another key
//! replaces it, its ledgers can be read but not written.

use std::{
    collections::HashSet,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard},
};

use indelible_evidence::hash::Hex;
use indelible_keystore::{KekSet, Remedy, Signer};
use indelible_store::Catalog;
use tracing::{info, warn};

use crate::{
    keys::{
        registrar::{self, Registrar},
        stored_identity::{self, IdentityPlace, StoredIdentity},
    },
    state::{
        custody::{Custody, IdentityError, Outage},
        environment::Environment,
        key_error::KeysError,
        shared::LedgerState,
    },
};

/// One identity key, as it is stored and as it signs.
struct IdentitySigner {
    stored: StoredIdentity,
    public: [u8; 32],
    state: SignerState,
    /// Counted by everybody who creates a ledger under it.
    in_use: Arc<()>,
}

/// Keeps an identity key from being dropped while a ledger begins under it, which no list of ledgers names yet.
pub(crate) struct InUse {
    _count: Arc<()>,
}

/// Whether a key signs.
enum SignerState {
    /// Nobody has tried, since the keys are away.
    Untried,
    /// It can't be opened.
    Shut(Outage),
    /// It signs.
    Open(Arc<dyn Signer>),
}

/// The identity keys, oldest first; never empty once the keys are open.
pub(crate) struct Signers {
    held: RwLock<Vec<IdentitySigner>>,
    custody: Arc<Custody>,
    registrar: Option<Arc<Registrar>>,
}

impl Signers {
    /// The store's identity keys, none of them open; none at all only in a store that is `fresh`: one that has no
    /// ledger.
    pub(crate) fn stored(
        store: &(impl Catalog + ?Sized),
        custody: &Arc<Custody>,
        fresh: bool,
    ) -> Result<Self, KeysError> {
        let held = stored_identity::stored_identities(store)?
            .into_iter()
            .map(|stored| {
                Ok(IdentitySigner {
                    public: stored.public()?,
                    stored,
                    state: SignerState::Untried,
                    in_use: Arc::default(),
                })
            })
            .collect::<Result<Vec<_>, KeysError>>()?;
        if held.is_empty() && !fresh {
            return Err(KeysError::IdentityMissing);
        }
        Ok(Self {
            held: RwLock::new(held),
            custody: Arc::clone(custody),
            registrar: None,
        })
    }

    /// The same, with a register that decides whether a key may sign.
    pub(crate) fn with_registrar(self, registrar: Option<Arc<Registrar>>) -> Self {
        Self { registrar, ..self }
    }

    /// The register, if there is one.
    pub(crate) fn registrar(&self) -> Option<&Arc<Registrar>> {
        self.registrar.as_ref()
    }

    /// Opens the keys that are not open, and makes the first key if there is none. True if no key is left that may still
    /// come back by itself. A key that is lost or damaged does not keep the others from signing.
    ///
    /// # Errors
    /// If a key that was not tried before can't be opened, for a reason that must be fixed here. Blocking.
    pub(crate) fn open(
        &self,
        store: &(impl Catalog + ?Sized),
        keks: &KekSet,
    ) -> Result<bool, KeysError> {
        if self.held().is_empty() {
            let made = vec![make(store, keks, self.custody.environment())?];
            keep(store, &made)?;
            *self.held.write().unwrap_or_else(PoisonError::into_inner) = made;
            return Ok(true);
        }
        let shut: Vec<_> = self
            .held()
            .iter()
            .filter(|held| match &held.state {
                SignerState::Untried => true,
                SignerState::Shut(outage) => outage.remedy == Remedy::Wait,
                SignerState::Open(_) => false,
            })
            .map(|held| {
                let is_new = matches!(held.state, SignerState::Untried);
                (held.public, held.stored.clone(), is_new)
            })
            .collect();
        let mut settled = true;
        for (public, stored, is_new) in shut {
            // The provider is asked while nobody has to wait for the answer.
            let opened = match stored.open(store, keks) {
                Ok(signer) => Ok(signer),
                Err(KeysError::Key(error)) if !is_new || error.remedy() != Remedy::Fix => {
                    Err(error)
                }
                Err(error) => return Err(error),
            };
            settled &= !matches!(&opened, Err(error) if error.remedy() == Remedy::Wait);
            let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
            for held in held.iter_mut().filter(|held| held.public == public) {
                let name = Hex(&public).to_string();
                held.state = match (&opened, &held.state) {
                    (Ok(signer), before) => {
                        if matches!(before, SignerState::Shut(_)) {
                            info!(key = name, "the identity key is back");
                        }
                        SignerState::Open(Arc::clone(signer))
                    }
                    (Err(error), SignerState::Shut(outage)) => {
                        SignerState::Shut(outage.goes_on(error))
                    }
                    (Err(error), _) => {
                        warn!(key = name, %error, "an identity key can't be opened: its ledgers take no records");
                        SignerState::Shut(Outage::new(error, self.custody.environment().now()))
                    }
                };
            }
        }
        Ok(settled)
    }

    fn held(&self) -> RwLockReadGuard<'_, Vec<IdentitySigner>> {
        self.held.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn signer(&self, held: &IdentitySigner) -> Result<Arc<dyn Signer>, IdentityError> {
        match &held.state {
            SignerState::Open(signer) => {
                registrar::check(self.registrar())?;
                Ok(Arc::clone(signer))
            }
            SignerState::Untried => Err(IdentityError::Away(self.custody.why())),
            SignerState::Shut(outage) => Err(IdentityError::Shut {
                public: Hex(&held.public).to_string(),
                outage: outage.clone(),
            }),
        }
    }

    /// The newest key.
    pub(crate) fn newest(&self) -> Result<Arc<dyn Signer>, IdentityError> {
        match self.held().last() {
            Some(newest) => self.signer(newest),
            None => Err(IdentityError::Away(self.custody.why())),
        }
    }

    /// The key under which a new ledger begins. It stays in the store until what is returned beside it is dropped, which
    /// must be after the ledger is in the catalogue.
    pub(crate) fn newest_in_use(&self) -> Result<(Arc<dyn Signer>, InUse), IdentityError> {
        match self.held().last() {
            Some(newest) => {
                let count = Arc::clone(&newest.in_use);
                Ok((self.signer(newest)?, InUse { _count: count }))
            }
            None => Err(IdentityError::Away(self.custody.why())),
        }
    }

    /// The public half of the newest, and whether it never leaves its provider.
    pub(crate) fn newest_place(&self) -> Option<([u8; 32], bool)> {
        let held = self.held();
        let newest = held.last()?;
        let is_held = matches!(newest.stored.place(), Ok(IdentityPlace::AtProvider(_)));
        Some((newest.public, is_held))
    }

    /// The keys that can't be opened, by their public halves, and why not.
    pub(crate) fn shut(&self) -> Vec<([u8; 32], IdentityError)> {
        let held = self.held();
        held.iter()
            .filter(|held| matches!(held.state, SignerState::Shut(_)))
            .filter_map(|held| Some((held.public, self.signer(held).err()?)))
            .collect()
    }

    /// Whether an identity key of this store has this public half, open or not.
    pub(crate) fn has(&self, public: &[u8; 32]) -> bool {
        self.held().iter().any(|held| held.public == *public)
    }

    /// Where those who sign take the time from.
    pub(crate) fn environment(&self) -> &Environment {
        self.custody.environment()
    }

    /// The key with this public half.
    pub(crate) fn with_public(&self, public: &[u8; 32]) -> Result<Arc<dyn Signer>, IdentityError> {
        let held = self.held();
        match held.iter().find(|held| held.public == *public) {
            Some(held) => self.signer(held),
            None => Err(IdentityError::Unknown {
                public: Hex(public).to_string(),
            }),
        }
    }

    /// The key that is a ledger's identity now.
    pub(crate) fn of(&self, cell: &LedgerState) -> Result<Arc<dyn Signer>, IdentityError> {
        // Not in the match: its lock would be held while this one's is waited for.
        let mut identity = cell.keys().identity_key();
        loop {
            let Some(public) = identity else {
                return Err(IdentityError::Unknown {
                    public: "of a type that this version does not know".into(),
                });
            };
            let found = self.with_public(&public);
            // A rotation that ended meanwhile has dropped the key of before.
            let now = cell.keys().identity_key();
            if now == identity || !matches!(found, Err(IdentityError::Unknown { .. })) {
                return found;
            }
            identity = now;
        }
    }

    /// Makes a new key; it is durable when this returns. Each ledger must still record it as its identity.
    pub(crate) fn add(
        &self,
        store: &(impl Catalog + ?Sized),
        keks: &KekSet,
    ) -> Result<Arc<dyn Signer>, KeysError> {
        let (made, signer) = new(store, keks, self.custody.environment())?;
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        held.push(made);
        keep(store, &held).inspect_err(|_| {
            held.pop();
        })?;
        Ok(signer)
    }

    /// Where each key is kept, by its public half.
    pub(crate) fn places(&self) -> Result<Vec<([u8; 32], IdentityPlace)>, KeysError> {
        self.held()
            .iter()
            .map(|held| Ok((held.public, held.stored.place()?)))
            .collect()
    }

    /// Wraps the seed of one key under the current KEK; durable when it returns. False if the seed is under that KEK
    /// already, or never leaves its provider. Nothing else may add or retire keys meanwhile.
    pub(crate) fn rewrap(
        &self,
        public: &[u8; 32],
        store: &(impl Catalog + ?Sized),
        keks: &KekSet,
    ) -> Result<bool, KeysError> {
        let stored = {
            let held = self.held();
            let found = held.iter().find(|held| held.public == *public);
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

    /// Drops the earlier keys that are not wanted any more, and under which no ledger begins just now. Keys in a provider
    /// stay there.
    pub(crate) fn retire(
        &self,
        store: &(impl Catalog + ?Sized),
        wanted: impl FnOnce() -> Result<HashSet<[u8; 32]>, KeysError>,
    ) -> Result<usize, KeysError> {
        let in_use: HashSet<[u8; 32]> = {
            let held = self.held();
            let in_use = held
                .iter()
                .filter(|held| Arc::strong_count(&held.in_use) > 1);
            in_use.map(|held| held.public).collect()
        };
        // After the counts were read, since a ledger is in the catalogue before its count falls; and under no lock of the
        // keys, since it takes those of the ledgers.
        let wanted = wanted()?;
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        let (before, newest) = (held.len(), held.len() - 1);
        let is_kept = |public| in_use.contains(public) || wanted.contains(public);
        let keeps: Vec<bool> = held
            .iter()
            .enumerate()
            .map(|(place, held)| place == newest || is_kept(&held.public))
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
        stored_identity::keep_identities(store, &kept)?;
        let mut place = 0;
        held.retain(|_| {
            place += 1;
            keeps[place - 1]
        });
        Ok(before - kept.len())
    }
}

fn make(
    store: &(impl Catalog + ?Sized),
    keks: &KekSet,
    environment: &Environment,
) -> Result<IdentitySigner, KeysError> {
    new(store, keks, environment).map(|(held, _)| held)
}

fn new(
    store: &(impl Catalog + ?Sized),
    keks: &KekSet,
    environment: &Environment,
) -> Result<(IdentitySigner, Arc<dyn Signer>), KeysError> {
    let (stored, signer) = StoredIdentity::make(store, keks, environment)?;
    let held = IdentitySigner {
        stored,
        public: signer.public(),
        state: SignerState::Open(Arc::clone(&signer)),
        in_use: Arc::default(),
    };
    Ok((held, signer))
}

fn keep(store: &(impl Catalog + ?Sized), held: &[IdentitySigner]) -> Result<(), KeysError> {
    let stored: Vec<_> = held.iter().map(|held| held.stored.clone()).collect();
    stored_identity::keep_identities(store, &stored)
}
