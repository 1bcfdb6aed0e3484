//! CreateProposal, VoteOnProposal, ApproveProposal, ExecuteProposal, RejectProposal and ListProposals.

use indelible_governance::record::{ProposalStep, Voted};
use indelible_ledger::{NewProposal, SystemFact};
use indelible_proto::{time::timestamp, v1};
use prost::Message as _;
use tonic::{Request, Response, Status};

use super::{count, digest, looked_at, on_record, wire};
use crate::rpc::{
    authorise::{Action, Caller, Gate, Permit, Scope},
    refusal::Refusal,
};

/// Proposals in one answer.
const PROPOSALS_MAX: usize = 100;
/// Seconds for which votes are taken where nobody says.
const SECONDS_DEFAULT: u64 = 86_400;

pub(crate) async fn create(
    gate: &Gate,
    request: Request<v1::CreateProposalRequest>,
) -> Result<Response<v1::CreateProposalResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let place = Scope::Ledger(&request.ledger);
    let permit = gate.authorise(&caller, Action::Decide, place)?;
    let ledger = permit.ledger()?;
    count(&permit, request.encoded_len()).await?;
    let quorum = u8::try_from(request.quorum);
    let new = NewProposal {
        content: digest("content_digest", &request.content_digest)?,
        quorum: quorum.map_err(|_| Refusal::field("quorum", "must be at most 64"))?,
        voters: request.voters,
        seconds: match request.seconds {
            0 => SECONDS_DEFAULT,
            seconds => seconds,
        },
    };
    let placed = ledger.propose_matter(new, &permit.principal()).await;
    Ok(Response::new(v1::CreateProposalResponse {
        place: wire::place(&placed.map_err(Refusal::from)?),
    }))
}

pub(crate) async fn vote(
    gate: &Gate,
    request: Request<v1::VoteOnProposalRequest>,
) -> Result<Response<v1::VoteOnProposalResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let place = Scope::Ledger(&request.ledger);
    let permit = gate.authorise(&caller, Action::Decide, place)?;
    let ledger = permit.ledger()?;
    count(&permit, request.encoded_len()).await?;
    let model = (request.model, request.model_version);
    let vote = Voted {
        proposal: request.proposal,
        voter: permit.principal().to_string(),
        model: (!model.0.is_empty()).then_some(model),
        yes: request.yes,
        reasons: digest("reasons_digest", &request.reasons_digest)?,
    };
    let placed = ledger.vote(vote).await.map_err(Refusal::from)?;
    Ok(Response::new(v1::VoteOnProposalResponse {
        place: wire::place(&placed),
    }))
}

pub(crate) async fn approve(
    gate: &Gate,
    request: Request<v1::ApproveProposalRequest>,
) -> Result<Response<v1::ApproveProposalResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let place = Scope::Ledger(&request.ledger);
    let permit = gate.authorise(&caller, Action::AnswerAgents, place)?;
    let placed = moved(
        permit,
        "ApproveProposal",
        request.proposal,
        ProposalStep::Approved,
    );
    Ok(Response::new(v1::ApproveProposalResponse {
        place: placed.await?,
    }))
}

pub(crate) async fn reject(
    gate: &Gate,
    request: Request<v1::RejectProposalRequest>,
) -> Result<Response<v1::RejectProposalResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let place = Scope::Ledger(&request.ledger);
    let permit = gate.authorise(&caller, Action::AnswerAgents, place)?;
    let placed = moved(
        permit,
        "RejectProposal",
        request.proposal,
        ProposalStep::Rejected,
    );
    Ok(Response::new(v1::RejectProposalResponse {
        place: placed.await?,
    }))
}

pub(crate) async fn execute(
    gate: &Gate,
    request: Request<v1::ExecuteProposalRequest>,
) -> Result<Response<v1::ExecuteProposalResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let place = Scope::Ledger(&request.ledger);
    let permit = gate.authorise(&caller, Action::Decide, place)?;
    let ledger = permit.ledger()?;
    count(&permit, request.encoded_len()).await?;
    let executed = ledger.move_proposal(permit.person(), request.proposal, ProposalStep::Executed);
    Ok(Response::new(v1::ExecuteProposalResponse {
        place: wire::place(&executed.await.map_err(Refusal::from)?),
    }))
}

/// Takes a proposal a step on that a person answers for.
async fn moved(
    permit: Permit<'_>,
    call: &'static str,
    proposal: u64,
    to: ProposalStep,
) -> Result<Option<v1::GovernancePlace>, Status> {
    let by = permit.person();
    let facts = vec![("proposal", SystemFact::Uint(proposal))];
    let act = permit.begin(call, facts).await?;
    let placed = on_record(act, move |ledger| async move {
        let placed = ledger.move_proposal(by, proposal, to).await?;
        Ok((placed, Vec::new()))
    });
    Ok(wire::place(&placed.await?))
}

pub(crate) async fn list(
    gate: &Gate,
    request: Request<v1::ListProposalsRequest>,
) -> Result<Response<v1::ListProposalsResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let ledger = looked_at(gate, &caller, &request.ledger)?;
    let from = request.after.saturating_add(u64::from(request.after > 0));
    let proposals = ledger.proposals(from, PROPOSALS_MAX).await;
    let proposals = proposals.map_err(Refusal::from)?.into_iter();
    let wired = proposals.map(|view| v1::Proposal {
        proposal: view.number,
        state: view.state.name().to_owned(),
        content_digest: view.proposed.content.to_string(),
        proposer: view.proposed.proposer,
        quorum: view.proposed.quorum.into(),
        voters: view.proposed.voters,
        vote_end_time: Some(timestamp(view.proposed.deadline)),
        votes: view
            .votes
            .into_iter()
            .map(|(voter, yes)| v1::ProposalVote { voter, yes })
            .collect(),
    });
    Ok(Response::new(v1::ListProposalsResponse {
        proposals: wired.collect(),
    }))
}
