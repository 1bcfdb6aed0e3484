//! ClaimAgentApproval, EscalateAgentApproval and GrantAgentApprovals.

use indelible_ledger::SystemFact;
use indelible_proto::v1;
use tonic::{Request, Response, Status};

use super::{digest, on_record, text, wire};
use crate::rpc::authorise::{Action, Caller, Gate, Scope};

pub(crate) async fn claim(
    gate: &Gate,
    request: Request<v1::ClaimAgentApprovalRequest>,
) -> Result<Response<v1::ClaimAgentApprovalResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let place = Scope::Ledger(&request.ledger);
    let permit = gate.authorise(&caller, Action::AnswerAgents, place)?;
    let (by, approval) = (permit.person(), request.approval);
    let facts = vec![("approval", SystemFact::Uint(approval))];
    let act = permit.begin("ClaimAgentApproval", facts).await?;
    let placed = on_record(act, move |ledger| async move {
        let placed = ledger.claim_approval(by, approval).await?;
        Ok((placed, Vec::new()))
    });
    Ok(Response::new(v1::ClaimAgentApprovalResponse {
        place: wire::place(&placed.await?),
    }))
}

pub(crate) async fn escalate(
    gate: &Gate,
    request: Request<v1::EscalateAgentApprovalRequest>,
) -> Result<Response<v1::EscalateAgentApprovalResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let place = Scope::Ledger(&request.ledger);
    let permit = gate.authorise(&caller, Action::AnswerAgents, place)?;
    let (by, approval) = (permit.person(), request.approval);
    let to = Some(request.to).filter(|to| !to.is_empty());
    let facts = vec![("approval", SystemFact::Uint(approval))];
    let act = permit.begin("EscalateAgentApproval", facts).await?;
    let placed = on_record(act, move |ledger| async move {
        let placed = ledger.escalate_approval(by, approval, to).await?;
        Ok((placed, Vec::new()))
    });
    Ok(Response::new(v1::EscalateAgentApprovalResponse {
        place: wire::place(&placed.await?),
    }))
}

pub(crate) async fn grant_batch(
    gate: &Gate,
    request: Request<v1::GrantAgentApprovalsRequest>,
) -> Result<Response<v1::GrantAgentApprovalsResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let place = Scope::Ledger(&request.ledger);
    let permit = gate.authorise(&caller, Action::AnswerAgents, place)?;
    let of_batch = |one: v1::ApprovalOfBatch| {
        let shown = digest("approvals.act_digest", &one.act_digest)?;
        Ok::<_, Status>((one.approval, shown))
    };
    let batch = request.approvals.into_iter().map(of_batch);
    let batch = batch.collect::<Result<Vec<_>, _>>()?;
    let by = permit.person();
    let facts = vec![
        ("approvals", SystemFact::Uint(batch.len() as u64)),
        text("answer", "granted"),
    ];
    let act = permit.begin("GrantAgentApprovals", facts).await?;
    let placed = on_record(act, move |ledger| async move {
        let placed = ledger.grant_batch(by, batch).await?;
        Ok((placed, Vec::new()))
    });
    Ok(Response::new(v1::GrantAgentApprovalsResponse {
        place: wire::place(&placed.await?),
    }))
}
