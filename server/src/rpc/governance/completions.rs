//! CompleteDecision and ReleaseDecision.

use indelible_governance::{
    evaluate::Output,
    money::NanoUsd,
    record::{RefusedCall, Used},
};
use indelible_ledger::{Came, Settled};
use indelible_proto::v1;
use prost::Message as _;
use tonic::{Request, Response, Status};

use super::{
    decisions::{asked, value},
    digest,
    traced::Traced,
    wire,
};
use crate::rpc::{
    authorise::{Action, Caller, Gate, Permit, Scope},
    refusal::Refusal,
};

pub(crate) async fn complete(
    gate: &Gate,
    request: Request<v1::CompleteDecisionRequest>,
) -> Result<Response<v1::CompleteDecisionResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let place = Scope::Ledger(&request.ledger);
    let permit = gate.authorise(&caller, Action::Decide, place)?;
    let ledger = permit.ledger()?;
    let trace = Traced::new(&permit, &ledger, RefusedCall::Complete).of_decision(request.decision);
    let came = came(&request, &permit);
    let (came, trace) = trace.count_of(request.encoded_len(), came).await?;
    let used = Used {
        tokens: request.tokens,
        cost: request.cost_nano_usd.map(NanoUsd::from_nano),
    };
    let principal = permit.principal();
    let settled = ledger.complete(&principal, request.decision, used, came);
    let settled = trace.done(settled.await.map_err(Refusal::from)).await?;
    Ok(Response::new(answer(settled)))
}

/// What the caller says of what came out.
fn came(request: &v1::CompleteDecisionRequest, permit: &Permit<'_>) -> Result<Came, Refusal> {
    let Some(content) = value("output_json", &request.output_json)? else {
        return match request.output_digest.as_str() {
            _ if !request.output_tools.is_empty() => Err(Refusal::field(
                "output_tools",
                "needs output_json, which asks for them",
            )),
            "" => Ok(Came::Unsaid),
            given => Ok(Came::Digest(digest("output_digest", given)?)),
        };
    };
    if !request.output_digest.is_empty() {
        let problem = "must be empty with output_json, of which the daemon takes the digest";
        return Err(Refusal::field("output_digest", problem));
    }
    let output = Output {
        content,
        tools: request.output_tools.clone(),
    };
    let checked = output.check();
    checked.map_err(|error| Refusal::field("output_tools", error.to_string()))?;
    let decided = request.request.as_ref();
    if decided.is_some_and(|one| !one.ledger.is_empty() && one.ledger != request.ledger) {
        let problem = "must be empty or that of the completion";
        return Err(Refusal::field("request.ledger", problem));
    }
    // An agent that the request leaves out is that of the decision, whoever completes it.
    let decided = decided.map(|one| {
        let mut of_it = asked(one, permit)?;
        of_it.agent.clone_from(&one.agent);
        Ok::<_, Refusal>(Box::new(of_it))
    });
    Ok(Came::Shown {
        output,
        request: decided.transpose()?,
    })
}

fn answer(settled: Settled) -> v1::CompleteDecisionResponse {
    let mut answer = v1::CompleteDecisionResponse {
        place: wire::place(&settled.placed),
        repeated: settled.repeated,
        ..v1::CompleteDecisionResponse::default()
    };
    let Some(completion) = settled.completion else {
        return answer;
    };
    answer.late = completion.late;
    answer.overrun = completion.overrun;
    answer.failed_attempt = completion.attempt.map(wire::failed_attempt);
    answer.set_verdict(wire::verdict(completion.verdict));
    if let Some(failure) = completion.failure {
        answer.step = failure.stage.name().to_owned();
        (answer.code, answer.message) = (failure.code, failure.message);
    }
    let tools = completion.tools.into_iter().map(|tool| v1::OutputTool {
        name: tool.name,
        allowed: tool.failure.is_none(),
        code: tool
            .failure
            .as_ref()
            .map(|failure| failure.code.clone())
            .unwrap_or_default(),
        message: tool
            .failure
            .map(|failure| failure.message)
            .unwrap_or_default(),
    });
    answer.tools = tools.collect();
    answer.output_digest = completion
        .output
        .map(|digest| digest.to_string())
        .unwrap_or_default();
    answer
}

pub(crate) async fn release(
    gate: &Gate,
    request: Request<v1::ReleaseDecisionRequest>,
) -> Result<Response<v1::ReleaseDecisionResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let place = Scope::Ledger(&request.ledger);
    let permit = gate.authorise(&caller, Action::Decide, place)?;
    let ledger = permit.ledger()?;
    let trace = Traced::new(&permit, &ledger, RefusedCall::Release).of_decision(request.decision);
    let trace = trace.count(request.encoded_len()).await?;
    let principal = permit.principal();
    let settled = ledger.release(&principal, request.decision).await;
    let settled = trace.done(settled.map_err(Refusal::from)).await?;
    Ok(Response::new(v1::ReleaseDecisionResponse {
        place: wire::place(&settled.placed),
        repeated: settled.repeated,
    }))
}
