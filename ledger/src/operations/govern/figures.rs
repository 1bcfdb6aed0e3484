//! Baselines of drift.

use indelible_governance::{
    digest::Digest,
    drift::{BaselineRefusal, baseline},
    policy::{Compatibility, PolicyKind, aegis::AegisPolicy},
    real::Real,
    record::{DriftBaseline, Entry},
    state::State,
};

use super::asking::Placed;
use crate::{
    core::Ledger,
    state::{govern_error::GovernError, governed::Rules},
    write::ask::Moment,
};

impl Ledger {
    /// Holds the figures of requests under a policy of AEGIS' kind against a baseline, from its record on. Counting begins anew.
    ///
    /// # Errors
    /// If the policy is not registered or of another kind, there are too few values, or nothing can be recorded.
    pub async fn set_baseline(
        &self,
        policy: Digest,
        values: Vec<Real>,
        by: &str,
    ) -> Result<(DriftBaseline, Placed), GovernError> {
        let baseline = baseline_of(&*self.rules().await?, policy, &values)?;
        let (ledger, by, made) = (self.clone(), by.to_owned(), baseline.clone());
        let set = move |state: &State, _: Moment| {
            state.check_baseline(&made)?;
            let written = ledger.own_record(Entry::DriftBaseline(made), Some(&by))?;
            Ok(((), vec![written]))
        };
        Ok((baseline, self.record_own(1, set).await?.0))
    }
}

fn baseline_of(
    rules: &Rules,
    policy: Digest,
    values: &[Real],
) -> Result<DriftBaseline, GovernError> {
    let registered = rules.policies.get(&policy);
    let registered = &registered.ok_or(GovernError::PolicyUnknown)?.policy;
    if registered.kind != PolicyKind::Aegis {
        return Err(BaselineRefusal::UnknownPolicy.into());
    }
    let (name, digest) = registered
        .documents
        .first()
        .ok_or(GovernError::PolicyUnknown)?;
    let document = rules.documents.get(digest);
    let document = document.ok_or(GovernError::PolicyUnknown)?;
    let read = AegisPolicy::read(name, document, Compatibility::Aegis)?;
    Ok(baseline(policy, read.drift_metric, values)?)
}
