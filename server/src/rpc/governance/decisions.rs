//! Decide.

use std::time::Duration;

use bytes::Bytes;
use indelible_governance::{
    claim::attempt::Attempt,
    digest::Digest,
    json::{JsonError, Limits, Value, read},
    limits::{INVOCATION_BYTES_MAX, INVOCATION_NESTING_LEVELS_MAX},
    money::NanoUsd,
    record::{Entry, RefusedCall},
    request::{Action as Act, ActionKind, Estimate, Invocation, Malformed, Request as Asked},
};
use indelible_ledger::{Decided, Ledger};
use indelible_proto::{time::timestamp, v1};
use prost::Message as _;
use tonic::{Request, Response, Status};

use super::{
    granters::Granters,
    or_own,
    traced::{Trace, Traced},
    wire,
};
use crate::{
    limits::DECISION_WAIT_SECONDS_MAX,
    rpc::{
        authorise::{Action, Caller, Draining, Gate, Permit, Scope},
        complete,
        refusal::Refusal,
    },
};

pub(crate) async fn decide(
    gate: &Gate,
    request: Request<v1::DecideRequest>,
) -> Result<Response<v1::DecideResponse>, Status> {
    let caller = Caller::of(&request);
    let wait = patience(&request)?;
    let request = request.into_inner();
    let place = Scope::Ledger(&request.ledger);
    let Admitted {
        ledger,
        asked,
        trace,
        granters,
    } = admitted(gate, &caller, &request).await?;
    if wait.is_zero() {
        let decided = ledger.decide(asked).await.map_err(Refusal::from);
        let decided = trace.done(decided).await?;
        let lack = granters.lack_of(&decided).await?;
        return Ok(Response::new(answer(decided, lack)?));
    }
    let mut draining = gate.draining();
    let waited = ledger.decide_waiting(asked, over(wait, &mut draining));
    let decided = trace.done(waited.await.map_err(Refusal::from)).await?;
    // Much may have happened meanwhile: whoever lost the right to ask is told nothing that allows anything.
    let still = gate.authorise(&caller, Action::Decide, place)?;
    still.check_token()?;
    let lack = granters.lack_of(&decided).await?;
    Ok(Response::new(answer(decided, lack)?))
}

/// A request that the caller may make.
pub(super) struct Admitted {
    /// The ledger that it is about.
    pub(super) ledger: Ledger,
    pub(super) asked: Asked,
    /// What leaves its trace if it comes to nothing.
    pub(super) trace: Trace,
    /// Who may grant it.
    pub(super) granters: Granters,
}

/// Lets a request in, if the caller may make it.
pub(super) async fn admitted(
    gate: &Gate,
    caller: &Caller,
    request: &v1::DecideRequest,
) -> Result<Admitted, Status> {
    let place = Scope::Ledger(&request.ledger);
    let permit = gate.authorise(caller, Action::Decide, place)?;
    let ledger = permit.ledger()?;
    // A decision takes its source and id for ever, as an event does.
    let appends = gate.authorise_on(caller, Action::Append, place)?;
    appends.sources().check(&request.source)?;
    let trace = Traced::new(&permit, &ledger, RefusedCall::Decide).of_agent(&request.agent);
    let asked = asked(request, &permit);
    let (asked, trace) = trace.count_of(request.encoded_len(), asked).await?;
    permit.check_token()?;
    let granters = Granters::new(&permit, &ledger);
    Ok(Admitted {
        ledger,
        asked,
        trace,
        granters,
    })
}

/// How long a call may wait for a human: as long as it says, but to a second before its deadline.
fn patience(request: &Request<v1::DecideRequest>) -> Result<Duration, Refusal> {
    let wanted = request.get_ref().wait_seconds;
    if wanted > DECISION_WAIT_SECONDS_MAX {
        let problem = format!("must be at most {DECISION_WAIT_SECONDS_MAX}");
        return Err(Refusal::field("wait_seconds", problem));
    }
    let wanted = Duration::from_secs(wanted.into());
    let deadline = complete::deadline_of(request.metadata().as_ref());
    Ok(deadline.map_or(wanted, |deadline| {
        wanted.min(deadline.saturating_sub(Duration::from_secs(1)))
    }))
}

/// Is over after a time, or when the daemon drains.
async fn over(wait: Duration, draining: &mut Draining) {
    tokio::select! {
        () = tokio::time::sleep(wait) => {}
        () = draining.begun() => {}
    }
}

pub(super) fn asked(request: &v1::DecideRequest, permit: &Permit<'_>) -> Result<Asked, Refusal> {
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let mut malformed = None;
    Ok(Asked {
        source: request.source.clone(),
        id: request.id.clone(),
        principal: permit.principal().to_string(),
        agent: or_own(request.agent.clone(), permit),
        session: given(&request.session),
        action: Act {
            kind: kind(&request.kind)?,
            name: request.action.clone(),
            api: given(&request.api),
            arguments: arguments(&request.arguments_json, &mut malformed),
        },
        invocation: invocation(&request.invocation_json, &mut malformed),
        estimate: Estimate {
            input_tokens: request.input_tokens,
            output_tokens: request.output_tokens,
            cost: request.cost_nano_usd.map(NanoUsd::from_nano),
        },
        approval: (request.approval > 0).then_some(request.approval),
        overriding: (request.r#override > 0).then_some(request.r#override),
        retry_of: (request.retry_of > 0).then_some(request.retry_of),
        aegis: figures(&request.aegis_json, &mut malformed),
        labels: request.labels.clone(),
        malformed,
    })
}

fn kind(text: &str) -> Result<ActionKind, Refusal> {
    match text {
        "model_call" => Ok(ActionKind::ModelCall),
        "tool_call" => Ok(ActionKind::ToolCall),
        "proposal" => Ok(ActionKind::Proposal),
        "named" => Ok(ActionKind::Named),
        _ => Err(Refusal::field(
            "kind",
            "must be model_call, tool_call, proposal or named",
        )),
    }
}

fn arguments(json: &[u8], malformed: &mut Option<Malformed>) -> Value {
    let read = parsed(json).map_err(|error| error.without_contents());
    let read = or_malformed("arguments_json", json, read, malformed);
    read.unwrap_or(Value::Null)
}

/// What a policy of AEGIS' kind sees. Whether it is what such a policy can take is a matter of the decision.
fn figures(json: &[u8], malformed: &mut Option<Malformed>) -> Option<Value> {
    let read = parsed(json).map_err(|error| error.without_contents());
    or_malformed("aegis_json", json, read, malformed)
}

fn invocation(json: &[u8], malformed: &mut Option<Malformed>) -> Option<Invocation> {
    let read = match json.is_empty() {
        true => Ok(None),
        false => Invocation::parse(json, false).map(Some),
    };
    let read = read.map_err(|error| error.message);
    or_malformed("invocation_json", json, read, malformed)
}

/// What can't be read is no call without an answer, but a denial, on record without what stood in it.
fn or_malformed<T>(
    field: &'static str,
    json: &[u8],
    read: Result<Option<T>, String>,
    malformed: &mut Option<Malformed>,
) -> Option<T> {
    read.unwrap_or_else(|problem| {
        malformed.get_or_insert_with(|| Malformed {
            field,
            problem,
            digest: Digest::of(json),
        });
        None
    })
}

fn parsed(json: &[u8]) -> Result<Option<Value>, JsonError> {
    let limits = Limits {
        bytes: INVOCATION_BYTES_MAX,
        levels: INVOCATION_NESTING_LEVELS_MAX,
    };
    match json.is_empty() {
        true => Ok(None),
        false => read(json, limits).map(Some),
    }
}

/// A value of JSON; none of nothing.
pub(super) fn value(field: &str, json: &[u8]) -> Result<Option<Value>, Refusal> {
    parsed(json).map_err(|error| Refusal::field(field, error.to_string()))
}

/// The attempt that has failed, of a request that had its output already.
fn failed_attempt(decided: &Decided) -> Option<v1::FailedAttempt> {
    let decision = &decided.decision;
    let attempt = decision.attempt.filter(|_| decision.failure.is_some())?;
    let first = attempt.first.or(Some(decided.placed.sequence));
    Some(wire::failed_attempt(Attempt { first, ..attempt }))
}

/// The answer. `lack` is why nobody can grant what it asks for.
pub(super) fn answer(decided: Decided, lack: String) -> Result<v1::DecideResponse, Refusal> {
    let decision = &decided.decision;
    let failure = decision.failure.as_ref();
    let content = Entry::Decision(decision.clone()).encode();
    let content = content.map_err(|error| Refusal::internal(&error))?;
    Ok(v1::DecideResponse {
        verdict: wire::verdict(decision.verdict).into(),
        place: wire::place(&decided.placed),
        repeated: decided.repeated,
        standing: wire::standing(decided.standing).into(),
        code: failure
            .map(|failure| failure.code.clone())
            .unwrap_or_default(),
        message: failure
            .map(|failure| failure.message.clone())
            .unwrap_or_default(),
        step: failure
            .map(|failure| failure.stage.name().to_owned())
            .unwrap_or_default(),
        retry_time: decision.retry_at.map(timestamp),
        open_approval: decided.open_approval.unwrap_or_default(),
        act_digest: decision.act.digest.to_string(),
        request_salt: Bytes::copy_from_slice(&decided.salt),
        decision_json: content.into(),
        shadow: decision.shadow,
        granters_lack: lack,
        failed_attempt: failed_attempt(&decided),
    })
}
