//! Rates: how many requests and bytes a second a principal may have, as the generic cell rate algorithm counts them.
//!
//! Times are nanoseconds on a clock that does not go back; where it begins does not matter.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use crate::{limits::SECOND_NS, principal::Principal};

/// So many in a second, and so many at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    per_second: u64,
    /// How far ahead of an even pace one may be, in nanoseconds.
    ahead: u64,
}

impl Rate {
    /// A rate; none if it lets nothing through, or if as many at once would take centuries at an even pace.
    pub fn new(per_second: u64, at_once: u64) -> Option<Self> {
        if per_second == 0 || at_once == 0 {
            return None;
        }
        let ahead = pace(per_second, at_once);
        (ahead < COST_NS_MAX).then_some(Self { per_second, ahead })
    }
}

/// What a take costs at most, so that no sum overflows.
const COST_NS_MAX: u64 = u64::MAX / 4;

/// How many nanoseconds so many take at an even pace. Each take is rounded up by less than one.
fn pace(per_second: u64, count: u64) -> u64 {
    let nanoseconds = match count.checked_mul(SECOND_NS) {
        Some(product) => product.div_ceil(per_second),
        None => {
            let wide = u128::from(count) * u128::from(SECOND_NS);
            u64::try_from(wide.div_ceil(u128::from(per_second))).unwrap_or(COST_NS_MAX)
        }
    };
    nanoseconds.min(COST_NS_MAX)
}

/// How far one principal is ahead of its even pace. Many threads take from it.
#[derive(Debug)]
pub struct Cell {
    /// When everything that was taken would be through at an even pace.
    through: AtomicU64,
}

impl Cell {
    /// From which nothing was taken.
    fn new(now: u64) -> Self {
        Self {
            through: AtomicU64::new(now),
        }
    }

    /// Takes some, or says after which time as many can be had. More than are given at once are taken once nothing is
    /// owed, and paid for afterwards; otherwise they could never be had.
    pub fn take(&self, rate: Rate, count: u64, now: u64) -> Result<(), Duration> {
        let cost = pace(rate.per_second, count);
        let room = rate.ahead.max(cost);
        let mut before = self.through.load(Ordering::Relaxed);
        loop {
            // What was through in the past counts for nothing: nobody saves up.
            let after = before.saturating_sub(now).saturating_add(cost);
            if after > room {
                return Err(Duration::from_nanos(after - room));
            }
            let taken = self.through.compare_exchange_weak(
                before,
                now.saturating_add(after),
                Ordering::Relaxed,
                Ordering::Relaxed,
            );
            match taken {
                Ok(_) => return Ok(()),
                Err(changed) => before = changed,
            }
        }
    }

    /// Whether nothing is owed, so that one from which nothing was taken is the same.
    fn is_idle(&self, now: u64) -> bool {
        self.through.load(Ordering::Relaxed) <= now
    }
}

/// The rates of one principal.
#[derive(Debug)]
pub struct Account {
    requests: Cell,
    bytes: Cell,
}

/// What all principals may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates {
    /// Requests.
    pub requests: Rate,
    /// Bytes of requests.
    pub bytes: Rate,
}

/// Which rate was exceeded, and after which time to try again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exceeded {
    /// The name of the limit.
    pub limit: &'static str,
    /// How many of it there may be in a second.
    pub per_second: u64,
    /// After which time.
    pub retry: Duration,
}

impl Account {
    fn new(now: u64) -> Self {
        Self {
            requests: Cell::new(now),
            bytes: Cell::new(now),
        }
    }

    /// Takes one request.
    pub fn request(&self, rates: &Rates, now: u64) -> Result<(), Exceeded> {
        let exceeded = |retry| Exceeded {
            limit: "requests_per_second",
            per_second: rates.requests.per_second,
            retry,
        };
        self.requests.take(rates.requests, 1, now).map_err(exceeded)
    }

    /// Takes the bytes of a message.
    pub fn bytes(&self, rates: &Rates, count: u64, now: u64) -> Result<(), Exceeded> {
        let exceeded = |retry| Exceeded {
            limit: "bytes_per_second",
            per_second: rates.bytes.per_second,
            retry,
        };
        self.bytes.take(rates.bytes, count, now).map_err(exceeded)
    }

    fn is_idle(&self, now: u64) -> bool {
        self.requests.is_idle(now) && self.bytes.is_idle(now)
    }
}

/// The accounts of all principals, in bounded memory.
///
/// An account is let go only when it owes nothing, which is when a new one says the same: nobody gets rid of what they owe
/// by making the table full. Where there is no room for another account, those who have none share one.
#[derive(Debug)]
pub struct Accounts {
    accounts: BTreeMap<Principal, Arc<Account>>,
    accounts_max: usize,
    shared: Arc<Account>,
    /// When a full table is looked through again.
    look: u64,
}

/// Nanoseconds between two looks through a full table, so that many strangers don't make each look.
const LOOK_NS: u64 = SECOND_NS / 10;

impl Accounts {
    /// For at most so many principals.
    pub fn new(accounts_max: usize, now: u64) -> Self {
        Self {
            accounts: BTreeMap::new(),
            accounts_max,
            shared: Arc::new(Account::new(now)),
            look: now,
        }
    }

    /// The account of a principal. A connection keeps it, and takes from it without asking here again.
    pub fn of(&mut self, principal: &Principal, now: u64) -> Arc<Account> {
        if let Some(account) = self.accounts.get(principal) {
            return Arc::clone(account);
        }
        if self.accounts.len() >= self.accounts_max {
            if now < self.look {
                return Arc::clone(&self.shared);
            }
            self.look = now.saturating_add(LOOK_NS);
            // One that a connection still has must stay: otherwise there would be two of it.
            let is_needed =
                |account: &Arc<Account>| Arc::strong_count(account) > 1 || !account.is_idle(now);
            self.accounts.retain(|_, account| is_needed(account));
            if self.accounts.len() >= self.accounts_max {
                return Arc::clone(&self.shared);
            }
        }
        let account = Arc::new(Account::new(now));
        self.accounts
            .insert(principal.clone(), Arc::clone(&account));
        account
    }

    /// How many principals have an account.
    pub fn count(&self) -> usize {
        self.accounts.len()
    }
}

#[cfg(test)]
mod tests;
