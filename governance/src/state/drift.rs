//! Figures of requests, counted by bin and UTC day, and how far they are from their baselines.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{
    claim::aegis::{DriftClaim, DriftResult, DriftStatus},
    day::DAY_NS,
    digest::Digest,
    drift::{BaselineRefusal, divergence},
    limits::{
        DRIFT_BINS_MAX, DRIFT_VALUES_MAX, DRIFT_VALUES_MIN, DRIFT_WINDOW_DAYS_MAX,
        STATE_BASELINES_MAX,
    },
    real::Real,
    record::DriftBaseline,
    request::Metric,
    state::pairs,
};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Series {
    /// The sequence number of the baseline's record.
    since: u64,
    metric: Metric,
    values: Digest,
    /// The digits of the bounds, so that a reader that rounds changes no bound.
    bounds: Vec<String>,
    baseline: Vec<u64>,
    /// What is counted, by day.
    days: BTreeMap<u64, Vec<u64>>,
}

impl Series {
    fn bin_of(&self, value: Real) -> usize {
        let bounds = self.bounds.iter().map(|digits| digits.parse().ok());
        let bounds: Vec<_> = bounds.map(|number| number.and_then(Real::new)).collect();
        bounds.partition_point(|bound| bound.is_some_and(|bound| bound <= value))
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Drift {
    #[serde(with = "pairs")]
    series: BTreeMap<Digest, Series>,
}

impl Drift {
    pub(super) fn is_empty(&self) -> bool {
        self.series.is_empty()
    }

    /// Begins anew with a baseline.
    pub(super) fn set(&mut self, sequence: u64, baseline: &DriftBaseline) {
        let digits = |bound: &Real| format!("{:?}", bound.get());
        let series = Series {
            since: sequence,
            metric: baseline.metric,
            values: baseline.values,
            bounds: baseline.bounds.iter().map(digits).collect(),
            baseline: baseline.counts.clone(),
            days: BTreeMap::new(),
        };
        self.series.insert(baseline.policy, series);
    }

    /// How far the window that ends now is from the baseline, a figure that is not counted yet included.
    pub(super) fn result(&self, claim: &DriftClaim, now: u64) -> DriftResult {
        let without = |status, baseline| DriftResult {
            status,
            kl: None,
            values: 0,
            baseline,
        };
        let Some(series) = self.series.get(&claim.policy) else {
            return without(DriftStatus::NoBaseline, None);
        };
        let baseline = Some(series.values);
        if series.metric != claim.observation.metric {
            return without(DriftStatus::OtherMetric, baseline);
        }
        let today = now / DAY_NS;
        let first = (today + 1).saturating_sub(u64::from(claim.window_days));
        let mut counts = vec![0; series.baseline.len()];
        counts[series.bin_of(claim.observation.value)] += 1;
        for of_day in series.days.range(first..=today).map(|(_, counts)| counts) {
            for (count, more) in counts.iter_mut().zip(of_day) {
                *count += more;
            }
        }
        let values: u64 = counts.iter().sum();
        if values < DRIFT_VALUES_MIN as u64 {
            let status = DriftStatus::TooFew;
            return DriftResult {
                values,
                ..without(status, baseline)
            };
        }
        let kl = divergence(&counts, &series.baseline);
        DriftResult {
            status: match kl {
                kl if kl >= claim.tau_critical => DriftStatus::Critical,
                kl if kl >= claim.tau_warning => DriftStatus::Warning,
                _ => DriftStatus::Normal,
            },
            kl: Some(kl),
            values,
            baseline,
        }
    }

    /// Counts a figure, whatever came of its decision.
    pub(super) fn count(&mut self, claim: &DriftClaim, now: u64) {
        let Some(series) = self.series.get_mut(&claim.policy) else {
            return;
        };
        if series.metric != claim.observation.metric {
            return;
        }
        let today = now / DAY_NS;
        let bin = series.bin_of(claim.observation.value);
        let bins = series.baseline.len();
        series.days.entry(today).or_insert_with(|| vec![0; bins])[bin] += 1;
        let first = (today + 1).saturating_sub(u64::from(DRIFT_WINDOW_DAYS_MAX));
        series.days = series.days.split_off(&first);
    }

    /// Whether a baseline may be set, whatever its policy is.
    pub(super) fn check(&self, baseline: &DriftBaseline) -> Result<(), BaselineRefusal> {
        let counts = baseline.counts.iter();
        let values = counts
            .copied()
            .try_fold(0, u64::checked_add)
            .unwrap_or(u64::MAX);
        if !(DRIFT_VALUES_MIN as u64..=DRIFT_VALUES_MAX as u64).contains(&values) {
            return Err(BaselineRefusal::Values { values });
        }
        let bounds = &baseline.bounds;
        let ascend = bounds.windows(2).all(|pair| pair[0] < pair[1]);
        let fits = baseline.counts.len() == bounds.len() + 1;
        if !ascend || !fits || baseline.counts.len() > DRIFT_BINS_MAX {
            return Err(BaselineRefusal::Bins);
        }
        let is_new = !self.series.contains_key(&baseline.policy);
        match is_new && self.series.len() >= STATE_BASELINES_MAX {
            true => Err(BaselineRefusal::TooMany),
            false => Ok(()),
        }
    }

    /// The policies with a baseline, and the sequence numbers of the baselines' records.
    pub(super) fn all(&self) -> BTreeSet<(Digest, u64)> {
        let series = self.series.iter();
        series
            .map(|(policy, series)| (*policy, series.since))
            .collect()
    }
}
