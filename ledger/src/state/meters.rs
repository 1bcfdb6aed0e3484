//! What the engine measures of its own work, between the queue's door and the acknowledgement.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use indelible_governance::claim::Verdict;
use indelible_meters::{Buckets, Counter, Histogram};

/// How long a stage of an append takes: from some microseconds in memory to seconds on a disk in trouble.
const STAGES: Buckets = &[
    Duration::from_micros(100),
    Duration::from_micros(250),
    Duration::from_micros(500),
    Duration::from_millis(1),
    Duration::from_micros(2_500),
    Duration::from_millis(5),
    Duration::from_millis(10),
    Duration::from_millis(25),
    Duration::from_millis(50),
    Duration::from_millis(100),
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_millis(2_500),
    Duration::from_secs(10),
];

/// What was measured since the start.
#[derive(Debug)]
pub struct Meters {
    /// How long each append waited in the queue.
    pub queued: Histogram,
    /// How long it took to link and sign each group.
    pub signed: Histogram,
    /// How long the store took to write and sync each group.
    pub committed: Histogram,
    /// How long the anchor took to follow each group, and be synced.
    pub anchored: Histogram,
    /// Groups that are durable; each takes one sync of the store and one of the anchor.
    pub groups: Counter,
    /// Records that are durable since the start, the daemon's own included.
    pub records: Counter,
    /// Bytes of these records, as they are stored.
    pub bytes: Counter,
    /// Decisions that are durable since the start, by what was answered.
    pub decisions: Decisions,
    /// When the first of the rounds of publication began that did not publish all there was, one after the other up to now:
    /// nanoseconds on the clock that never goes backwards. 0 if the last round published all.
    unpublished_since: AtomicU64,
}

/// Decisions by what was answered. Repeated answers are not counted again.
#[derive(Debug, Default)]
pub struct Decisions {
    /// Go on.
    pub allowed: Counter,
    /// Go on; something is worth a look.
    pub warned: Counter,
    /// A human must decide.
    pub escalated: Counter,
    /// Don't.
    pub denied: Counter,
}

impl Decisions {
    pub(crate) fn count(&self, verdict: Verdict) {
        let counter = match verdict {
            Verdict::Allow => &self.allowed,
            Verdict::Warn => &self.warned,
            Verdict::Escalate => &self.escalated,
            Verdict::Deny => &self.denied,
        };
        counter.add(1);
    }
}

/// How long one append took in each of its stages, for whoever traces it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stages {
    /// It waited in the queue.
    pub queued: Duration,
    /// Its group was linked and signed.
    pub signed: Duration,
    /// The store wrote and synced its group. Zero where nothing was new.
    pub committed: Duration,
    /// The anchor followed. Zero where nothing was new.
    pub anchored: Duration,
}

/// When the writer took a group, and how long its stages took.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct GroupTimes {
    pub(crate) taken: Duration,
    pub(crate) signed: Duration,
    pub(crate) committed: Duration,
    pub(crate) anchored: Duration,
}

impl GroupTimes {
    /// The stages of one append of the group, which came to the queue then if it is a client's.
    pub(crate) fn of(&self, queued: Option<Duration>) -> Stages {
        Stages {
            queued: queued.map_or(Duration::ZERO, |queued| self.taken.saturating_sub(queued)),
            signed: self.signed,
            committed: self.committed,
            anchored: self.anchored,
        }
    }
}

impl Default for Meters {
    fn default() -> Self {
        Self {
            queued: Histogram::new(STAGES),
            signed: Histogram::new(STAGES),
            committed: Histogram::new(STAGES),
            anchored: Histogram::new(STAGES),
            groups: Counter::new(),
            records: Counter::new(),
            bytes: Counter::new(),
            decisions: Decisions::default(),
            unpublished_since: AtomicU64::new(0),
        }
    }
}

impl Meters {
    /// Notes a round of publication that began then, and whether it published all that had grown.
    pub(crate) fn note_round(&self, began: Duration, is_whole: bool) {
        let began = u64::try_from(began.as_nanos()).unwrap_or(u64::MAX).max(1);
        let since = match (is_whole, self.unpublished_since.load(Ordering::Relaxed)) {
            (true, _) => 0,
            (false, 0) => began,
            (false, since) => since,
        };
        self.unpublished_since.store(since, Ordering::Relaxed);
    }

    /// For how long what has grown could not all be published; 0 if it could.
    pub(crate) fn unpublished_for(&self, now: Duration) -> Duration {
        match self.unpublished_since.load(Ordering::Relaxed) {
            0 => Duration::ZERO,
            since => now.saturating_sub(Duration::from_nanos(since)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_published_grows_older_until_a_round_publishes_all() {
        let meters = Meters::default();
        let at = Duration::from_secs;
        assert_eq!(meters.unpublished_for(at(9)), at(0));
        meters.note_round(at(10), true);
        assert_eq!(meters.unpublished_for(at(11)), at(0));
        meters.note_round(at(12), false);
        meters.note_round(at(14), false);
        assert_eq!(meters.unpublished_for(at(15)), at(3));
        meters.note_round(at(16), true);
        assert_eq!(meters.unpublished_for(at(17)), at(0));
    }
}
