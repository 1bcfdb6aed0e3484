//! How much may be appended to a ledger in a day.

mod count;
pub(crate) mod file;

use std::{collections::BTreeMap, num::NonZeroU64, time::Duration};

use crate::{
    caller::Caller,
    limits::{DAY_NS, QUOTA_COUNTS_MAX, QUOTA_STEPS},
    principal::Principal,
    reach::Reach,
};

use self::count::{CountName, Had, Naming};
pub use self::count::{KeptCount, NotACount};

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

/// Why events are not counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotTaken {
    /// A quota is used up.
    UsedUp(QuotaExceeded),
    /// More must be set aside first: these counts must be durable, and [`Quotas::set_aside`] be told so.
    NotSetAside(Vec<KeptCount>),
}

/// The quotas in force, and what was had of each since the day began.
///
/// What is had is set aside first, a part of a quota at once, and what is set aside is kept where it outlives the process. So
/// what a process that was killed had had is never more than what is kept.
#[derive(Debug, Default)]
pub struct Quotas {
    quotas: Vec<Quota>,
    counts: BTreeMap<CountName, Count>,
    /// The first place where no count of today is kept.
    free: u32,
    /// Days since 1970.
    day: u64,
}

#[derive(Debug, Clone, Copy)]
struct Count {
    had: Had,
    /// What is kept of it, which is never less.
    set_aside: Had,
    /// Where that is kept.
    place: u32,
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

    /// What there would be after so much more, or the quota that is used up at `now`.
    fn checked(&self, had: Had, events: u64, bytes: u64, now: u64) -> Result<Had, QuotaExceeded> {
        let after = self.after(had, events, bytes);
        after.map_err(|(quota, per_day)| QuotaExceeded {
            quota,
            per_day,
            is_own: !self.principals.is_empty(),
            retry: Duration::from_nanos(DAY_NS - now % DAY_NS),
        })
    }

    /// What is counted together. A quota that says something else has other counts.
    fn count(&self, ledger: &str, principal: Option<&Principal>) -> CountName {
        let mut naming = Naming::begin();
        naming.add(&(self.principals.len() as u64).to_be_bytes());
        for principal in &self.principals {
            naming.add(principal.as_str().as_bytes());
        }
        for reach in &self.on {
            naming.add(reach.to_string().as_bytes());
        }
        for most in [self.events, self.bytes] {
            naming.add(&most.map_or(0, NonZeroU64::get).to_be_bytes());
        }
        naming.add(ledger.as_bytes());
        naming.add(principal.map_or("", Principal::as_str).as_bytes());
        naming.end()
    }

    /// What is set aside when so much was had: some more, so that few appends wait for it, and no more than there is.
    fn aside(&self, after: Had) -> Had {
        let more = |most: Option<NonZeroU64>, after: u64| {
            let most = most.map_or(0, NonZeroU64::get);
            after.saturating_add(most / QUOTA_STEPS).min(most)
        };
        Had {
            events: more(self.events, after.events),
            bytes: more(self.bytes, after.bytes),
        }
    }

    /// Whether so much is set aside. What has no limit needs none.
    fn is_within(&self, after: Had, set_aside: Had) -> bool {
        (self.events.is_none() || after.events <= set_aside.events)
            && (self.bytes.is_none() || after.bytes <= set_aside.bytes)
    }
}

impl Quotas {
    /// Puts other quotas in force. What was had of one that stays as it is stays counted.
    pub fn put(&mut self, quotas: Vec<Quota>) {
        self.quotas = quotas;
    }

    /// Takes over what was kept by the process before this one, which was had. Counts of other days are let go. `now` is in
    /// nanoseconds since 1970 UTC.
    pub fn restore(&mut self, kept: impl IntoIterator<Item = KeptCount>, now: u64) {
        self.begin(now);
        for kept in kept.into_iter().filter(|kept| kept.day == self.day) {
            self.free = self.free.max(kept.place.saturating_add(1));
            // After a clock that went back there may be two; whatever was had stays had.
            let count = self.counts.entry(kept.name).or_insert(Count {
                had: Had::default(),
                set_aside: Had::default(),
                place: kept.place,
            });
            count.had = count.had.max(kept.had);
            count.set_aside = count.had;
        }
    }

    /// Whether a caller may append so much more to a ledger; nothing is counted. `now` is in nanoseconds since 1970 UTC.
    ///
    /// # Errors
    /// Which quota it would exceed.
    pub fn check(
        &mut self,
        caller: &Caller,
        ledger: &str,
        events: u64,
        bytes: u64,
        now: u64,
    ) -> Result<(), QuotaExceeded> {
        self.begin(now);
        for quota in &self.quotas {
            if quota.covers(caller, ledger) {
                let is_own = !quota.principals.is_empty();
                let name = self.name(quota, ledger, is_own.then(|| caller.principal()));
                let had = self.counts.get(&name).map(|count| count.had);
                quota.checked(had.unwrap_or_default(), events, bytes, now)?;
            }
        }
        Ok(())
    }

    /// Counts what a caller appends to a ledger; or says which quota is used up or what must be set aside first, and counts
    /// nothing. `now` is in nanoseconds since 1970 UTC.
    ///
    /// # Errors
    /// See [`NotTaken`].
    pub fn take(
        &mut self,
        caller: &Caller,
        ledger: &str,
        events: u64,
        bytes: u64,
        now: u64,
    ) -> Result<(), NotTaken> {
        self.begin(now);
        let (mut taken, mut lacking) = (Vec::new(), Vec::new());
        let mut free = self.free;
        for quota in self
            .quotas
            .iter()
            .filter(|quota| quota.covers(caller, ledger))
        {
            let is_own = !quota.principals.is_empty();
            let name = self.name(quota, ledger, is_own.then(|| caller.principal()));
            let count = self.counts.get(&name).copied();
            let had = count.map(|count| count.had).unwrap_or_default();
            let after = quota.checked(had, events, bytes, now);
            let after = after.map_err(NotTaken::UsedUp)?;
            if count.is_some_and(|count| quota.is_within(after, count.set_aside)) {
                taken.push((name, after));
                continue;
            }
            // Two quotas that say the same have one count.
            if lacking.iter().any(|other: &KeptCount| other.name == name) {
                continue;
            }
            let place = count.map_or(free, |count| count.place);
            free += u32::from(count.is_none());
            lacking.push(KeptCount {
                place,
                day: self.day,
                name,
                had: quota.aside(after),
            });
        }
        if !lacking.is_empty() {
            return Err(NotTaken::NotSetAside(lacking));
        }
        for (name, after) in taken {
            if let Some(count) = self.counts.get_mut(&name) {
                count.had = after;
            }
        }
        Ok(())
    }

    /// Notes that these counts are kept. Of another day they mean nothing any more.
    pub fn set_aside(&mut self, kept: &[KeptCount]) {
        for kept in kept.iter().filter(|kept| kept.day == self.day) {
            self.free = self.free.max(kept.place.saturating_add(1));
            let count = self.counts.entry(kept.name).or_insert(Count {
                had: Had::default(),
                set_aside: Had::default(),
                place: kept.place,
            });
            count.set_aside = kept.had;
        }
    }

    /// What was had in truth, of all of which more is set aside: to be kept at the end, so that a restart costs nothing. From
    /// here on no more is set aside than that.
    pub fn settle(&mut self) -> Vec<KeptCount> {
        let day = self.day;
        let more = self
            .counts
            .iter_mut()
            .filter(|(_, count)| count.had != count.set_aside);
        let kept = more.map(|(name, count)| {
            count.set_aside = count.had;
            KeptCount {
                place: count.place,
                day,
                name: *name,
                had: count.had,
            }
        });
        kept.collect()
    }

    fn begin(&mut self, now: u64) {
        if self.day != now / DAY_NS {
            self.day = now / DAY_NS;
            self.counts.clear();
            self.free = 0;
        }
    }

    /// Where it is counted. Without room for another count, whoever has none shares one: nobody has more by being many.
    fn name(&self, quota: &Quota, ledger: &str, principal: Option<&Principal>) -> CountName {
        let own = quota.count(ledger, principal);
        if self.counts.len() < QUOTA_COUNTS_MAX || self.counts.contains_key(&own) {
            return own;
        }
        quota.count("", None)
    }
}

#[cfg(test)]
mod tests;
