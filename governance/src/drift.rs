//! Drift: baselines of figures, and how far other figures are from them.
//!
//! The bins are fixed by the baseline: at most ten, bounded by the quantiles of its values. One half is added to the count of
//! every bin on both sides, so that an empty bin is no infinite divergence.

mod calibration;

use std::collections::BTreeMap;

use crate::{
    day::DAY_NS,
    digest::Digest,
    limits::{DRIFT_BINS_MAX, DRIFT_VALUES_MAX, DRIFT_VALUES_MIN, STATE_BASELINES_MAX},
    real::{Real, ln},
    record::DriftBaseline,
    request::Metric,
};

pub use calibration::{Calibration, DailyDivergence, TooFewDays};

/// What the digest of a baseline's values is of.
const VALUES: &str = "indelible 2026 drift baseline v1";
/// What is added to the count of every bin.
const SMOOTHING: f64 = 0.5;

/// Why a baseline can't be one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BaselineRefusal {
    /// Too few values, or too many.
    #[error(
        "a baseline has {DRIFT_VALUES_MIN} to {DRIFT_VALUES_MAX} values, and this has {values}"
    )]
    Values {
        /// How many.
        values: u64,
    },
    /// All values are the same, so that every figure is in the one bin, and nothing is ever far from it.
    #[error(
        "the values of a baseline must differ, and all {values} of this one are so alike that they are one bin"
    )]
    OneBin {
        /// How many.
        values: u64,
    },
    /// Counts that are not of the bins.
    #[error("the counts of the baseline do not fit its bins")]
    Bins,
    /// The policy is not registered, or of another kind.
    #[error("no policy of AEGIS' kind is registered under this digest; add it first")]
    UnknownPolicy,
    /// There are as many as there may be.
    #[error("the ledger has {STATE_BASELINES_MAX} baselines, which is the limit")]
    TooMany,
}

/// Makes a baseline of values.
///
/// # Errors
///
/// Too few values, too many, or values that are so alike that they make only one bin.
pub fn baseline(
    policy: Digest,
    metric: Metric,
    values: &[Real],
) -> Result<DriftBaseline, BaselineRefusal> {
    if !(DRIFT_VALUES_MIN..=DRIFT_VALUES_MAX).contains(&values.len()) {
        let values = values.len() as u64;
        return Err(BaselineRefusal::Values { values });
    }
    let bytes: Vec<_> = values
        .iter()
        .map(|value| value.get().to_be_bytes())
        .collect();
    let parts: Vec<_> = bytes.iter().map(|bytes| &bytes[..]).collect();
    let mut sorted = values.to_vec();
    sorted.sort_by(|one, other| one.get().total_cmp(&other.get()));
    let mut bounds: Vec<Real> = Vec::new();
    for bin in 1..DRIFT_BINS_MAX {
        let bound = sorted[bin * sorted.len() / DRIFT_BINS_MAX];
        // Nothing is below the least value, so it bounds no bin.
        if bound > sorted[0] && bounds.last() != Some(&bound) {
            bounds.push(bound);
        }
    }
    if bounds.is_empty() {
        let values = values.len() as u64;
        return Err(BaselineRefusal::OneBin { values });
    }
    let mut counts = vec![0; bounds.len() + 1];
    for value in values {
        counts[bin_of(&bounds, *value)] += 1;
    }
    Ok(DriftBaseline {
        policy,
        metric,
        values: Digest::of_parts(VALUES, &parts),
        bounds,
        counts,
    })
}

/// How far counts are from others of the same bins: the Kullback-Leibler divergence, in nats, with one half added to every
/// count.
pub fn divergence(counts: &[u64], baseline: &[u64]) -> Real {
    let total = |counts: &[u64]| {
        let bins = counts.len() as f64;
        counts.iter().sum::<u64>() as f64 + SMOOTHING * bins
    };
    let (all, of_baseline) = (total(counts), total(baseline));
    let share = |count: &u64, all| (*count as f64 + SMOOTHING) / all;
    let counts: Vec<_> = counts.iter().map(|count| share(count, all)).collect();
    let shares = baseline.iter().map(|count| share(count, of_baseline));
    // Rounding may leave less than nothing of equal shares.
    Real::nearest(relative_entropy(&counts, &shares.collect::<Vec<_>>()).max(0.0))
}

/// The Kullback-Leibler divergence of shares from others, in nats: added up in the order of the bins.
pub fn relative_entropy(shares: &[f64], of_baseline: &[f64]) -> f64 {
    let pairs = shares.iter().zip(of_baseline);
    pairs.map(|(share, base)| share * ln(share / base)).sum()
}

impl DriftBaseline {
    /// How far the figures of each day are from the baseline, each with its time in nanoseconds since 1970 UTC.
    pub fn daily(&self, figures: &[(u64, Real)]) -> Vec<DailyDivergence> {
        let mut days: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
        for (time, value) in figures {
            let counts = days.entry(time / DAY_NS);
            let counts = counts.or_insert_with(|| vec![0; self.counts.len()]);
            counts[bin_of(&self.bounds, *value)] += 1;
        }
        let of_day = |(day, counts): (u64, Vec<u64>)| DailyDivergence {
            day,
            values: counts.iter().sum(),
            kl: divergence(&counts, &self.counts),
        };
        days.into_iter().map(of_day).collect()
    }
}

fn bin_of(bounds: &[Real], value: Real) -> usize {
    bounds.partition_point(|bound| *bound <= value)
}

#[cfg(test)]
mod tests;
