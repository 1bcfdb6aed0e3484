//! How much each principal, or all together, may append to a ledger in a day.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, SystemTime},
};

use indelible_access::{self as access, Quota, QuotaExceeded, Quotas};
use indelible_proto::v1::ErrorReason;

use super::refusal::Refusal;
use crate::refusals::{Kind, refused};

/// The quotas in force, and what was had of them today.
#[derive(Default)]
pub(crate) struct QuotaLimits {
    /// Whether there is any; without, nothing is looked at.
    any: AtomicBool,
    quotas: Mutex<Quotas>,
}

impl QuotaLimits {
    pub(super) fn new(quotas: Vec<Quota>) -> Arc<Self> {
        let limits = Self::default();
        limits.put(quotas);
        Arc::new(limits)
    }

    /// Puts others in force. What was had of one that stays as it is stays counted.
    pub(super) fn put(&self, quotas: Vec<Quota>) {
        let any = !quotas.is_empty();
        self.lock().put(quotas);
        self.any.store(any, Ordering::Release);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Quotas> {
        self.quotas.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts events of a caller that are about to be appended to the ledger of this name, or refuses them.
    pub(super) fn take(
        &self,
        caller: &access::Caller,
        ledger: &str,
        events: usize,
        bytes: usize,
    ) -> Result<(), Refusal> {
        if !self.any.load(Ordering::Acquire) {
            return Ok(());
        }
        let since_1970 = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        let now = u64::try_from(since_1970.as_nanos()).unwrap_or(u64::MAX);
        let taken = self
            .lock()
            .take(caller, ledger, events as u64, bytes as u64, now);
        taken.map_err(|exceeded| refuse(caller, ledger, exceeded))
    }
}

fn refuse(caller: &access::Caller, ledger: &str, exceeded: QuotaExceeded) -> Refusal {
    let QuotaExceeded {
        quota,
        per_day,
        is_own,
        retry,
    } = exceeded;
    let who = || caller.principal().to_string();
    refused(Kind::QuotaExceeded, who, || {
        let principal = who();
        tracing::warn!(
            principal,
            ledger,
            quota,
            per_day,
            "refused events beyond a quota"
        );
    });
    let whose = match is_own {
        true => "this caller",
        false => "all callers together",
    };
    let problem = format!(
        "more than the quota {quota} allows {whose} in the ledger {ledger}, which is {per_day} until midnight, UTC"
    );
    Refusal::new(ErrorReason::QuotaExceeded, problem)
        .with("quota", quota)
        .with("per_day", per_day)
        .with("ledger", ledger)
        .after(retry.max(Duration::from_millis(1)))
}
