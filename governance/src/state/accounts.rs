//! Accounts of budgets: what is posted and what is pending, in slices of time.

use std::{collections::BTreeMap, ops::Bound};

use serde::{Deserialize, Serialize};

use crate::{
    claim::AccountKey,
    state::{clockwork::Clockwork, pairs},
};

/// What of an account is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Use {
    /// What is spent, so far as anybody knows.
    pub posted: u64,
    /// What is set aside.
    pub pending: u64,
}

impl Use {
    /// Both together: what can't be used again.
    pub fn total(self) -> u64 {
        self.posted.saturating_add(self.pending)
    }

    fn add(&mut self, other: Self) {
        self.posted = self.posted.saturating_add(other.posted);
        self.pending = self.pending.saturating_add(other.pending);
    }
}

/// The slices of an account, by their beginning.
type Slices = BTreeMap<u64, Use>;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Accounts {
    #[serde(with = "pairs")]
    accounts: BTreeMap<AccountKey, Slices>,
    /// When the oldest slice of an account no longer counts.
    #[serde(skip)]
    turns: Clockwork<AccountKey>,
}

impl Accounts {
    pub(super) fn len(&self) -> usize {
        self.accounts.len()
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &AccountKey> {
        self.accounts.keys()
    }

    pub(super) fn keys_after(
        &self,
        after: Option<&AccountKey>,
    ) -> impl Iterator<Item = &AccountKey> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let range = self
            .accounts
            .range::<AccountKey, _>((from, Bound::Unbounded));
        range.map(|(key, _)| key)
    }

    pub(super) fn has(&self, key: &AccountKey) -> bool {
        self.accounts.contains_key(key)
    }

    /// What counts at a time.
    pub(super) fn used(&self, key: &AccountKey, time: u64) -> Use {
        let mut sum = Use::default();
        let slices = self.accounts.get(key).into_iter().flatten();
        for (slice, used) in slices {
            if key.period.counts(*slice, time) {
                sum.add(*used);
            }
        }
        sum
    }

    /// Changes a slice. Nothing is taken below zero, and nothing goes round.
    pub(super) fn change(&mut self, key: &AccountKey, slice: u64, change: impl FnOnce(&mut Use)) {
        let slices = self.accounts.entry(key.clone()).or_default();
        let used = slices.entry(slice).or_default();
        change(used);
        self.settle(key);
    }

    /// Drops what is empty, and sets when the account is looked at again.
    fn settle(&mut self, key: &AccountKey) {
        let Some(slices) = self.accounts.get_mut(key) else {
            return;
        };
        slices.retain(|_, used| used.total() > 0);
        // The last moment of the oldest slice, and what turns then.
        let first = slices.keys().next().copied();
        match first {
            None => {
                self.accounts.remove(key);
                self.turns.clear(key);
            }
            Some(first) => match key.period.turns(first) {
                Some(turns) => self.turns.set(key, turns),
                None => self.turns.clear(key),
            },
        }
    }

    /// Drops what no longer counts. Reservations know themselves where their slice was.
    pub(super) fn advance(&mut self, now: u64) {
        while let Some((_, key)) = self.turns.take(now) {
            if let Some(slices) = self.accounts.get_mut(&key) {
                slices.retain(|slice, _| key.period.counts(*slice, now));
            }
            self.settle(&key);
        }
    }

    pub(super) fn rewind(&mut self) {
        let keys: Vec<_> = self.accounts.keys().cloned().collect();
        for key in keys {
            self.settle(&key);
        }
    }
}
