//! How much each principal, or all together, may append to a ledger in a day.

use std::{
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, SystemTime},
};

use indelible_access::{self as access, KeptCount, NotTaken, Quota, QuotaExceeded, Quotas};
use indelible_ledger::{Engine, LedgerError};
use indelible_proto::v1::ErrorReason;

use super::refusal::Refusal;
use crate::refusals::{Kind, refused};

/// The quotas in force, and what was had of them today.
#[derive(Default)]
pub(crate) struct QuotaLimits {
    /// Whether there is any; without, nothing is looked at.
    any: AtomicBool,
    quotas: Mutex<Quotas>,
    /// Keeps what is had over restarts.
    engine: OnceLock<Engine>,
    /// Whether what was kept by the process before is counted.
    is_restored: AtomicBool,
    /// Held by the one who keeps more, since what is kept last must be the most.
    keeping: Arc<tokio::sync::Mutex<()>>,
}

/// What somebody is about to append to a ledger.
#[derive(Clone)]
pub(super) struct Wanted {
    pub(super) caller: Arc<access::Caller>,
    /// The ledger's name.
    pub(super) ledger: Arc<str>,
    pub(super) events: usize,
    pub(super) bytes: usize,
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

    /// Keeps what is had in the store of this engine from now on.
    pub(super) fn keep_in(&self, engine: Engine) {
        if self.engine.set(engine).is_err() {
            tracing::error!("what is had of quotas is kept already");
        }
    }

    /// Whether there is any.
    pub(super) fn any(&self) -> bool {
        self.any.load(Ordering::Acquire)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Quotas> {
        self.quotas.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts events that are about to be appended, or refuses them. If too little is set aside, more is first, which waits for
    /// the disk.
    pub(super) async fn take(self: &Arc<Self>, wanted: Wanted) -> Result<(), Refusal> {
        if self.is_restored.load(Ordering::Acquire) {
            match self.count(&wanted) {
                Err(NotTaken::NotSetAside(_)) => {}
                Err(NotTaken::UsedUp(exceeded)) => return Err(refuse(&wanted, exceeded)),
                Ok(()) => return Ok(()),
            }
        }
        self.kept(move |limits, engine| limits.take_of_more(engine, &wanted))
            .await
    }

    /// Refuses events that would exceed a quota, before anything is made for them; nothing is counted.
    pub(super) async fn check(self: &Arc<Self>, wanted: Wanted) -> Result<(), Refusal> {
        if self.is_restored.load(Ordering::Acquire) {
            return self.within(&wanted);
        }
        let checked = self.kept(move |limits, engine| {
            if !limits.is_restored.load(Ordering::Acquire) {
                limits.restore(engine)?;
            }
            limits.within(&wanted)
        });
        checked.await
    }

    fn within(&self, wanted: &Wanted) -> Result<(), Refusal> {
        let (events, bytes) = (wanted.events as u64, wanted.bytes as u64);
        let within = self
            .lock()
            .check(&wanted.caller, &wanted.ledger, events, bytes, now());
        within.map_err(|exceeded| refuse(wanted, exceeded))
    }

    /// Keeps what was had in truth, once nothing more is had, so that an orderly restart costs nobody anything.
    pub(super) async fn settle(self: &Arc<Self>) {
        if !self.is_restored.load(Ordering::Acquire) {
            return;
        }
        let settled = self.kept(|limits, engine| {
            let counts = limits.lock().settle();
            Ok(keep(engine, &counts)?)
        });
        if let Err(refusal) = settled.await {
            let status = tonic::Status::from(refusal);
            tracing::warn!(
                problem = status.message(),
                "could not keep what was had of quotas; after the restart, a part of each counts as had that was not"
            );
        }
    }

    /// Runs what keeps counts, on a thread that may block, one after the other. It goes on if its caller gives up.
    async fn kept(
        self: &Arc<Self>,
        work: impl FnOnce(&Self, &Engine) -> Result<(), Refusal> + Send + 'static,
    ) -> Result<(), Refusal> {
        let turn = Arc::clone(&self.keeping).lock_owned().await;
        let limits = Arc::clone(self);
        let work = move || {
            let engine = limits.engine.get().ok_or_else(recovering)?;
            let done = work(&limits, engine);
            drop(turn);
            done
        };
        match tokio::task::spawn_blocking(work).await {
            Ok(done) => done,
            Err(panicked) => Err(Refusal::internal(&panicked)),
        }
    }

    fn take_of_more(&self, engine: &Engine, wanted: &Wanted) -> Result<(), Refusal> {
        if !self.is_restored.load(Ordering::Acquire) {
            self.restore(engine)?;
        }
        loop {
            let lacking = match self.count(wanted) {
                Ok(()) => return Ok(()),
                Err(NotTaken::UsedUp(exceeded)) => return Err(refuse(wanted, exceeded)),
                Err(NotTaken::NotSetAside(lacking)) => lacking,
            };
            keep(engine, &lacking)?;
            self.lock().set_aside(&lacking);
        }
    }

    /// Counts what the process before this one had set aside. If that can't be read, nobody has anything.
    fn restore(&self, engine: &Engine) -> Result<(), Refusal> {
        let mut kept = Vec::new();
        for (place, bytes) in (0..).zip(engine.quota_counts()?) {
            match KeptCount::from_bytes(place, &bytes) {
                Ok(count) => kept.push(count),
                Err(error) => {
                    tracing::warn!(place, %error, "the store has something else in the place of what was had of a quota");
                }
            }
        }
        self.lock().restore(kept, now());
        self.is_restored.store(true, Ordering::Release);
        Ok(())
    }

    fn count(&self, wanted: &Wanted) -> Result<(), NotTaken> {
        let (events, bytes) = (wanted.events as u64, wanted.bytes as u64);
        self.lock()
            .take(&wanted.caller, &wanted.ledger, events, bytes, now())
    }
}

/// Nanoseconds since 1970 UTC, by the system's clock.
fn now() -> u64 {
    let since_1970 = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since_1970.as_nanos()).unwrap_or(u64::MAX)
}

fn keep(engine: &Engine, counts: &[KeptCount]) -> Result<(), LedgerError> {
    let counts: Vec<_> = counts
        .iter()
        .map(|count| (count.place, count.to_bytes()))
        .collect();
    engine.keep_quota_counts(&counts)
}

fn recovering() -> Refusal {
    let problem = "the daemon has not read yet what was had of quotas today; retry";
    Refusal::new(ErrorReason::Recovering, problem)
}

fn refuse(wanted: &Wanted, exceeded: QuotaExceeded) -> Refusal {
    let (caller, ledger) = (&wanted.caller, &*wanted.ledger);
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
