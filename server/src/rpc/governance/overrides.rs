//! RegisterOverrideSigner, RequestOverride, SignOverride, RejectOverride and ListOverrides.

use indelible_governance::{
    digest::Digest,
    record::OverrideSigner,
    state::{OverrideState, OverrideView},
};
use indelible_ledger::{NewOverride, SystemFact};
use indelible_proto::{time::timestamp, v1};
use prost::Message as _;
use tonic::{Request, Response, Status};

use super::{count, digest, looked_at, on_record, text, wire};
use crate::rpc::{
    authorise::{Action, Caller, Gate, Scope},
    refusal::Refusal,
};

/// Overrides in one answer.
const OVERRIDES_MAX: usize = 100;

pub(crate) async fn register_signer(
    gate: &Gate,
    request: Request<v1::RegisterOverrideSignerRequest>,
) -> Result<Response<v1::RegisterOverrideSignerResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let place = Scope::Ledger(&request.ledger);
    let permit = gate.authorise(&caller, Action::ManagePolicies, place)?;
    let role = Some(request.role).filter(|role| !role.is_empty());
    let key = match &role {
        None => String::new(),
        Some(_) => {
            let bytes = <[u8; 32]>::try_from(&request.public_key[..]);
            let bytes = bytes.map_err(|_| Refusal::field("public_key", "must have 32 bytes"))?;
            Digest::from_bytes(bytes).to_string()
        }
    };
    let signer = OverrideSigner {
        signer: request.signer,
        role,
        key,
    };
    let principal = permit.principal();
    let mut facts = vec![text("signer", &signer.signer)];
    facts.extend(signer.role.as_deref().map(|role| text("role", role)));
    let act = permit.begin("RegisterOverrideSigner", facts).await?;
    let placed = on_record(act, move |ledger| async move {
        let placed = ledger.register_signer(signer, &principal).await?;
        Ok((placed, Vec::new()))
    });
    Ok(Response::new(v1::RegisterOverrideSignerResponse {
        place: wire::place(&placed.await?),
    }))
}

pub(crate) async fn request(
    gate: &Gate,
    request: Request<v1::RequestOverrideRequest>,
) -> Result<Response<v1::RequestOverrideResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let place = Scope::Ledger(&request.ledger);
    let permit = gate.authorise(&caller, Action::Decide, place)?;
    let ledger = permit.ledger()?;
    count(&permit, request.encoded_len()).await?;
    let new = NewOverride {
        act: digest("act_digest", &request.act_digest)?,
        proposal: request.proposal,
        justification: request.justification,
        failed_gates: request.failed_gates,
    };
    let asked = ledger.request_override(new, &permit.principal()).await;
    let asked = asked.map_err(Refusal::from)?;
    Ok(Response::new(v1::RequestOverrideResponse {
        place: wire::place(&asked.placed),
        message_digest: asked.message.to_string(),
    }))
}

pub(crate) async fn sign(
    gate: &Gate,
    request: Request<v1::SignOverrideRequest>,
) -> Result<Response<v1::SignOverrideResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let place = Scope::Ledger(&request.ledger);
    let permit = gate.authorise(&caller, Action::AnswerAgents, place)?;
    let message = digest("message_digest", &request.message_digest)?;
    let signature = <[u8; 64]>::try_from(&request.signature[..]);
    let signature = signature.map_err(|_| Refusal::field("signature", "must have 64 bytes"))?;
    let (by, number) = (permit.person(), request.r#override);
    let facts = vec![("override", SystemFact::Uint(number))];
    let act = permit.begin("SignOverride", facts).await?;
    let signed = on_record(act, move |ledger| async move {
        let signed = ledger.sign_override(by, number, message, signature).await?;
        Ok((signed, Vec::new()))
    });
    let (placed, state) = signed.await?;
    Ok(Response::new(v1::SignOverrideResponse {
        place: wire::place(&placed),
        state: state
            .map(OverrideState::name)
            .unwrap_or_default()
            .to_owned(),
    }))
}

pub(crate) async fn reject(
    gate: &Gate,
    request: Request<v1::RejectOverrideRequest>,
) -> Result<Response<v1::RejectOverrideResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let place = Scope::Ledger(&request.ledger);
    let permit = gate.authorise(&caller, Action::AnswerAgents, place)?;
    let (by, number) = (permit.person(), request.r#override);
    let facts = vec![("override", SystemFact::Uint(number))];
    let act = permit.begin("RejectOverride", facts).await?;
    let placed = on_record(act, move |ledger| async move {
        let placed = ledger.reject_override(by, number).await?;
        Ok((placed, Vec::new()))
    });
    Ok(Response::new(v1::RejectOverrideResponse {
        place: wire::place(&placed.await?),
    }))
}

pub(crate) async fn list(
    gate: &Gate,
    request: Request<v1::ListOverridesRequest>,
) -> Result<Response<v1::ListOverridesResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let ledger = looked_at(gate, &caller, &request.ledger)?;
    let from = request.after.saturating_add(u64::from(request.after > 0));
    let overrides = ledger.overrides(from, OVERRIDES_MAX).await;
    let overrides = overrides.map_err(Refusal::from)?.into_iter();
    let signers = ledger.override_signers().await.map_err(Refusal::from)?;
    let signers = signers.into_iter().map(|one| v1::OverrideSigner {
        signer: one.signer,
        role: one.role,
        public_key: one.key,
    });
    Ok(Response::new(v1::ListOverridesResponse {
        overrides: overrides.map(|(view, text)| wired(view, text)).collect(),
        signers: signers.collect(),
    }))
}

fn wired(view: OverrideView, message: String) -> v1::Override {
    let requested = view.requested;
    let signatures = view.signed.into_iter();
    v1::Override {
        r#override: view.number,
        state: view.state.name().to_owned(),
        act_digest: requested.act.to_string(),
        proposal: requested.proposal,
        justification: requested.justification,
        failed_gates: requested.failed_gates,
        requested_by: requested.requested_by,
        request_time: Some(timestamp(view.at)),
        expire_time: Some(timestamp(view.expires)),
        message,
        message_digest: requested.message.to_string(),
        signatures: signatures
            .map(|(role, signer)| v1::OverrideSignature { role, signer })
            .collect(),
    }
}
