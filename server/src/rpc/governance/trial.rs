//! TestDecision: what would be decided, and why.

use indelible_governance::record::Entry;
use indelible_proto::v1;
use tonic::{Request, Response, Status};

use super::{decisions::asked, wire};
use crate::rpc::{
    authorise::{Action, Caller, Gate, Scope},
    refusal::Refusal,
};

pub(crate) async fn test(
    gate: &Gate,
    request: Request<v1::TestDecisionRequest>,
) -> Result<Response<v1::TestDecisionResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let place = Scope::Ledger(&request.ledger);
    let permit = gate.authorise(&caller, Action::ReadGovernance, place)?;
    let ledger = permit.ledger()?;
    let wanted = request.request.unwrap_or_default();
    if !wanted.ledger.is_empty() && wanted.ledger != request.ledger {
        let problem = "must be empty or that of the call";
        return Err(Refusal::field("request.ledger", problem).into());
    }
    let mut asked = asked(&wanted, &permit)?;
    if !request.principal.is_empty() {
        asked.principal = request.principal;
        if wanted.agent.is_empty() {
            asked.agent.clone_from(&asked.principal);
        }
    }
    let tried = ledger.try_request(asked).await.map_err(Refusal::from)?;
    let explained = tried.decision.explain();
    let failure = tried.decision.failure.clone();
    let verdict = wire::verdict(tried.decision.verdict).into();
    let content = Entry::Decision(tried.decision).encode();
    let content = content.map_err(|error| Refusal::internal(&error))?;
    let mut answer = v1::TestDecisionResponse {
        verdict,
        binding: tried.binding.unwrap_or_default(),
        explanation: explained.verdict,
        decision_json: content.into(),
        ..v1::TestDecisionResponse::default()
    };
    if let Some(failure) = failure {
        answer.step = failure.stage.name().to_owned();
        (answer.code, answer.message) = (failure.code, failure.message);
    }
    let steps = explained.steps.into_iter().map(|step| v1::ExplainedStep {
        step: step.stage,
        found: step.found,
    });
    answer.steps = steps.collect();
    Ok(Response::new(answer))
}
