//! Latencies counted in fixed buckets, so that recording one costs a few nanoseconds and no memory.

use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

/// Buckets for each power of two: a bucket is at most 1/64 of its value wide.
const STEPS: u64 = 64;
const STEP_BITS: u32 = STEPS.trailing_zeros();
/// Enough for every 64-bit number of nanoseconds.
const BUCKETS: usize = ((64 - STEP_BITS as usize) + 1) * STEPS as usize;

/// A histogram of durations, exact to 1.6%; the largest is kept exactly.
pub(super) struct Histogram {
    counts: Box<[AtomicU64]>,
    largest: AtomicU64,
}

impl Histogram {
    pub(super) fn new() -> Self {
        Self {
            counts: (0..BUCKETS).map(|_| AtomicU64::new(0)).collect(),
            largest: AtomicU64::new(0),
        }
    }

    pub(super) fn record(&self, latency: Duration) {
        let nanos = u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX);
        self.counts[bucket(nanos)].fetch_add(1, Relaxed);
        self.largest.fetch_max(nanos, Relaxed);
    }

    /// Forgets everything, for the end of a warm-up.
    pub(super) fn clear(&self) {
        for count in &self.counts {
            count.store(0, Relaxed);
        }
        self.largest.store(0, Relaxed);
    }

    pub(super) fn count(&self) -> u64 {
        self.counts.iter().map(|count| count.load(Relaxed)).sum()
    }

    pub(super) fn largest(&self) -> Duration {
        Duration::from_nanos(self.largest.load(Relaxed))
    }

    /// The upper end of the bucket that holds the given share of all latencies,
    /// which is at most 1; zero if there are none.
    pub(super) fn quantile(&self, share: f64) -> Duration {
        let total = self.count();
        let wanted = ((total as f64 * share).ceil() as u64).max(1);
        let mut seen = 0;
        for (index, count) in self.counts.iter().enumerate() {
            seen += count.load(Relaxed);
            if seen >= wanted {
                let end = Duration::from_nanos(upper_end(index));
                return end.min(self.largest());
            }
        }
        Duration::ZERO
    }
}

/// Values below `STEPS` have a bucket each; above, each power of two has `STEPS`.
fn bucket(nanos: u64) -> usize {
    if nanos < STEPS {
        return nanos as usize;
    }
    let shift = nanos.ilog2() - STEP_BITS;
    let step = (nanos >> shift) - STEPS;
    (u64::from(shift + 1) * STEPS + step) as usize
}

/// The largest value that falls into a bucket.
fn upper_end(index: usize) -> u64 {
    let index = index as u64;
    if index < STEPS {
        return index;
    }
    let shift = index / STEPS - 1;
    let step = u128::from(index % STEPS);
    (((u128::from(STEPS) + step + 1) << shift) - 1).min(u128::from(u64::MAX)) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_lies_in_a_bucket_that_is_narrow_enough() {
        let mut values: Vec<u64> = (0..5_000).collect();
        values.extend((0..64).flat_map(|bit| {
            let power = 1u64 << bit;
            [power - 1, power, power.saturating_add(power / 3)]
        }));
        values.push(u64::MAX);
        for value in values {
            let index = bucket(value);
            assert!(index < BUCKETS, "{value}");
            let end = upper_end(index);
            assert!(end >= value, "{value} beyond its bucket's end {end}");
            assert!(
                end - value <= value / 64 + 1,
                "{value} far from its bucket's end {end}"
            );
            assert!(
                index == 0 || upper_end(index - 1) < value,
                "{value} also in the bucket before"
            );
        }
    }

    #[test]
    fn quantiles_of_a_known_series() {
        let histogram = Histogram::new();
        for micros in 1..=1_000 {
            histogram.record(Duration::from_micros(micros));
        }
        let near = |share: f64, micros: f64| {
            let found = histogram.quantile(share).as_secs_f64() * 1e6;
            assert!(
                (found / micros - 1.0).abs() < 0.02,
                "{share}: {found} instead of {micros}"
            );
        };
        near(0.5, 500.0);
        near(0.9, 900.0);
        near(0.99, 990.0);
        assert_eq!(histogram.quantile(1.0), Duration::from_micros(1_000));
        assert_eq!(histogram.largest(), Duration::from_micros(1_000));
        assert_eq!(histogram.count(), 1_000);
    }

    #[test]
    fn an_empty_histogram_answers_zero() {
        let histogram = Histogram::new();
        histogram.record(Duration::from_secs(1));
        histogram.clear();
        assert_eq!(histogram.quantile(0.5), Duration::ZERO);
        assert_eq!(histogram.largest(), Duration::ZERO);
    }
}
