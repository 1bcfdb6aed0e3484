//! How a quantity is spread: percentiles without the values.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{absorb::Absorb, counted::Sum};

/// Buckets of one power of two: 32, so that a bucket is at most 1/32 (3.2 %) wide.
const SUBDIVISION_BITS: u32 = 5;

/// Counts by logarithmic bucket. Values below 64 have one of their own; above, the error is at most 1/32.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<(u16, Sum)>", into = "Vec<(u16, Sum)>")]
pub struct Histogram(BTreeMap<u16, Sum>);

/// A state holds it as a list, since the members of an object would be ordered as text.
impl From<Histogram> for Vec<(u16, Sum)> {
    fn from(histogram: Histogram) -> Self {
        histogram.0.into_iter().collect()
    }
}

impl From<Vec<(u16, Sum)>> for Histogram {
    fn from(buckets: Vec<(u16, Sum)>) -> Self {
        Self(buckets.into_iter().collect())
    }
}

impl Histogram {
    /// Takes in a value.
    pub fn see(&mut self, value: u64) {
        self.0.entry(bucket(value)).or_default().add(1);
    }

    /// How many values there were.
    pub fn count(&self) -> u64 {
        let mut sum = Sum::default();
        for count in self.0.values() {
            sum.add(count.value());
        }
        sum.value()
    }

    /// The least value that at least so many thousandths of all values do not exceed, rounded up to the end of its
    /// bucket; none if there is no value.
    pub fn percentile(&self, thousandths: u64) -> Option<u64> {
        let count = u128::from(self.count());
        let rank = (count * u128::from(thousandths)).div_ceil(1_000).max(1);
        let mut below = 0;
        self.0.iter().find_map(|(bucket, count)| {
            below += u128::from(count.value());
            (below >= rank).then(|| greatest_of(*bucket))
        })
    }
}

impl Absorb for Histogram {
    fn absorb(&mut self, later: Self) {
        for (bucket, count) in later.0 {
            self.0.entry(bucket).or_default().absorb(count);
        }
    }
}

/// The bucket of a value: its power of two, and the five bits after the highest.
fn bucket(value: u64) -> u16 {
    let power = value.checked_ilog2().unwrap_or(0);
    let shift = power.saturating_sub(SUBDIVISION_BITS);
    let bucket = (u64::from(shift) << SUBDIVISION_BITS) + (value >> shift);
    u16::try_from(bucket).unwrap_or(u16::MAX)
}

/// The greatest value of a bucket.
fn greatest_of(bucket: u16) -> u64 {
    let width = 1_u64 << SUBDIVISION_BITS;
    let bucket = u64::from(bucket);
    if bucket < 2 * width {
        return bucket;
    }
    let shift = (bucket >> SUBDIVISION_BITS) - 1;
    let leading = bucket - (shift << SUBDIVISION_BITS);
    // The last bucket ends at 2^64 - 1.
    u64::try_from(((u128::from(leading) + 1) << shift) - 1).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_ends_where_the_next_begins() {
        let mut value = 0_u64;
        for expected in 0..(64 - u16::try_from(SUBDIVISION_BITS).unwrap()) * 32 + 32 {
            assert_eq!(bucket(value), expected, "{value}");
            let greatest = greatest_of(expected);
            assert_eq!(bucket(greatest), expected);
            assert!(greatest - value <= value / 32);
            if greatest == u64::MAX {
                return;
            }
            value = greatest + 1;
        }
        panic!("the greatest value has no bucket");
    }

    #[test]
    fn percentiles_are_the_ends_of_buckets() {
        let mut spread = Histogram::default();
        assert_eq!(spread.percentile(500), None);
        for value in 1..=100 {
            spread.see(value);
        }
        assert_eq!(spread.count(), 100);
        assert_eq!(spread.percentile(0), Some(1));
        assert_eq!(spread.percentile(500), Some(50));
        assert_eq!(spread.percentile(990), Some(99));
        assert_eq!(spread.percentile(1_000), Some(101));
        let mut one = Histogram::default();
        one.see(1_000_000);
        assert_eq!(one.percentile(500), Some(1_015_807));
    }
}
