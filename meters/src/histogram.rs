//! How long something took, counted in fixed buckets.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// Upper bounds of buckets, ascending, each inclusive. What is longer than all of them is in a last bucket without a bound.
pub type Buckets = &'static [Duration];

/// Buckets of a histogram at most, the last one included.
const BUCKETS_MAX: usize = 17;

/// Durations, counted by the bucket that each falls into. Two atomics for each duration.
#[derive(Debug)]
pub struct Histogram {
    bounds: Buckets,
    counts: [AtomicU64; BUCKETS_MAX],
    nanoseconds: AtomicU64,
}

/// What a histogram held at some moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// Each bound with the number of durations up to it, those of the buckets before it included.
    pub upto: Vec<(Duration, u64)>,
    /// How many durations there were in all.
    pub count: u64,
    /// All of them together.
    pub sum: Duration,
}

impl Histogram {
    /// An empty histogram with these buckets. Bounds beyond the sixteenth are left out.
    #[must_use]
    pub const fn new(bounds: Buckets) -> Self {
        Self {
            bounds,
            counts: [const { AtomicU64::new(0) }; BUCKETS_MAX],
            nanoseconds: AtomicU64::new(0),
        }
    }

    /// Counts one duration.
    pub fn observe(&self, took: Duration) {
        let bounds = self.used_bounds();
        let place = bounds.partition_point(|bound| *bound < took);
        self.counts[place].fetch_add(1, Ordering::Relaxed);
        let nanoseconds = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.nanoseconds.fetch_add(nanoseconds, Ordering::Relaxed);
    }

    /// What it holds now. While others count, the sum may be ahead of the count by what they are counting.
    #[must_use]
    pub fn read(&self) -> Reading {
        let mut count = 0;
        let counts = self.counts.iter().map(|of| of.load(Ordering::Relaxed));
        let mut counts = counts.map(|of| {
            count += of;
            count
        });
        let bounds = self.used_bounds().iter();
        let upto: Vec<_> = bounds.copied().zip(counts.by_ref()).collect();
        counts.for_each(drop);
        Reading {
            upto,
            count,
            sum: Duration::from_nanos(self.nanoseconds.load(Ordering::Relaxed)),
        }
    }

    fn used_bounds(&self) -> &[Duration] {
        &self.bounds[..self.bounds.len().min(BUCKETS_MAX - 1)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: Buckets = &[
        Duration::from_millis(1),
        Duration::from_millis(10),
        Duration::from_millis(100),
    ];

    #[test]
    fn each_duration_is_in_the_buckets_that_reach_as_far() {
        let histogram = Histogram::new(BOUNDS);
        for micros in [1, 1_000, 1_001, 10_000, 99_999, 5_000_000] {
            histogram.observe(Duration::from_micros(micros));
        }
        let reading = histogram.read();
        let upto: Vec<_> = reading.upto.iter().map(|(_, count)| *count).collect();
        assert_eq!(upto, [2, 4, 5]);
        assert_eq!(reading.count, 6, "the last one is beyond all bounds");
        assert_eq!(reading.sum, Duration::from_micros(5_112_001));
    }

    #[test]
    fn bounds_beyond_those_that_have_room_are_left_out() {
        const MANY: &[Duration; 40] = &{
            let mut bounds = [Duration::ZERO; 40];
            let mut place = 0;
            while place < bounds.len() {
                bounds[place] = Duration::from_secs(place as u64);
                place += 1;
            }
            bounds
        };
        let histogram = Histogram::new(MANY);
        histogram.observe(Duration::from_secs(39));
        let reading = histogram.read();
        assert_eq!((reading.upto.len(), reading.count), (16, 1));
    }

    #[test]
    fn nothing_is_lost_where_many_count() {
        let histogram = Histogram::new(BOUNDS);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope
                    .spawn(|| (0..1_000).for_each(|_| histogram.observe(Duration::from_millis(2))));
            }
        });
        let reading = histogram.read();
        assert_eq!(
            (reading.count, reading.sum),
            (4_000, Duration::from_secs(8))
        );
    }
}
