//! Whether a baseline may be recorded, and which are.

use std::collections::BTreeSet;

use crate::{
    digest::Digest,
    drift::BaselineRefusal,
    limits::{DRIFT_BINS_MAX, DRIFT_VALUES_MAX, DRIFT_VALUES_MIN, STATE_BASELINES_MAX},
    policy::PolicyKind,
    record::DriftBaseline,
    state::whole::State,
};

impl State {
    /// Whether a baseline may be recorded.
    ///
    /// # Errors
    ///
    /// Why not.
    pub fn check_baseline(&self, baseline: &DriftBaseline) -> Result<(), BaselineRefusal> {
        let values = baseline
            .counts
            .iter()
            .try_fold(0_u64, |sum, count| sum.checked_add(*count));
        let values = values.unwrap_or(u64::MAX);
        if !(DRIFT_VALUES_MIN as u64..=DRIFT_VALUES_MAX as u64).contains(&values) {
            return Err(BaselineRefusal::Values { values });
        }
        let bounds = &baseline.bounds;
        let ascend = bounds.windows(2).all(|pair| pair[0] < pair[1]);
        let fits = baseline.counts.len() == bounds.len() + 1;
        if !ascend || !fits || baseline.counts.len() > DRIFT_BINS_MAX {
            return Err(BaselineRefusal::Bins);
        }
        if self.registry.policies.get(&baseline.policy) != Some(&PolicyKind::Aegis) {
            return Err(BaselineRefusal::UnknownPolicy);
        }
        let series = &self.drift.series;
        let is_new = !series.contains_key(&baseline.policy);
        match is_new && series.len() >= STATE_BASELINES_MAX {
            true => Err(BaselineRefusal::TooMany),
            false => Ok(()),
        }
    }

    /// The policies that figures are held against a baseline of, with the sequence numbers of the baselines' records.
    pub fn baselines(&self) -> BTreeSet<(Digest, u64)> {
        let series = self.drift.series.iter();
        series
            .map(|(policy, series)| (*policy, series.since))
            .collect()
    }
}
