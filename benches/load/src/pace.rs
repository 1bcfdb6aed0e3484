//! A load that is offered at a set rate, whatever the daemon makes of it.

use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::{Duration, Instant},
};

use tokio::time;

/// Says when each request is due. One that can't be sent in time counts its latency from then on, so that a daemon that
/// holds up its callers does not look fast to them.
pub(super) struct Pace {
    begun: Instant,
    per_second: u64,
    /// Events that are due before the next request.
    events: AtomicU64,
}

impl Pace {
    /// Begins now.
    pub(super) fn new(per_second: u64) -> Self {
        Self {
            begun: Instant::now(),
            per_second,
            events: AtomicU64::new(0),
        }
    }

    /// Waits until a request of so many events is due, and says since when it was.
    pub(super) async fn due(&self, count: u32) -> Instant {
        let before = self.events.fetch_add(count.into(), Relaxed);
        let nanos = u128::from(before) * 1_000_000_000 / u128::from(self.per_second);
        let after = Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX));
        let due = self.begun + after;
        time::sleep_until(due.into()).await;
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn requests_are_due_evenly_and_late_ones_stay_due() {
        let pace = Pace::new(1_000_000);
        let first = pace.due(500).await;
        let second = pace.due(500).await;
        assert_eq!(second - first, Duration::from_micros(500));
        assert!(Instant::now() >= second, "it was waited for");
        // Whoever comes too late does not move those who follow.
        time::sleep(Duration::from_millis(5)).await;
        let third = pace.due(1).await;
        assert_eq!(third - first, Duration::from_millis(1));
    }
}
