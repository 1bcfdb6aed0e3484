//! How much may be appended to a ledger in a day.

pub(crate) mod file;

use std::{collections::BTreeMap, num::NonZeroU64, time::Duration};

use crate::{
    caller::Caller,
    limits::{DAY_NS, QUOTA_COUNTS_MAX},
    principal::Principal,
    reach::Reach,
};

/// A quota, for each ledger that it covers by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quota {
    /// Principals and groups. Each caller who is one of them, or in one of them, has all of it; without any, all callers
    /// together have it.
    pub principals: Vec<Principal>,
    /// The ledgers that it covers.
    pub on: Vec<Reach>,
    /// Events in a day of UTC.
    pub events: Option<NonZeroU64>,
    /// Bytes of events in a day of UTC.
    pub bytes: Option<NonZeroU64>,
}

/// Which quota is used up, and after which time there is more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuotaExceeded {
    /// The name of its key in the configuration.
    pub quota: &'static str,
    /// How many there may be in a day.
    pub per_day: u64,
    /// Whether it is the caller's own, and not that of all callers together.
    pub is_own: bool,
    /// The time until the next day of UTC.
    pub retry: Duration,
}

/// The quotas in force, and what was had of each since the day began. A new process has had nothing.
#[derive(Debug, Default)]
pub struct Quotas {
    quotas: Vec<Quota>,
    had: BTreeMap<Key, Had>,
    /// Days since 1970.
    day: u64,
}

/// What is counted together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    /// Which quota.
    place: usize,
    ledger: Box<str>,
    /// Whose, if each caller has it.
    principal: Option<Principal>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Had {
    events: u64,
    bytes: u64,
}

impl Quota {
    fn covers(&self, caller: &Caller, ledger: &str) -> bool {
        let is_meant = |name| self.principals.contains(name);
        self.on.iter().any(|reach| reach.covers_ledger(ledger))
            && (self.principals.is_empty() || caller.names().any(is_meant))
    }

    /// What there would be after so much more; or which of both is used up, with how many there may be.
    fn after(&self, had: Had, events: u64, bytes: u64) -> Result<Had, (&'static str, u64)> {
        let after = Had {
            events: had.events.saturating_add(events),
            bytes: had.bytes.saturating_add(bytes),
        };
        for (name, most, count) in [
            ("events_per_day", self.events, after.events),
            ("bytes_per_day", self.bytes, after.bytes),
        ] {
            if let Some(most) = most.filter(|most| count > most.get()) {
                return Err((name, most.get()));
            }
        }
        Ok(after)
    }
}

impl Quotas {
    /// Puts other quotas in force. What was had of one that stays as it is stays counted.
    pub fn put(&mut self, quotas: Vec<Quota>) {
        let before = std::mem::replace(&mut self.quotas, quotas);
        let place = |key: &Key| {
            let same = before.get(key.place);
            self.quotas.iter().position(|quota| Some(quota) == same)
        };
        self.had = std::mem::take(&mut self.had)
            .into_iter()
            .filter_map(|(key, had)| {
                Some((
                    Key {
                        place: place(&key)?,
                        ..key
                    },
                    had,
                ))
            })
            .collect();
    }

    /// Counts what a caller appends to a ledger; or says which quota is used up, and counts nothing. `now` is in
    /// nanoseconds since 1970 UTC.
    pub fn take(
        &mut self,
        caller: &Caller,
        ledger: &str,
        events: u64,
        bytes: u64,
        now: u64,
    ) -> Result<(), QuotaExceeded> {
        if self.day != now / DAY_NS {
            self.day = now / DAY_NS;
            self.had.clear();
        }
        let mut taken = Vec::new();
        for (place, quota) in self.quotas.iter().enumerate() {
            if !quota.covers(caller, ledger) {
                continue;
            }
            let is_own = !quota.principals.is_empty();
            let key = self.key(place, ledger, is_own.then(|| caller.principal()));
            let had = self.had.get(&key).copied().unwrap_or_default();
            let after = quota.after(had, events, bytes);
            let after = after.map_err(|(quota, per_day)| QuotaExceeded {
                quota,
                per_day,
                is_own,
                retry: Duration::from_nanos(DAY_NS - now % DAY_NS),
            })?;
            taken.push((key, after));
        }
        self.had.extend(taken);
        Ok(())
    }

    /// Where it is counted. Without room for another count, whoever has none shares one: nobody has more by being many.
    fn key(&self, place: usize, ledger: &str, principal: Option<&Principal>) -> Key {
        let own = Key {
            place,
            ledger: ledger.into(),
            principal: principal.cloned(),
        };
        if self.had.len() < QUOTA_COUNTS_MAX || self.had.contains_key(&own) {
            return own;
        }
        Key {
            ledger: Box::default(),
            principal: None,
            ..own
        }
    }
}

#[cfg(test)]
mod tests;
