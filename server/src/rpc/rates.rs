//! How many calls and bytes of events each principal may have in a second.

use std::{
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::{Duration, Instant},
};

use indelible_access::{self as access, Account, Accounts, Exceeded, Rates};
use indelible_proto::v1::ErrorReason;

use super::{
    quotas::{QuotaLimits, Wanted},
    refusal::Refusal,
    transport::Connected,
};
use crate::{
    limits::RATE_ACCOUNTS_MAX,
    refusals::{Kind, refused},
};

/// What all principals may have, and what each has had.
pub(crate) struct RateLimits {
    /// Without any, nothing is counted.
    rates: RwLock<Option<Rates>>,
    accounts: Mutex<Accounts>,
    begun: Instant,
}

impl RateLimits {
    pub(crate) fn new(rates: Option<Rates>) -> Arc<Self> {
        Arc::new(Self {
            rates: RwLock::new(rates),
            accounts: Mutex::new(Accounts::new(RATE_ACCOUNTS_MAX, 0)),
            begun: Instant::now(),
        })
    }

    /// Puts others in force. What each principal has had stays counted.
    pub(super) fn take(&self, rates: Option<Rates>) {
        *self.rates.write().unwrap_or_else(PoisonError::into_inner) = rates;
    }

    fn in_force(&self) -> Option<Rates> {
        *self.rates.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a call.
    pub(super) fn call(
        &self,
        connected: &Connected,
        caller: &access::Caller,
    ) -> Result<(), Refusal> {
        let Some(rates) = self.in_force() else {
            return Ok(());
        };
        let account = self.account(connected, caller);
        let taken = account.request(&rates, self.now());
        taken.map_err(|exceeded| refuse(exceeded, || caller.principal().to_string()))
    }

    /// What counts the events of a connection that go to a ledger.
    pub(super) fn meter(
        self: &Arc<Self>,
        quotas: &Arc<QuotaLimits>,
        connected: &Connected,
        caller: &Arc<access::Caller>,
        ledger: &str,
    ) -> Meter {
        Meter {
            limits: Arc::clone(self),
            account: self.account(connected, caller),
            caller: Arc::clone(caller),
            quotas: Arc::clone(quotas),
            ledger: access::ledger_name(ledger).into(),
        }
    }

    /// The account of whoever is at the other end of a connection, which it keeps.
    fn account(&self, connected: &Connected, caller: &access::Caller) -> Arc<Account> {
        let account = connected.account.get_or_init(|| {
            let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
            accounts.of(caller.principal(), self.now())
        });
        Arc::clone(account)
    }

    /// Nanoseconds on a clock that does not go back.
    fn now(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

/// Counts events and their bytes; without a limit, nothing.
#[derive(Clone)]
pub(crate) struct Meter {
    limits: Arc<RateLimits>,
    account: Arc<Account>,
    caller: Arc<access::Caller>,
    quotas: Arc<QuotaLimits>,
    /// The name of the ledger that the events go to.
    ledger: Arc<str>,
}

impl Meter {
    /// Counts some, or refuses them.
    pub(crate) fn bytes(&self, count: usize) -> Result<(), Refusal> {
        let who = || self.caller.principal().to_string();
        self.exceeded(count)
            .map_or(Ok(()), |exceeded| Err(refuse(exceeded, who)))
    }

    /// Refuses events that would exceed a quota of the day, before anything is made for them; nothing is counted.
    pub(crate) async fn check_quota(&self, events: usize, bytes: usize) -> Result<(), Refusal> {
        match self.quotas.any() {
            true => self.quotas.check(self.wanted(events, bytes)).await,
            false => Ok(()),
        }
    }

    fn wanted(&self, events: usize, bytes: usize) -> Wanted {
        Wanted {
            caller: Arc::clone(&self.caller),
            ledger: Arc::clone(&self.ledger),
            events,
            bytes,
        }
    }

    /// Counts events that are about to be appended, and their bytes, in the quotas of the day, or refuses them.
    pub(crate) async fn quota(&self, events: usize, bytes: usize) -> Result<(), Refusal> {
        if !self.quotas.any() {
            return Ok(());
        }
        self.quotas.take(self.wanted(events, bytes)).await
    }

    /// Counts some once they may be had. It can be dropped at any time.
    pub(crate) async fn await_bytes(&self, count: usize) {
        while let Some(exceeded) = self.exceeded(count) {
            tokio::time::sleep(exceeded.retry).await;
        }
    }

    fn exceeded(&self, count: usize) -> Option<Exceeded> {
        let rates = self.limits.in_force()?;
        let now = self.limits.now();
        self.account.bytes(&rates, count as u64, now).err()
    }
}

fn refuse(exceeded: Exceeded, who: impl Fn() -> String) -> Refusal {
    let Exceeded {
        limit, per_second, ..
    } = exceeded;
    refused(Kind::RateExceeded, &who, || {
        let principal = who();
        tracing::warn!(
            principal,
            limit,
            per_second,
            "refused a caller who wants too much at once"
        );
    });
    let problem = format!("more than limits.{limit} allows each caller, which is {per_second}");
    Refusal::new(ErrorReason::RateExceeded, problem)
        .with("limit", limit)
        .with("per_second", per_second)
        .after(exceeded.retry.max(Duration::from_millis(1)))
}

#[cfg(test)]
mod tests {
    use indelible_access::Rate;
    use tonic::Status;
    use tonic_types::StatusExt as _;

    use super::*;
    use crate::rpc::transport::{Presented, Process};

    fn connected(user: u32) -> Connected {
        Connected::new(Presented::Process(Process {
            user,
            name: None,
            groups: Vec::new(),
        }))
    }

    fn limits(rate: u64) -> Arc<RateLimits> {
        let rate = Rate::new(rate, rate).unwrap();
        RateLimits::new(Some(Rates {
            requests: rate,
            bytes: rate,
        }))
    }

    #[test]
    fn each_caller_has_its_own_rate_over_all_of_its_connections() {
        let limits = limits(2);
        let call = |connection: &Connected| {
            let caller = connection.caller.clone().unwrap().unwrap();
            limits.call(connection, &caller)
        };
        let (first, second, other) = (connected(7), connected(7), connected(8));
        assert!(call(&first).is_ok() && call(&second).is_ok());
        let refused = Status::from(call(&first).unwrap_err());
        let info = refused.get_details_error_info().unwrap();
        assert_eq!(
            (info.reason.as_str(), info.metadata["limit"].as_str()),
            ("RATE_EXCEEDED", "requests_per_second")
        );
        // The number, so that nobody has to ask the operator for it.
        assert_eq!(info.metadata["per_second"], "2");
        assert!(
            refused.message().contains("which is 2"),
            "{}",
            refused.message()
        );
        let retry = refused
            .get_details_retry_info()
            .unwrap()
            .retry_delay
            .unwrap();
        assert!(
            retry > Duration::ZERO && retry <= Duration::from_secs(1),
            "{retry:?}"
        );
        assert!(call(&other).is_ok());
    }

    #[tokio::test]
    async fn a_stream_waits_where_a_call_is_refused() {
        let limits = limits(1_000_000);
        let connection = connected(7);
        let caller = connection.caller.clone().unwrap().unwrap();
        let meter = limits.meter(&Arc::default(), &connection, &caller, "audit");
        let begun = Instant::now();
        assert!(meter.bytes(900_000).is_ok());
        assert!(meter.bytes(300_000).is_err());
        meter.await_bytes(300_000).await;
        // A fifth of a second's worth was lacking.
        assert!(begun.elapsed() >= Duration::from_millis(150));
        // What is in force changes for those, too, who are here already.
        assert!(meter.bytes(300_000_000).is_err());
        limits.take(None);
        assert!(meter.bytes(usize::MAX).is_ok());
    }
}
