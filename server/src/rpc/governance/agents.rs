//! DeclareAgent, ListAgents, Heartbeat and FilterTools.

use indelible_governance::record::{AgentDeclared, RefusedCall};
use indelible_proto::{time::timestamp, v1};
use tonic::{Request, Response, Status};

use super::{ITEMS_MAX, looked_at, on_record, or_own, text, traced::Traced, wire};
use crate::rpc::{
    authorise::{Action, Caller, Gate, Scope},
    refusal::Refusal,
};

/// Tools in one request.
const TOOLS_MAX: usize = 1_024;

pub(crate) async fn declare(
    gate: &Gate,
    request: Request<v1::DeclareAgentRequest>,
) -> Result<Response<v1::DeclareAgentResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let place = Scope::Ledger(&request.ledger);
    let permit = gate.authorise(&caller, Action::ManagePolicies, place)?;
    let agent = request.agent;
    let agent = agent.ok_or_else(|| Refusal::field("agent", "must be set"))?;
    let declared = AgentDeclared {
        agent: agent.agent,
        operator: (!agent.operator.is_empty()).then_some(agent.operator),
        speakers: agent.speakers,
    };
    let principal = permit.principal();
    let facts = vec![text("agent", &declared.agent)];
    let act = permit.begin("DeclareAgent", facts).await?;
    let placed = on_record(act, move |ledger| async move {
        let placed = ledger.declare_agent(declared, &principal).await?;
        Ok((placed, Vec::new()))
    });
    Ok(Response::new(v1::DeclareAgentResponse {
        place: wire::place(&placed.await?),
    }))
}

pub(crate) async fn list(
    gate: &Gate,
    request: Request<v1::ListAgentsRequest>,
) -> Result<Response<v1::ListAgentsResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let ledger = looked_at(gate, &caller, &request.ledger)?;
    let agents = ledger.agents(&request.after, ITEMS_MAX).await;
    let agents = agents.map_err(Refusal::from)?.into_iter();
    let wired = agents.map(|one| v1::GovernedAgent {
        agent: one.agent,
        operator: one.operator.unwrap_or_default(),
        speakers: one.speakers,
        last_sign_time: one.sign.map(timestamp),
    });
    Ok(Response::new(v1::ListAgentsResponse {
        agents: wired.collect(),
    }))
}

pub(crate) async fn heartbeat(
    gate: &Gate,
    request: Request<v1::HeartbeatRequest>,
) -> Result<Response<v1::HeartbeatResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let place = Scope::Ledger(&request.ledger);
    let permit = gate.authorise(&caller, Action::Decide, place)?;
    let ledger = permit.ledger()?;
    let agent = or_own(request.agent, &permit);
    let trace = Traced::new(&permit, &ledger, RefusedCall::Heartbeat).of_agent(&agent);
    let trace = trace.count(agent.len()).await?;
    let principal = permit.principal();
    let placed = ledger.heartbeat(&agent, &principal).await;
    let placed = trace.done(placed.map_err(Refusal::from)).await?;
    Ok(Response::new(v1::HeartbeatResponse {
        place: wire::place(&placed),
    }))
}

pub(crate) async fn filter_tools(
    gate: &Gate,
    request: Request<v1::FilterToolsRequest>,
) -> Result<Response<v1::FilterToolsResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let place = Scope::Ledger(&request.ledger);
    let permit = gate.authorise(&caller, Action::Decide, place)?;
    let ledger = permit.ledger()?;
    if request.tools.len() > TOOLS_MAX {
        let problem = format!("must name at most {TOOLS_MAX} tools");
        return Err(Refusal::field("tools", problem).into());
    }
    let principal = permit.principal();
    let agent = or_own(request.agent, &permit);
    let visible = ledger
        .visible_tools(&agent, &principal, request.tools)
        .await;
    Ok(Response::new(v1::FilterToolsResponse {
        tools: visible.map_err(Refusal::from)?,
    }))
}
