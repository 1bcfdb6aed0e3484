//! What comes due: keys by the time at which something is to be done about them.

use std::collections::{BTreeMap, BTreeSet};

/// Keys by time. It is derived from what it is about, and is in no snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Clockwork<K: Ord> {
    due: BTreeSet<(u64, K)>,
    of: BTreeMap<K, u64>,
}

impl<K: Ord> Default for Clockwork<K> {
    fn default() -> Self {
        Self {
            due: BTreeSet::new(),
            of: BTreeMap::new(),
        }
    }
}

impl<K: Ord + Clone> Clockwork<K> {
    /// Sets when a key is due; what was set before no longer holds.
    pub(super) fn set(&mut self, key: &K, time: u64) {
        self.clear(key);
        self.of.insert(key.clone(), time);
        self.due.insert((time, key.clone()));
    }

    pub(super) fn clear(&mut self, key: &K) {
        if let Some((key, time)) = self.of.remove_entry(key) {
            self.due.remove(&(time, key));
        }
    }

    /// Takes the first key that is due at a time.
    pub(super) fn take(&mut self, now: u64) -> Option<(u64, K)> {
        let (time, key) = self.due.first()?;
        if *time > now {
            return None;
        }
        let (time, key) = (*time, key.clone());
        self.clear(&key);
        Some((time, key))
    }

    /// All keys, in the order in which they are due.
    pub(super) fn all(&self) -> impl Iterator<Item = &K> {
        self.due.iter().map(|(_, key)| key)
    }

    /// The keys that are due at a time, without taking them.
    pub(super) fn at(&self, now: u64) -> impl Iterator<Item = &K> {
        let due = self.due.iter().take_while(move |(time, _)| *time <= now);
        due.map(|(_, key)| key)
    }
}
