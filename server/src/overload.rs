//! Overload: what is refused while appends wait too long for the writer, in the order of what can best be done later.
//!
//! One number decides, which is how long what waits has waited. Reports and exports read the disk that the writer writes to,
//! and take the processors that it needs; so they are refused first, reads after them, and further appends last. What runs
//! already runs to its end.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use indelible_access::Action;
use indelible_ledger::Engine;
use tokio::sync::Notify;

use crate::limits::{
    QUEUE_IDLE_LOOK_MS, QUEUE_LOOK_MS, SHED_APPENDS_MS, SHED_EXPORTS_MS, SHED_READS_MS,
    SHED_REPORTS_MS,
};

/// Looks at the queue that are remembered.
const LOOKS_MAX: usize = 1_024;
/// Looks that found nothing waiting before they become rare.
const IDLE_LOOKS: u32 = 50;

/// What is refused together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    Reports,
    Exports,
    Reads,
    Appends,
}

impl Class {
    /// The class of an action; those of none are never refused: what an operator needs to see and to mend, and what the law
    /// gives a date for.
    pub(crate) fn of(action: Action) -> Option<Self> {
        match action {
            Action::Report
            | Action::ReportOpened
            | Action::Project
            | Action::RebuildProjections
            | Action::Verify => Some(Self::Reports),
            Action::Export | Action::ExportOpened => Some(Self::Exports),
            Action::Read | Action::Follow | Action::Decrypt | Action::Prove => Some(Self::Reads),
            Action::Append => Some(Self::Appends),
            _ => None,
        }
    }

    /// Its name in answers.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Reports => "reports",
            Self::Exports => "exports",
            Self::Reads => "reads",
            Self::Appends => "appends",
        }
    }

    /// From which age of what waits on it is refused.
    pub(crate) fn refused_from_ms(self) -> u64 {
        match self {
            Self::Reports => SHED_REPORTS_MS,
            Self::Exports => SHED_EXPORTS_MS,
            Self::Reads => SHED_READS_MS,
            Self::Appends => SHED_APPENDS_MS,
        }
    }
}

/// How long what waits for the writer has waited.
#[derive(Debug, Clone, Default)]
pub(crate) struct Overload(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    age_ms: AtomicU64,
    /// Whether looks are rare, because nothing came for a while.
    is_idle: AtomicBool,
    /// Something comes.
    busy: Notify,
}

impl Overload {
    /// The age of what has waited longest, in milliseconds, if a call of this class is refused for it. Looks become frequent
    /// again with the first such call after a while without any.
    pub(crate) fn refuses(&self, class: Class) -> Option<u64> {
        if self.0.is_idle.load(Ordering::Relaxed) && self.0.is_idle.swap(false, Ordering::Relaxed) {
            self.0.busy.notify_one();
        }
        let age = self.age_ms();
        (age >= class.refused_from_ms()).then_some(age)
    }

    /// The age of what has waited longest, in milliseconds.
    pub(crate) fn age_ms(&self) -> u64 {
        self.0.age_ms.load(Ordering::Relaxed)
    }

    #[cfg(test)]
    pub(crate) fn set_age_ms(&self, age: u64) {
        self.0.age_ms.store(age, Ordering::Relaxed);
    }

    /// Looks at the queue again and again. Never ends.
    pub(crate) async fn watch(self, engine: Engine) {
        let (mut looks, mut idle) = (Looks::default(), 0);
        loop {
            let progress = engine.writer_progress();
            let age = looks.age(Instant::now(), progress.queued, progress.taken);
            let age = u64::try_from(age.as_millis()).unwrap_or(u64::MAX);
            self.0.age_ms.store(age, Ordering::Relaxed);
            idle = match progress.queued > progress.taken {
                true => 0,
                false => idle + 1,
            };
            if idle < IDLE_LOOKS {
                tokio::time::sleep(Duration::from_millis(QUEUE_LOOK_MS)).await;
                continue;
            }
            // What comes without a call, such as the daemon's own records, is seen with the next rare look.
            self.0.is_idle.store(true, Ordering::Relaxed);
            let pause = Duration::from_millis(QUEUE_IDLE_LOOK_MS);
            if tokio::time::timeout(pause, self.0.busy.notified())
                .await
                .is_ok()
            {
                idle = 0;
            }
        }
    }
}

/// When the queue was seen to have taken in how much, so that the age of what waits is known without a time in each of its
/// places.
#[derive(Debug, Default)]
struct Looks(VecDeque<(Instant, u64)>);

impl Looks {
    /// For how long at least the first of what waits has waited, given how much was put into the queue so far and how much
    /// was taken out.
    fn age(&mut self, now: Instant, queued: u64, taken: u64) -> Duration {
        while self.0.front().is_some_and(|(_, seen)| *seen <= taken) {
            self.0.pop_front();
        }
        let is_more = self.0.back().is_none_or(|(_, seen)| *seen < queued);
        if queued > taken && is_more && self.0.len() < LOOKS_MAX {
            self.0.push_back((now, queued));
        }
        self.0
            .front()
            .map_or(Duration::ZERO, |(since, _)| now.duration_since(*since))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_age_is_that_of_the_first_that_waits() {
        let (begun, mut looks) = (Instant::now(), Looks::default());
        let mut age = |ms, queued, taken| {
            let age = looks.age(begun + Duration::from_millis(ms), queued, taken);
            u64::try_from(age.as_millis()).unwrap()
        };
        assert_eq!(age(0, 0, 0), 0);
        assert_eq!(age(10, 5, 0), 0);
        assert_eq!(age(20, 9, 0), 10);
        // Some of those that were there first are still there.
        assert_eq!(age(30, 12, 4), 20);
        // They are gone; the next came between the looks at 10 and 20.
        assert_eq!(age(40, 12, 5), 20);
        assert_eq!(age(50, 12, 9), 20);
        assert_eq!(age(60, 12, 12), 0);
        assert_eq!(age(70, 13, 12), 0);
        assert_eq!(age(1_070, 13, 12), 1_000);
        assert_eq!(age(1_080, 90, 13), 0);
    }

    #[test]
    fn a_writer_that_keeps_up_is_never_late_however_much_it_does() {
        let (begun, mut looks) = (Instant::now(), Looks::default());
        for step in 1..100_000_u64 {
            let now = begun + Duration::from_millis(20) * step as u32;
            let age = looks.age(now, step * 1_000, step * 1_000 - 900);
            assert!(age <= Duration::from_millis(20), "{age:?}");
        }
        assert!(looks.0.len() < 4);
    }

    #[test]
    fn what_can_wait_is_refused_first_and_the_operator_s_never() {
        let overload = Overload::default();
        let refused = |age| {
            overload.set_age_ms(age);
            let classes = [Class::Reports, Class::Exports, Class::Reads, Class::Appends];
            let refused = classes
                .into_iter()
                .filter(|class| overload.refuses(*class).is_some());
            refused.count()
        };
        for (age, count) in [
            (0, 0),
            (SHED_REPORTS_MS - 1, 0),
            (SHED_REPORTS_MS, 1),
            (SHED_EXPORTS_MS, 2),
            (SHED_READS_MS, 3),
            (SHED_APPENDS_MS, 4),
        ] {
            assert_eq!(refused(age), count, "{age}");
        }
        for action in [
            Action::ReadStatus,
            Action::Erase,
            Action::PlaceHold,
            Action::RevokeKeys,
            Action::AcceptClock,
        ] {
            assert_eq!(Class::of(action), None);
        }
    }
}
