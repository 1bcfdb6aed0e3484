//! What a run counts: acknowledged events, latencies, refusals.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use tonic::{Code, Status};

use super::{histogram::Histogram, report::Failure};

/// With so many failures in a row nothing is being measured any more.
const FAILURES_IN_A_ROW_MAX: u64 = 200;
/// How long a sender waits whose request failed.
const PAUSE: Duration = Duration::from_millis(5);
/// How long one waits whose request was one too many.
const PAUSE_OF_ONE_TOO_MANY: Duration = Duration::from_millis(50);

/// Shared by all tasks of a run.
pub(super) struct Tally {
    /// Events that may still be claimed.
    left: AtomicU64,
    stopped: AtomicBool,
    /// False while warming up and after the end.
    measuring: AtomicBool,
    measured: AtomicU64,
    total: AtomicU64,
    failures_in_a_row: AtomicU64,
    failures: Mutex<BTreeMap<String, Failure>>,
    pub(super) latencies: Histogram,
}

impl Tally {
    pub(super) fn new(events: Option<u64>) -> Self {
        Self {
            left: AtomicU64::new(events.unwrap_or(u64::MAX)),
            stopped: AtomicBool::new(false),
            measuring: AtomicBool::new(false),
            measured: AtomicU64::new(0),
            total: AtomicU64::new(0),
            failures_in_a_row: AtomicU64::new(0),
            failures: Mutex::new(BTreeMap::new()),
            latencies: Histogram::new(),
        }
    }

    /// Takes at most so many events to send; `None` when the run is over.
    pub(super) fn claim(&self, most: u32) -> Option<u32> {
        if self.stopped.load(Relaxed) {
            return None;
        }
        let most = u64::from(most);
        let take = |left: u64| (left > 0).then(|| left - left.min(most));
        let left = self.left.fetch_update(Relaxed, Relaxed, take).ok()?;
        u32::try_from(left.min(most)).ok()
    }

    /// Counts a request that was answered as it should be.
    pub(super) fn acknowledged(&self, events: u32, sent: Instant) {
        let events = u64::from(events);
        self.failures_in_a_row.store(0, Relaxed);
        self.total.fetch_add(events, Relaxed);
        if self.measuring.load(Relaxed) {
            self.measured.fetch_add(events, Relaxed);
            self.latencies.record(sent.elapsed());
        }
    }

    /// Counts a request that failed and waits a moment, as its sender should: where there was too much, as long as it takes a
    /// full queue to have room again.
    pub(super) async fn failed(&self, status: &Status) {
        self.note_failure(status);
        let pause = match status.code() {
            Code::ResourceExhausted => PAUSE_OF_ONE_TOO_MANY,
            _ => PAUSE,
        };
        tokio::time::sleep(pause).await;
    }

    fn note_failure(&self, status: &Status) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let failure = failures
            .entry(format!("{:?}", status.code()))
            .or_insert_with(|| Failure {
                count: 0,
                example: status.message().to_owned(),
            });
        failure.count += 1;
        // A daemon that is offered too much refuses the rest, and goes on.
        if status.code() == Code::ResourceExhausted {
            return;
        }
        if self.failures_in_a_row.fetch_add(1, Relaxed) + 1 >= FAILURES_IN_A_ROW_MAX {
            self.stop();
        }
    }

    pub(super) fn start_measuring(&self) {
        self.latencies.clear();
        self.measured.store(0, Relaxed);
        self.measuring.store(true, Relaxed);
    }

    /// Ends the run: nothing more is claimed, what is in flight no longer counts.
    pub(super) fn stop(&self) {
        self.measuring.store(false, Relaxed);
        self.stopped.store(true, Relaxed);
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stopped.load(Relaxed)
    }

    /// Events acknowledged while measuring.
    pub(super) fn measured(&self) -> u64 {
        self.measured.load(Relaxed)
    }

    /// Events acknowledged in all.
    pub(super) fn total(&self) -> u64 {
        self.total.load(Relaxed)
    }

    pub(super) fn failures(&self) -> BTreeMap<String, Failure> {
        self.failures
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_end_with_the_events() {
        let tally = Tally::new(Some(250));
        let claims = [
            tally.claim(100),
            tally.claim(100),
            tally.claim(100),
            tally.claim(100),
        ];
        assert_eq!(claims, [Some(100), Some(100), Some(50), None]);
    }

    #[test]
    fn only_the_measured_part_counts() {
        let tally = Tally::new(None);
        tally.acknowledged(1, Instant::now());
        tally.start_measuring();
        tally.acknowledged(10, Instant::now());
        tally.stop();
        tally.acknowledged(100, Instant::now());
        assert_eq!(
            (tally.measured(), tally.total(), tally.latencies.count()),
            (10, 111, 1)
        );
        assert_eq!(tally.claim(1), None);
    }

    #[test]
    fn a_run_in_which_everything_fails_ends() {
        let tally = Tally::new(None);
        for _ in 0..FAILURES_IN_A_ROW_MAX {
            assert!(!tally.is_stopped());
            tally.note_failure(&Status::unavailable("gone"));
        }
        assert!(tally.is_stopped());
        assert_eq!(tally.failures()["Unavailable"].count, FAILURES_IN_A_ROW_MAX);
    }
}
