//! Whether a baseline may be recorded, and which there are.

use std::collections::BTreeSet;

use crate::{
    digest::Digest, drift::BaselineRefusal, policy::PolicyKind, record::DriftBaseline,
    state::whole::State,
};

impl State {
    /// Whether a baseline may be recorded.
    ///
    /// # Errors
    ///
    /// Why not.
    pub fn check_baseline(&self, baseline: &DriftBaseline) -> Result<(), BaselineRefusal> {
        match self.registry.policies.get(&baseline.policy) {
            Some(PolicyKind::Aegis) => self.drift.check(baseline),
            _ => Err(BaselineRefusal::UnknownPolicy),
        }
    }

    /// The policies that figures are held against a baseline of, with the sequence numbers of the baselines' records.
    pub fn baselines(&self) -> BTreeSet<(Digest, u64)> {
        self.drift.all()
    }
}
