//! Failed authentications by address: who guesses waits, and a full table forgets the least guilty first.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use core::net::{IpAddr, Ipv6Addr};

/// What is counted as one address: of IPv6 the half that a network gives to one customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AddressKey(u128);

/// Bits of an IPv6 address that one customer chooses.
const OWN_BITS: u32 = 64;

impl AddressKey {
    /// The key of an address. One of IPv4 that is written as one of IPv6 is the same.
    pub fn of(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
            IpAddr::V6(address) => Ipv6Addr::to_bits(address) >> OWN_BITS << OWN_BITS,
        })
    }
}

/// How many failures an address has, and how fast they are forgiven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PenaltyRule {
    /// Failures after which an address waits.
    pub failures_max: u32,
    /// In which time one failure is forgiven.
    pub forgive: Duration,
    /// Addresses that are kept.
    pub addresses_max: usize,
}

/// The failures of all addresses, in bounded memory. Times are nanoseconds on a clock that does not go back.
#[derive(Debug)]
pub struct Penalties {
    rule: PenaltyRule,
    /// When all failures of an address will be forgiven.
    forgiven: BTreeMap<AddressKey, u64>,
    /// The same by time, so that the one who is forgiven first is found at once.
    first: BTreeSet<(u64, AddressKey)>,
    forgotten: u64,
}

impl Penalties {
    /// Without failures.
    pub fn new(rule: PenaltyRule) -> Self {
        Self {
            rule,
            forgiven: BTreeMap::new(),
            first: BTreeSet::new(),
            forgotten: 0,
        }
    }

    /// Whether an address may try: otherwise after which time. To be asked before anything that a caller presents is
    /// looked at.
    pub fn may_try(&self, address: AddressKey, now: u64) -> Result<(), Duration> {
        let forgiven = self.forgiven.get(&address).copied().unwrap_or(now);
        let owed = forgiven.saturating_sub(now);
        let allowed = self
            .forgive_ns()
            .saturating_mul(u64::from(self.rule.failures_max).saturating_sub(1));
        match owed > allowed {
            true => Err(Duration::from_nanos(owed - allowed)),
            false => Ok(()),
        }
    }

    /// Counts a failure. True if it is the one from which on the address waits.
    pub fn failed(&mut self, address: AddressKey, now: u64) -> bool {
        let could = self.may_try(address, now).is_ok();
        let before = self.forgiven.get(&address).copied();
        if let Some(before) = before {
            self.first.remove(&(before, address));
        }
        let all = self
            .forgive_ns()
            .saturating_mul(u64::from(self.rule.failures_max));
        let after = before
            .unwrap_or(now)
            .max(now)
            .saturating_add(self.forgive_ns());
        // Those who go on while they wait don't wait for days.
        let after = after.min(now.saturating_add(all));
        self.forgiven.insert(address, after);
        self.first.insert((after, address));
        self.let_go(address, now);
        could && self.may_try(address, now).is_err()
    }

    /// Failures that were forgotten before they were forgiven, because there were too many addresses.
    pub fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// How many addresses have failures.
    pub fn count(&self) -> usize {
        self.forgiven.len()
    }

    /// Lets those go who are forgiven, and where there are still too many, those who will be first.
    fn let_go(&mut self, newest: AddressKey, now: u64) {
        while let Some(&(forgiven, address)) = self.first.first() {
            let is_forgiven = forgiven <= now;
            if !is_forgiven && self.forgiven.len() <= self.rule.addresses_max {
                return;
            }
            self.first.pop_first();
            self.forgiven.remove(&address);
            self.forgotten += u64::from(!is_forgiven);
            if address == newest {
                return;
            }
        }
    }

    fn forgive_ns(&self) -> u64 {
        u64::try_from(self.rule.forgive.as_nanos())
            .unwrap_or(u64::MAX)
            .max(1)
    }
}

#[cfg(test)]
mod tests;
