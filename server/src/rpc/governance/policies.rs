//! RegisterPolicy, BindPolicy, GetPolicy and ListPolicies.

use indelible_governance::policy::binding::{Binding, Target};
use indelible_ledger::{NewPolicy, RegisteredPolicy, Rules};
use indelible_proto::v1;
use prost::Message as _;
use tonic::{Request, Response, Status};

use super::{digest, looked_at, on_record, text, wire};
use crate::{
    limits::RECORD_ROOM_BYTES,
    rpc::{
        authorise::{Action, Caller, Gate, Scope},
        refusal::Refusal,
    },
};

pub(crate) async fn register(
    gate: &Gate,
    request: Request<v1::RegisterPolicyRequest>,
) -> Result<Response<v1::RegisterPolicyResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let place = Scope::Ledger(&request.ledger);
    let permit = gate.authorise(&caller, Action::ManagePolicies, place)?;
    let kind = wire::kind_of(request.kind())?;
    let documents = request.documents.into_iter();
    let new = NewPolicy {
        kind,
        documents: documents.map(|one| (one.name, one.content)).collect(),
    };
    let principal = permit.principal();
    let act = permit.begin("RegisterPolicy", Vec::new()).await?;
    let registered = on_record(act, move |ledger| async move {
        let registered = ledger.register_policy(new, &principal).await?;
        let facts = vec![text("policy", &registered.0.to_string())];
        Ok((registered, facts))
    });
    let (digest, placed, is_new) = registered.await?;
    Ok(Response::new(v1::RegisterPolicyResponse {
        digest: digest.to_string(),
        place: wire::place(&placed),
        already_registered: !is_new,
    }))
}

pub(crate) async fn bind(
    gate: &Gate,
    request: Request<v1::BindPolicyRequest>,
) -> Result<Response<v1::BindPolicyResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let place = Scope::Ledger(&request.ledger);
    let permit = gate.authorise(&caller, Action::ManagePolicies, place)?;
    let binding = binding(request.binding)?;
    let principal = permit.principal();
    let facts = vec![text("binding", &binding.name)];
    let act = permit.begin("BindPolicy", facts).await?;
    let bound = on_record(act, move |ledger| async move {
        let placed = ledger.bind_policy(binding, &principal).await?;
        Ok((placed, Vec::new()))
    });
    Ok(Response::new(v1::BindPolicyResponse {
        place: wire::place(&bound.await?),
    }))
}

fn binding(binding: Option<v1::PolicyBinding>) -> Result<Binding, Refusal> {
    let binding = binding.ok_or_else(|| Refusal::field("binding", "must be set"))?;
    let of = |field: &str, text: &str| match text.is_empty() {
        true => Ok(None),
        false => digest(field, text).map(Some),
    };
    let target = binding.target.unwrap_or_default();
    if binding.name.is_empty() || binding.name.len() > 128 {
        return Err(Refusal::field("binding.name", "must have 1 to 128 bytes"));
    }
    Ok(Binding {
        target: Target {
            agent: wire::selector(&target.agent),
            principal: wire::selector(&target.principal),
            act: wire::selector(&target.act),
        },
        aigc: of("binding.aigc", &binding.aigc)?,
        gate: of("binding.gate", &binding.gate)?,
        aegis: of("binding.aegis", &binding.aegis)?,
        compatibility: wire::compatibility(&binding.compatibility)?,
        strict_mode: binding.strict_mode,
        redaction: binding
            .redaction
            .into_iter()
            .map(|one| (one.name, one.pattern))
            .collect(),
        shadow: binding.shadow,
        name: binding.name,
    })
}

pub(crate) async fn get(
    gate: &Gate,
    request: Request<v1::GetPolicyRequest>,
) -> Result<Response<v1::GetPolicyResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let ledger = looked_at(gate, &caller, &request.ledger)?;
    let digest = digest("digest", &request.digest)?;
    let rules = ledger.rules().await.map_err(Refusal::from)?;
    let registered = rules.policies.get(&digest);
    let registered = registered.ok_or(indelible_ledger::GovernError::PolicyUnknown);
    let registered = registered.map_err(Refusal::from)?;
    Ok(Response::new(v1::GetPolicyResponse {
        policy: Some(policy(registered)),
        documents: documents(&rules, registered),
    }))
}

fn documents(rules: &Rules, registered: &RegisteredPolicy) -> Vec<v1::PolicyDocument> {
    let documents = registered.policy.documents.iter();
    let document = |(name, digest): &(String, _)| v1::PolicyDocument {
        name: name.clone(),
        content: rules.documents.get(digest).cloned().unwrap_or_default(),
    };
    documents.map(document).collect()
}

fn policy(registered: &RegisteredPolicy) -> v1::RegisteredPolicy {
    let policy = &registered.policy;
    v1::RegisteredPolicy {
        digest: policy.digest.to_string(),
        kind: wire::kind(policy.kind).into(),
        documents: policy
            .documents
            .iter()
            .map(|(name, _)| name.clone())
            .collect(),
        sequence: registered.sequence,
    }
}

pub(crate) async fn list(
    gate: &Gate,
    request: Request<v1::ListPoliciesRequest>,
) -> Result<Response<v1::ListPoliciesResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let ledger = looked_at(gate, &caller, &request.ledger)?;
    let rules = ledger.rules().await.map_err(Refusal::from)?;
    let mut policies: Vec<_> = rules.policies.values().map(policy).collect();
    policies.sort_by_key(|policy| std::cmp::Reverse(policy.sequence));
    let bindings = rules.bindings.values();
    let mut bindings: Vec<_> = bindings
        .map(|one| wire::binding(one.bound.sequence, &one.binding))
        .collect();
    bindings.sort_by_key(|binding| std::cmp::Reverse(binding.sequence));
    // Bindings first: they say what is in force.
    let mut room = RECORD_ROOM_BYTES;
    let mut fits = |bytes: usize| room.checked_sub(bytes).map(|left| room = left).is_some();
    bindings.retain(|binding| fits(binding.encoded_len() + 8));
    policies.retain(|policy| fits(policy.encoded_len() + 8));
    Ok(Response::new(v1::ListPoliciesResponse {
        policies,
        bindings,
    }))
}
