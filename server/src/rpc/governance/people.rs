//! ListAgentApprovals, AnswerAgentApproval, HaltAgents, ResumeAgents and ListHalts.

use indelible_governance::{
    digest::Digest,
    state::{ApprovalState, ApprovalView, HaltView},
};
use indelible_ledger::{Rules, SystemFact};
use indelible_proto::{time::timestamp, v1};
use tonic::{Request, Response, Status};

use super::{
    ITEMS_MAX, digest,
    granters::{Asked, Granters},
    looked_at, on_record, people_of, text, wire,
};
use crate::rpc::{
    authorise::{Action, Caller, Gate, Scope},
    page::page_items,
    page_token::QueryHasher,
    refusal::Refusal,
};

pub(crate) async fn list_approvals(
    gate: &Gate,
    request: Request<v1::ListAgentApprovalsRequest>,
) -> Result<Response<v1::ListAgentApprovalsResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let permit = gate.authorise(
        &caller,
        Action::ReadGovernance,
        Scope::Ledger(&request.ledger),
    )?;
    let ledger = permit.ledger()?;
    let items = match request.approval {
        0 => page_items(request.page_size)?,
        _ => 1,
    };
    let mut query = QueryHasher::new("approvals of agents");
    query
        .text(&request.ledger)
        .number(request.only_pending.into());
    let query = query.finish();
    let from = query.sequence(&request.page_token)?;
    let from = from.unwrap_or(request.approval);
    let rules = ledger.rules().await.map_err(Refusal::from)?;
    let approvals = ledger.approvals(from, items, request.only_pending).await;
    let approvals = approvals.map_err(Refusal::from)?;
    let wanted = |view: &ApprovalView| [0, view.number].contains(&request.approval);
    let approvals: Vec<_> = approvals.into_iter().filter(wanted).collect();
    let goes_on = request.approval == 0 && approvals.len() == items;
    let last = approvals.last().filter(|_| goes_on);
    let next = last.map(|last| query.token_at(last.number + 1));
    let lacks = lacks(&Granters::new(&permit, &ledger), &approvals).await?;
    let approvals = approvals.into_iter().zip(lacks);
    let approvals = approvals.map(|(view, lack)| v1::AgentApproval {
        granters_lack: lack,
        ..approval(&rules, view)
    });
    Ok(Response::new(v1::ListAgentApprovalsResponse {
        approvals: approvals.collect(),
        next_page_token: next.unwrap_or_default(),
    }))
}

/// Why nobody can grant each of some approvals: of those that still wait.
async fn lacks(granters: &Granters, approvals: &[ApprovalView]) -> Result<Vec<String>, Refusal> {
    let asked: Vec<_> = approvals
        .iter()
        .map(|view| Asked {
            agent: &view.opened.agent,
            principal: &view.opened.principal,
            people: view.opened.people.into(),
            passed_on_by: view.escalated.as_ref().map(|(by, _)| by.as_str()),
            only: view.escalated.as_ref().and_then(|(_, to)| to.as_deref()),
        })
        .collect();
    let lacks = granters.lacks(&asked).await?;
    let waits = |view: &ApprovalView| view.state == ApprovalState::Pending;
    let lacks = approvals.iter().zip(lacks);
    let lacks = lacks.map(|(view, lack)| if waits(view) { lack } else { String::new() });
    Ok(lacks.collect())
}

fn approval(rules: &Rules, view: ApprovalView) -> v1::AgentApproval {
    let opened = view.opened;
    let asked = opened.asked;
    let mut bindings = rules.bindings.values();
    let binding = bindings.find(|one| Some(one.bound.sequence) == asked.binding);
    v1::AgentApproval {
        approval: view.number,
        decision: opened.decision,
        act_digest: opened.act.to_string(),
        agent: opened.agent,
        principal: opened.principal,
        state: view.state.name().to_owned(),
        expire_time: Some(timestamp(opened.expires)),
        people: opened.people.into(),
        granted_by: view.granted_by,
        kind: asked.kind.name().to_owned(),
        action: asked.name,
        session: asked.session.unwrap_or_default(),
        cost_nano_usd: asked.cost,
        tokens: asked.tokens,
        binding: binding
            .map(|one| one.binding.name.clone())
            .unwrap_or_default(),
        reason: asked.reason,
        policies: asked.policies.iter().map(Digest::to_string).collect(),
        open_time: Some(timestamp(view.at)),
        claim_end_time: view.claimed.as_ref().map(|(_, until)| timestamp(*until)),
        claimed_by: view.claimed.map(|(by, _)| by).unwrap_or_default(),
        escalated_to: view
            .escalated
            .as_ref()
            .and_then(|(_, to)| to.clone())
            .unwrap_or_default(),
        escalated_by: view.escalated.map(|(by, _)| by).unwrap_or_default(),
        low_risk: opened.low_risk,
        // Whoever lists it looks for them.
        granters_lack: String::new(),
    }
}

pub(crate) async fn answer_approval(
    gate: &Gate,
    request: Request<v1::AnswerAgentApprovalRequest>,
) -> Result<Response<v1::AnswerAgentApprovalResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let place = Scope::Ledger(&request.ledger);
    let permit = gate.authorise(&caller, Action::AnswerAgents, place)?;
    let shown = digest("act_digest", &request.act_digest)?;
    let by = permit.person();
    let (approval, grant) = (request.approval, request.grant);
    let facts = vec![
        ("approval", SystemFact::Uint(approval)),
        text("answer", if grant { "granted" } else { "denied" }),
    ];
    let act = permit.begin("AnswerAgentApproval", facts).await?;
    let placed = on_record(act, move |ledger| async move {
        let placed = ledger.answer_approval(by, approval, shown, grant).await?;
        Ok((placed, Vec::new()))
    });
    Ok(Response::new(v1::AnswerAgentApprovalResponse {
        place: wire::place(&placed.await?),
    }))
}

pub(crate) async fn halt(
    gate: &Gate,
    request: Request<v1::HaltAgentsRequest>,
) -> Result<Response<v1::HaltAgentsResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let place = Scope::Ledger(&request.ledger);
    let permit = gate.authorise(&caller, Action::HaltAgents, place)?;
    let of = wire::halt_of(request.target)?;
    let people = people_of(request.people)?;
    let principal = permit.principal();
    let act = permit.begin("HaltAgents", Vec::new()).await?;
    let halted = on_record(act, move |ledger| async move {
        let halted = ledger.halt(of, &principal, people).await?;
        let facts = vec![("sequence", SystemFact::Uint(halted.placed.sequence))];
        Ok((halted, facts))
    });
    let mut halted = halted.await?;
    halted.open_decisions.truncate(ITEMS_MAX);
    Ok(Response::new(v1::HaltAgentsResponse {
        place: wire::place(&halted.placed),
        open_decisions: halted.open_decisions,
    }))
}

pub(crate) async fn resume(
    gate: &Gate,
    request: Request<v1::ResumeAgentsRequest>,
) -> Result<Response<v1::ResumeAgentsResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let place = Scope::Ledger(&request.ledger);
    let permit = gate.authorise(&caller, Action::HaltAgents, place)?;
    let of = wire::halt_of(request.target)?;
    let by = permit.person();
    let act = permit.begin("ResumeAgents", Vec::new()).await?;
    let resumed = on_record(act, move |ledger| async move {
        let resumed = ledger.resume(of, by).await?;
        let facts = vec![("sequence", SystemFact::Uint(resumed.0.sequence))];
        Ok((resumed, facts))
    });
    let (placed, resumed) = resumed.await?;
    Ok(Response::new(v1::ResumeAgentsResponse {
        place: wire::place(&placed),
        resumed,
    }))
}

pub(crate) async fn list_halts(
    gate: &Gate,
    request: Request<v1::ListHaltsRequest>,
) -> Result<Response<v1::ListHaltsResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let ledger = looked_at(gate, &caller, &request.ledger)?;
    let halts = ledger.halts(ITEMS_MAX).await.map_err(Refusal::from)?;
    let shown = |view: HaltView, from_beginning| v1::HaltInForce {
        target: Some(wire::halt_target(view.of)),
        by: view.by,
        since: (view.at > 0).then(|| timestamp(view.at)),
        resumed_by: view.resumed_by.unwrap_or_default(),
        from_beginning,
        people: view.people.into(),
    };
    let in_force = halts.in_force.into_iter().map(|view| shown(view, false));
    let at_beginning = halts.at_beginning.into_iter();
    let at_beginning = at_beginning.map(|view| shown(view, true));
    Ok(Response::new(v1::ListHaltsResponse {
        halts: in_force.chain(at_beginning).collect(),
        goes_on_alone: halts.goes_on_alone,
        all_halt_unread: halts.is_all_unread,
    }))
}
