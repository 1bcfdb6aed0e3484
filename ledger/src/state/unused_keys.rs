//! Data keys of people that no record names: made for appends that were refused afterwards.

use std::{
    collections::{HashSet, VecDeque},
    sync::{Mutex, PoisonError, RwLock},
    time::Duration,
};

use indelible_evidence::DataKeyId;

use crate::state::limits::{UNUSED_KEY_KEPT, UNUSED_KEYS_GIVEN_UP_MAX, UNUSED_KEYS_KEPT_MAX};

/// A data key that this process made for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MadeKey {
    pub(crate) id: DataKeyId,
    /// When, on the engine's own clock.
    pub(crate) at: Duration,
    /// The ledger's size before: no earlier record names the key.
    pub(crate) size: u64,
}

/// Those of one ledger.
#[derive(Default)]
pub(crate) struct UnusedKeys {
    /// Made since the start, and not found in a record yet; the oldest first.
    made: Mutex<VecDeque<MadeKey>>,
    /// Destroyed, or about to be, without a record: nothing may be linked that is sealed under one. They are remembered
    /// until the restart, since an event that was sealed before may be admitted at any time.
    given_up: RwLock<HashSet<DataKeyId>>,
}

impl UnusedKeys {
    /// Remembers a new key until a record of it is found.
    pub(crate) fn made(&self, key: MadeKey) {
        self.lock().push_back(key);
    }

    /// Takes out the keys that were made so long ago that their appends must be over, if there are many.
    pub(crate) fn due(&self, now: Duration) -> Vec<MadeKey> {
        let mut made = self.lock();
        if made.len() <= UNUSED_KEYS_KEPT_MAX {
            return Vec::new();
        }
        let is_old = |key: &MadeKey| now.saturating_sub(key.at) > UNUSED_KEY_KEPT;
        let old = made.iter().take_while(|key| is_old(key)).count();
        made.drain(..old).collect()
    }

    /// Keeps keys of whom nothing could be found out, for as long as if they were made now.
    pub(crate) fn keep(&self, keys: Vec<MadeKey>, now: Duration) {
        let keys = keys.into_iter().map(|key| MadeKey { at: now, ..key });
        self.lock().extend(keys);
    }

    /// Gives keys up: from here on nothing is linked that is sealed under one. False, and nothing is given up, if there is
    /// no room to remember them.
    pub(crate) fn give_up(&self, ids: &[DataKeyId]) -> bool {
        let mut given_up = self
            .given_up
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        if given_up.len() + ids.len() > UNUSED_KEYS_GIVEN_UP_MAX {
            return false;
        }
        given_up.extend(ids);
        true
    }

    /// Takes that back, for keys that were not destroyed.
    pub(crate) fn take_back(&self, ids: &[DataKeyId]) {
        let mut given_up = self
            .given_up
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        for id in ids {
            given_up.remove(id);
        }
    }

    /// Whether a key was given up.
    pub(crate) fn is_given_up(&self, id: &DataKeyId) -> bool {
        let given_up = self.given_up.read().unwrap_or_else(PoisonError::into_inner);
        given_up.contains(id)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<MadeKey>> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
