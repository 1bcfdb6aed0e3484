//! Refusals as the log and the metrics tell of them. Whoever is refused on purpose, again and again, can't fill the log:
//! the first few of each kind and caller are lines of their own, the rest are counted and told together, and none is left
//! out.

use std::{
    collections::BTreeMap,
    sync::{
        LazyLock, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use crate::limits::{REFUSALS_LOGGED_FIRST, REFUSALS_TOLD_SECONDS, REFUSED_CALLERS_MAX};

/// Makes the kinds and their names from one table.
macro_rules! kinds {
    ($(#[doc = $doc:literal] $variant:ident = $name:literal;)+) => {
        /// What was refused.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum Kind { $(#[doc = $doc] $variant,)+ }

        impl Kind {
            /// Every kind, in the order of their numbers.
            pub(crate) const ALL: &[Self] = &[$(Self::$variant,)+];

            /// Its name in metrics.
            pub(crate) fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }
        }
    };
}

kinds! {
    /// A call of somebody who may not do this.
    CallDenied = "call_denied";
    /// A step of somebody who may do it, and not without a second person, or not with the one that they have.
    SecondPerson = "second_person";
    /// A call of somebody who is not known.
    CallerUnknown = "caller_unknown";
    /// A call with a token that is not accepted.
    TokenRefused = "token_refused";
    /// A call with a token from an address of which too many were refused.
    FailedTooOften = "failed_too_often";
    /// A call, or bytes of events, beyond a caller's rate.
    RateExceeded = "rate_exceeded";
    /// Events beyond a quota of the day.
    QuotaExceeded = "quota_exceeded";
    /// A call that can wait, while appends wait too long.
    Overloaded = "overloaded";
    /// A call for which there is no room among those in progress.
    Calls = "calls";
    /// A handshake of TLS that failed, or was not finished in time.
    Handshake = "handshake";
    /// A handshake of a client whose key is revoked.
    RevokedKey = "revoked_key";
    /// A connection that did not speak HTTP/2, or asked for nothing.
    NotHttp2 = "not_http2";
    /// A connection beyond all that may be open.
    Connections = "connections";
    /// A connection beyond those that one address may have.
    ConnectionsOfAddress = "connections_of_address";
    /// A connection without TLS from another machine.
    Foreign = "foreign";
}

/// How many kinds there are.
const KINDS: usize = Kind::ALL.len();

/// The refusals of this process.
static OF_THE_PROCESS: LazyLock<Refusals> = LazyLock::new(Refusals::default);

/// Counts a refusal. `line` writes its line of the log, if it gets one.
pub(crate) fn refused(kind: Kind, who: impl FnOnce() -> String, line: impl FnOnce()) {
    if OF_THE_PROCESS.count(kind, who) {
        line();
    }
}

/// Counts a refusal whose lines are written elsewhere.
pub(crate) fn counted(kind: Kind) {
    OF_THE_PROCESS.totals[kind as usize].fetch_add(1, Ordering::Relaxed);
}

/// How many there were of each kind since the start.
pub(crate) fn totals() -> impl Iterator<Item = (&'static str, u64)> {
    OF_THE_PROCESS.totals()
}

/// Tells from time to time of those that were only counted. Never ends.
pub(crate) async fn tell_of_the_rest() {
    loop {
        tokio::time::sleep(Duration::from_secs(REFUSALS_TOLD_SECONDS)).await;
        tell_of_the_rest_now();
    }
}

/// Tells of those that were only counted so far.
pub(crate) fn tell_of_the_rest_now() {
    for rest in OF_THE_PROCESS.take_rest() {
        let Rest { kind, who, count } = rest;
        let kind = kind.name();
        match who {
            Some(who) => tracing::warn!(kind, who, count, "refused more of the same"),
            None => tracing::warn!(kind, count, "refused more of the same, to other callers"),
        }
    }
}

/// Refusals that were counted and not told one by one.
#[derive(Debug, PartialEq, Eq)]
struct Rest {
    kind: Kind,
    /// Nothing stands for all those of whom none was counted apart.
    who: Option<String>,
    count: u64,
}

/// What there was of one kind to one caller.
#[derive(Debug, Default)]
struct Told {
    /// Lines that it got since it was last quiet.
    lines: u64,
    untold: u64,
    /// Whether there was one since the rest was told.
    is_active: bool,
}

#[derive(Default)]
struct Refusals {
    totals: [AtomicU64; KINDS],
    told: Mutex<BTreeMap<(Kind, Option<String>), Told>>,
}

impl Refusals {
    /// Counts one. True if it gets a line of its own.
    fn count(&self, kind: Kind, who: impl FnOnce() -> String) -> bool {
        self.totals[kind as usize].fetch_add(1, Ordering::Relaxed);
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let mut key = (kind, Some(who()));
        // The others of each kind have a place beside those that are counted apart.
        if told.len() >= REFUSED_CALLERS_MAX && !told.contains_key(&key) {
            key.1 = None;
        }
        let of_caller = told.entry(key).or_default();
        of_caller.is_active = true;
        if of_caller.lines < REFUSALS_LOGGED_FIRST {
            of_caller.lines += 1;
            return true;
        }
        of_caller.untold += 1;
        false
    }

    /// What was not told. Whoever was refused meanwhile gets no lines of their own again before they were quiet.
    fn take_rest(&self) -> Vec<Rest> {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let mut rest = Vec::new();
        told.retain(|(kind, who), of_caller| {
            let count = std::mem::take(&mut of_caller.untold);
            if count > 0 {
                let (kind, who) = (*kind, who.clone());
                rest.push(Rest { kind, who, count });
            }
            std::mem::take(&mut of_caller.is_active)
        });
        rest
    }

    fn totals(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let counted = Kind::ALL.iter().zip(&self.totals);
        counted.map(|(kind, total)| (kind.name(), total.load(Ordering::Relaxed)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Refuses somebody so often; returns how many lines that made.
    fn refuse(refusals: &Refusals, who: &str, count: u64) -> u64 {
        (0..count)
            .filter(|_| refusals.count(Kind::CallDenied, || who.to_owned()))
            .count() as u64
    }

    fn denied(refusals: &Refusals) -> u64 {
        refusals
            .totals()
            .find(|(kind, _)| *kind == "call_denied")
            .unwrap()
            .1
    }

    #[test]
    fn one_caller_gets_few_lines_and_every_refusal_is_told() {
        let refusals = Refusals::default();
        let mut told = 0;
        for minute in 0..10 {
            let lines = refuse(&refusals, "a", 10_000);
            // Whoever goes on gets none but the sum.
            assert_eq!(
                lines,
                if minute == 0 {
                    REFUSALS_LOGGED_FIRST
                } else {
                    0
                }
            );
            let rest = refusals.take_rest();
            assert_eq!(rest.len(), 1);
            told += lines + rest[0].count;
        }
        assert_eq!((told, denied(&refusals)), (100_000, 100_000));
        assert_eq!(refusals.take_rest(), []);
        // After a quiet minute the next one is news.
        assert_eq!(refuse(&refusals, "a", 1), 1);
    }

    #[test]
    fn the_lines_of_one_take_none_of_another() {
        let refusals = Refusals::default();
        refuse(&refusals, "a", 1_000);
        assert_eq!(refuse(&refusals, "b", 2), 2);
        assert!(refusals.count(Kind::Handshake, || "a".to_owned()));
    }

    #[test]
    fn many_callers_are_told_together_and_none_is_left_out() {
        let refusals = Refusals::default();
        let callers = 10 * REFUSED_CALLERS_MAX as u64;
        let mut lines = 0;
        for caller in 0..callers {
            lines += refuse(&refusals, &caller.to_string(), 20);
        }
        let counted_apart = REFUSED_CALLERS_MAX as u64;
        assert_eq!(lines, (counted_apart + 1) * REFUSALS_LOGGED_FIRST);
        let rest = refusals.take_rest();
        assert_eq!(rest.len(), REFUSED_CALLERS_MAX + 1);
        assert_eq!(rest.iter().filter(|rest| rest.who.is_none()).count(), 1);
        let told: u64 = rest.iter().map(|rest| rest.count).sum();
        assert_eq!(
            (told + lines, denied(&refusals)),
            (20 * callers, 20 * callers)
        );
        // Quiet for a while, they leave their places.
        refusals.take_rest();
        assert!(refusals.told.lock().unwrap().is_empty());
    }
}
