//! SetDriftBaseline.

use indelible_governance::real::Real;
use indelible_proto::v1;
use tonic::{Request, Response, Status};

use super::{digest, on_record, text, wire};
use crate::rpc::{
    authorise::{Action, Caller, Gate, Scope},
    refusal::Refusal,
};

pub(crate) async fn baseline(
    gate: &Gate,
    request: Request<v1::SetDriftBaselineRequest>,
) -> Result<Response<v1::SetDriftBaselineResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let place = Scope::Ledger(&request.ledger);
    let permit = gate.authorise(&caller, Action::ManagePolicies, place)?;
    let policy = digest("policy", &request.policy)?;
    let values = request.values.into_iter().map(|value| {
        let finite = Real::new(value);
        finite.ok_or_else(|| Refusal::field("values", "must be finite numbers"))
    });
    let values = values.collect::<Result<Vec<_>, _>>()?;
    let principal = permit.principal();
    let facts = vec![text("policy", &policy.to_string())];
    let act = permit.begin("SetDriftBaseline", facts).await?;
    let set = on_record(act, move |ledger| async move {
        let set = ledger.set_baseline(policy, values, &principal).await?;
        let facts = vec![text("baseline", &set.0.values.to_string())];
        Ok((set, facts))
    });
    let (baseline, placed) = set.await?;
    Ok(Response::new(v1::SetDriftBaselineResponse {
        place: wire::place(&placed),
        metric: baseline.metric.name().to_owned(),
        values_digest: baseline.values.to_string(),
        bounds: baseline.bounds.iter().map(|bound| bound.get()).collect(),
        counts: baseline.counts,
    }))
}
