//! SetDriftBaseline and RegisterSigner.

use indelible_governance::{
    real::Real,
    record::{SignatureKind, SignerRegistered},
};
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

pub(crate) async fn signer(
    gate: &Gate,
    request: Request<v1::RegisterSignerRequest>,
) -> Result<Response<v1::RegisterSignerResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let place = Scope::Ledger(&request.ledger);
    let permit = gate.authorise(&caller, Action::ManagePolicies, place)?;
    let signer = SignerRegistered {
        signer: request.signer,
        role: request.role,
        algorithm: match request.algorithm.as_str() {
            "" | "ed25519" => SignatureKind::Ed25519,
            _ => return Err(Refusal::field("algorithm", "must be empty or ed25519").into()),
        },
        key: request.public_key,
    };
    let principal = permit.principal();
    let facts = vec![text("signer", &signer.signer), text("role", &signer.role)];
    let act = permit.begin("RegisterSigner", facts).await?;
    let placed = on_record(act, move |ledger| async move {
        let placed = ledger.register_signer(signer, &principal).await?;
        Ok((placed, Vec::new()))
    });
    Ok(Response::new(v1::RegisterSignerResponse {
        place: wire::place(&placed.await?),
    }))
}
