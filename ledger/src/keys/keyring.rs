//! The data keys of all ledgers. A key is wrapped and durable before anything is sealed under it. Open keys stay in
//! locked memory, for a limited time and in a limited number.

use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use hashbrown::HashMap;
use indelible_evidence::DataKeyId;
use indelible_keystore::{DataKey, KekProvider as _, LockedMemory, SecretKey, WrappedKey};
use indelible_store::{LedgerId, Store, SubjectTag};

use crate::{
    keys::{
        key_changes::{self, NewKey},
        wrapping::data_key_context,
    },
    state::{
        bell::{Bell, Stop},
        custody::Custody,
        environment::Environment,
        key_copies::KeyCopies,
        key_copy::CopyOf,
        key_error::KeyringError,
        limits::{DATA_KEY_CACHED, DATA_KEYS_CACHED_MAX},
        shared::LedgerState,
        steps::{Next, Steps},
        unused_keys::MadeKey,
    },
};

type Place = (LedgerId, DataKeyId);

/// Asked whether a key seals a subject's events; false if nothing shows it.
pub(crate) type IsTheirs<'a> = &'a dyn Fn(&DataKeyId) -> Result<bool, KeyringError>;

/// A key that a subject's list names.
pub(crate) struct SubjectKey {
    pub(crate) id: DataKeyId,
    /// Whether its entry vouches for the subject.
    pub(crate) is_bound: bool,
}

struct Cached {
    key: Arc<DataKey>,
    opened: Duration,
    used: Duration,
}

#[derive(Default)]
struct Cache {
    keys: HashMap<Place, Cached>,
    /// The newest key of each subject whose key is cached.
    subjects: HashMap<(LedgerId, SubjectTag), DataKeyId>,
}

/// Opens, makes and forgets data keys.
pub(crate) struct Keyring {
    store: Arc<dyn Store>,
    custody: Arc<Custody>,
    copies: Arc<KeyCopies>,
    memory: LockedMemory,
    cache: Mutex<Cache>,
    /// Keys are made one at a time: a subject must not get two.
    making: Mutex<()>,
    /// Wakes the sweep.
    opened: Arc<Bell>,
}

impl Keyring {
    pub(crate) fn new(
        store: &Arc<dyn Store>,
        custody: &Arc<Custody>,
        copies: &Arc<KeyCopies>,
        opened: &Arc<Bell>,
    ) -> io::Result<Self> {
        Ok(Self {
            store: Arc::clone(store),
            custody: Arc::clone(custody),
            copies: Arc::clone(copies),
            memory: LockedMemory::new(DATA_KEYS_CACHED_MAX)?,
            cache: Mutex::default(),
            making: Mutex::default(),
            opened: Arc::clone(opened),
        })
    }

    /// Whether cached keys stay out of the swap.
    pub(crate) fn is_locked(&self) -> bool {
        self.memory.is_locked()
    }

    /// A data key, if it is cached.
    pub(crate) fn cached(&self, ledger: LedgerId, id: &DataKeyId) -> Option<Arc<DataKey>> {
        let mut cache = self.cache();
        let cached = cache.keys.get_mut(&(ledger, *id))?;
        let now = self.environment().elapsed();
        if now.saturating_sub(cached.opened) > DATA_KEY_CACHED {
            return None;
        }
        cached.used = now;
        Some(Arc::clone(&cached.key))
    }

    /// A subject's newest key, if it is cached.
    pub(crate) fn cached_of_subject(
        &self,
        ledger: LedgerId,
        subject: &SubjectTag,
    ) -> Option<Arc<DataKey>> {
        let id = self.cache().subjects.get(&(ledger, *subject)).copied()?;
        self.cached(ledger, &id)
    }

    /// A data key; none if a record says that it was destroyed, or if no record named it when it was. Any other key that
    /// is gone is an error.
    /// Blocking.
    pub(crate) fn open(
        &self,
        cell: &LedgerState,
        id: &DataKeyId,
    ) -> Result<Option<Arc<DataKey>>, KeyringError> {
        if let Some(key) = self.cached(cell.id, id) {
            return Ok(Some(key));
        }
        let Some(entry) = self.store.data_key(cell.id, id)? else {
            return match cell.keys().is_erased(id) || cell.unused_keys.is_given_up(id) {
                true => Ok(None),
                false => Err(KeyringError::Missing(*id)),
            };
        };
        let owner = key_changes::owner(cell, id, &entry)?;
        let context = data_key_context(cell.origin().as_str(), id, owner)?;
        let keks = self.custody.keks()?;
        let opened = WrappedKey::from_bytes(&entry.value)
            .and_then(|wrapped| keks.unwrap_key(&context, &wrapped));
        let key = opened.map_err(|error| KeyringError::unopened(id, error))?;
        self.keep(cell.id, *id, key).map(Some)
    }

    /// The keys that a subject's list names, newest last, each of which is the subject's own as far as its entry can
    /// say. Blocking.
    ///
    /// # Errors
    /// If a key of the list is missing, or is another subject's.
    pub(crate) fn keys_of(
        &self,
        cell: &LedgerState,
        subject: &SubjectTag,
    ) -> Result<Vec<SubjectKey>, KeyringError> {
        let mut keys = Vec::new();
        for id in self.store.subject_keys(cell.id, subject)? {
            let Some(entry) = self.store.data_key(cell.id, &id)? else {
                // One that is being erased may have gone since the list was read.
                match cell.keys().is_erased(&id) || cell.unused_keys.is_given_up(&id) {
                    true => continue,
                    false => return Err(KeyringError::Missing(id)),
                }
            };
            let is_bound = entry.mac.is_some();
            match key_changes::owner(cell, &id, &entry)? {
                Some(owner) if owner == subject => {}
                None if !is_bound => {}
                _ => return Err(KeyringError::Misplaced(id)),
            }
            keys.push(SubjectKey { id, is_bound });
        }
        Ok(keys)
    }

    /// A subject's newest key; none if the subject has none. `is_theirs` is asked about a key whose entry does not say
    /// whose it is; one that it knows nothing of is passed over. Blocking.
    pub(crate) fn of_subject(
        &self,
        cell: &LedgerState,
        subject: &SubjectTag,
        is_theirs: IsTheirs<'_>,
    ) -> Result<Option<Arc<DataKey>>, KeyringError> {
        let keys = self.keys_of(cell, subject)?;
        for key in keys.iter().rev() {
            // A key whose erasure is recorded may still be there for a moment.
            if cell.keys().is_erased(&key.id) || !(key.is_bound || is_theirs(&key.id)?) {
                continue;
            }
            if let Some(opened) = self.open(cell, &key.id)? {
                self.cache().subjects.insert((cell.id, *subject), key.id);
                return Ok(Some(opened));
            }
        }
        Ok(None)
    }

    /// A subject's newest key, made if there is none yet. Blocking.
    pub(crate) fn for_subject(
        &self,
        cell: &LedgerState,
        subject: &SubjectTag,
        is_theirs: IsTheirs<'_>,
    ) -> Result<Arc<DataKey>, KeyringError> {
        let _one_at_a_time = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = self.of_subject(cell, subject, is_theirs)? {
            return Ok(key);
        }
        let size = cell.size();
        let key = self.make(cell, Some(subject))?;
        cell.unused_keys.made(MadeKey {
            id: *key.id(),
            at: self.environment().elapsed(),
            size,
        });
        self.cache().subjects.insert((cell.id, *subject), *key.id());
        Ok(key)
    }

    /// Makes a data key; it is durable, with its copy for the recipients of `[rescue]`, when this returns. Blocking.
    pub(crate) fn make(
        &self,
        cell: &LedgerState,
        subject: Option<&SubjectTag>,
    ) -> Result<Arc<DataKey>, KeyringError> {
        let id = DataKeyId::from_bytes(self.environment().bytes());
        let key = SecretKey::draw(self.environment().entropy())?;
        let context = data_key_context(cell.origin().as_str(), &id, subject)?;
        let wrapped = self.custody.keks()?.wrap(&context, &key)?;
        let copy = match self.copies.sealed_to() {
            Some(recipients) => {
                let of = CopyOf {
                    origin: cell.origin(),
                    id: &id,
                    subject,
                };
                Some(of.seal(&key, recipients, cell.binder()?)?)
            }
            None => None,
        };
        let is_copied = copy.is_some();
        let new = NewKey {
            id,
            subject,
            wrapped,
            copy,
        };
        // Before it is stored, so that who counts the keys meanwhile counts it once.
        if is_copied {
            self.copies.note_made(id);
        }
        if let Err(error) = key_changes::put(&*self.store, cell, new) {
            if is_copied {
                self.copies.take_back(&id);
            }
            return Err(error);
        }
        self.keep(cell.id, id, key)
    }

    /// Destroys keys for good; durable when this returns. Blocking.
    pub(crate) fn destroy(
        &self,
        cell: &LedgerState,
        ids: &[DataKeyId],
    ) -> Result<(), KeyringError> {
        self.forget(cell.id, ids);
        key_changes::destroy(&*self.store, cell, ids)?;
        // Somebody may have opened one while it was still there.
        self.forget(cell.id, ids);
        Ok(())
    }

    /// Drops keys that are destroyed, or about to be.
    fn forget(&self, ledger: LedgerId, ids: &[DataKeyId]) {
        let mut cache = self.cache();
        for id in ids {
            cache.keys.remove(&(ledger, *id));
        }
        cache
            .subjects
            .retain(|(of, _), id| *of != ledger || !ids.contains(id));
    }

    fn keep(
        &self,
        ledger: LedgerId,
        id: DataKeyId,
        key: SecretKey,
    ) -> Result<Arc<DataKey>, KeyringError> {
        let mut cache = self.cache();
        if cache.keys.len() >= DATA_KEYS_CACHED_MAX {
            cache.evict();
        }
        let kept = self.memory.keep(key).map_err(|_key| KeyringError::Full)?;
        let key = Arc::new(DataKey::new(id, kept));
        let now = self.environment().elapsed();
        let cached = Cached {
            key: Arc::clone(&key),
            opened: now,
            used: now,
        };
        cache.keys.insert((ledger, id), cached);
        drop(cache);
        self.opened.ring();
        Ok(key)
    }

    /// Drops expired keys, and says when the next one expires.
    fn sweep(&self) -> Option<Duration> {
        let mut cache = self.cache();
        // Under the lock, so that no key was opened later.
        let now = self.environment().elapsed();
        cache.retain(|cached| now.saturating_sub(cached.opened) <= DATA_KEY_CACHED);
        let oldest = cache.keys.values().map(|cached| cached.opened).min();
        // A key is dropped once it has been open for longer.
        oldest.map(|opened| opened + DATA_KEY_CACHED + Duration::from_millis(1))
    }

    fn environment(&self) -> &Environment {
        self.custody.environment()
    }

    fn cache(&self) -> MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The loop that drops keys which have been open too long, and all of them at its end.
pub(crate) struct Sweep {
    pub(crate) keyring: Arc<Keyring>,
    pub(crate) stop: Stop,
}

impl Steps for Sweep {
    fn step(&mut self) -> Next {
        if self.stop.is_set() {
            self.keyring.cache().retain(|_| false);
            return Next::Ended;
        }
        match self.keyring.sweep() {
            Some(expires) => Next::PausesUntil(expires),
            None => Next::Waits,
        }
    }
}

impl Cache {
    /// Drops the key that was used least recently.
    fn evict(&mut self) {
        let oldest = self.keys.iter().min_by_key(|(_, cached)| cached.used);
        if let Some(place) = oldest.map(|(place, _)| *place) {
            self.keys.remove(&place);
        }
    }

    fn retain(&mut self, keep: impl Fn(&Cached) -> bool) {
        let before = self.keys.len();
        self.keys.retain(|_, cached| keep(cached));
        if self.keys.len() != before {
            let keys = &self.keys;
            self.subjects
                .retain(|(ledger, _), id| keys.contains_key(&(*ledger, *id)));
        }
    }
}
