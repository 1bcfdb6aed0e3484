//! Decide, CompleteDecision, ReleaseDecision and ListBudgets.

use bytes::Bytes;
use indelible_governance::{
    json::{Limits, Value, read},
    limits::{INVOCATION_BYTES_MAX, INVOCATION_NESTING_LEVELS_MAX},
    money::NanoUsd,
    record::{Entry, Used},
    request::{Action as Act, ActionKind, Estimate, Invocation, Request as Asked},
    state::AccountView,
};
use indelible_ledger::{Decided, Rules};
use indelible_proto::{time::timestamp, v1};
use prost::Message as _;
use tonic::{Request, Response, Status};

use super::{ITEMS_MAX, count, digest, looked_at, or_own, wire};
use crate::rpc::{
    authorise::{Action, Caller, Gate, Permit, Scope},
    refusal::Refusal,
};

pub(crate) async fn decide(
    gate: &Gate,
    request: Request<v1::DecideRequest>,
) -> Result<Response<v1::DecideResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let place = Scope::Ledger(&request.ledger);
    let permit = gate.authorise(&caller, Action::Decide, place)?;
    let ledger = permit.ledger()?;
    // A decision takes its source and id for ever, as an event does.
    let appends = gate.authorise_on(&caller, Action::Append, place)?;
    appends.sources().check(&request.source)?;
    let asked = asked(&request, &permit)?;
    count(&permit, request.encoded_len()).await?;
    permit.check_token()?;
    let decided = ledger.decide(asked).await.map_err(Refusal::from)?;
    Ok(Response::new(answer(decided)?))
}

fn asked(request: &v1::DecideRequest, permit: &Permit<'_>) -> Result<Asked, Refusal> {
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
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
            arguments: arguments(&request.arguments_json)?,
        },
        invocation: invocation(&request.invocation_json)?,
        estimate: Estimate {
            input_tokens: request.input_tokens,
            output_tokens: request.output_tokens,
            cost: request.cost_nano_usd.map(NanoUsd::from_nano),
        },
        approval: (request.approval > 0).then_some(request.approval),
        labels: request.labels.clone(),
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

fn arguments(json: &[u8]) -> Result<Value, Refusal> {
    let limits = Limits {
        bytes: INVOCATION_BYTES_MAX,
        levels: INVOCATION_NESTING_LEVELS_MAX,
    };
    match json.is_empty() {
        true => Ok(Value::Null),
        false => {
            read(json, limits).map_err(|error| Refusal::field("arguments_json", error.to_string()))
        }
    }
}

fn invocation(json: &[u8]) -> Result<Option<Invocation>, Refusal> {
    match json.is_empty() {
        true => Ok(None),
        false => Invocation::parse(json, false)
            .map(Some)
            .map_err(|error| Refusal::field("invocation_json", error.to_string())),
    }
}

fn answer(decided: Decided) -> Result<v1::DecideResponse, Refusal> {
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
    })
}

pub(crate) async fn complete(
    gate: &Gate,
    request: Request<v1::CompleteDecisionRequest>,
) -> Result<Response<v1::CompleteDecisionResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let place = Scope::Ledger(&request.ledger);
    let permit = gate.authorise(&caller, Action::Decide, place)?;
    let ledger = permit.ledger()?;
    count(&permit, request.encoded_len()).await?;
    let used = Used {
        tokens: request.tokens,
        cost: request.cost_nano_usd.map(NanoUsd::from_nano),
    };
    let output = match request.output_digest.as_str() {
        "" => None,
        given => Some(digest("output_digest", given)?),
    };
    let principal = permit.principal();
    let settled = ledger.complete(&principal, request.decision, used, output);
    let settled = settled.await.map_err(Refusal::from)?;
    let completion = settled.completion;
    Ok(Response::new(v1::CompleteDecisionResponse {
        place: wire::place(&settled.placed),
        repeated: settled.repeated,
        late: completion
            .as_ref()
            .is_some_and(|completion| completion.late),
        overrun: completion.is_some_and(|completion| completion.overrun),
    }))
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
    count(&permit, request.encoded_len()).await?;
    let principal = permit.principal();
    let settled = ledger.release(&principal, request.decision).await;
    let settled = settled.map_err(Refusal::from)?;
    Ok(Response::new(v1::ReleaseDecisionResponse {
        place: wire::place(&settled.placed),
        repeated: settled.repeated,
    }))
}

pub(crate) async fn list_budgets(
    gate: &Gate,
    request: Request<v1::ListBudgetsRequest>,
) -> Result<Response<v1::ListBudgetsResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let ledger = looked_at(gate, &caller, &request.ledger)?;
    let rules = ledger.rules().await.map_err(Refusal::from)?;
    let skip = usize::try_from(request.skip).unwrap_or(usize::MAX);
    let accounts = ledger.accounts(skip, ITEMS_MAX).await;
    let accounts = accounts.map_err(Refusal::from)?;
    let budgets = accounts.iter().map(|account| budget(&rules, account));
    Ok(Response::new(v1::ListBudgetsResponse {
        budgets: budgets.collect(),
    }))
}

fn budget(rules: &Rules, account: &AccountView) -> v1::BudgetUse {
    let key = &account.key;
    let (by, name) = wire::counted(&key.of);
    // Of several policies with such a budget the smallest cap is told.
    let bound = rules.bindings.values();
    let policies = bound.filter_map(|one| one.bound.gate.as_ref());
    let caps = policies
        .flat_map(|policy| &policy.budgets)
        .filter(|budget| {
            budget.name == key.budget && budget.unit == key.unit && budget.period == key.period
        });
    v1::BudgetUse {
        budget: key.budget.clone(),
        by: by.to_owned(),
        name,
        unit: wire::unit(key.unit).to_owned(),
        posted: account.used.posted,
        pending: account.used.pending,
        cap: caps.map(|budget| budget.cap).min(),
    }
}
