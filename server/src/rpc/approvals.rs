//! Requests for a second person: asked for, seen, approved, declined and taken back. Each of these is one record of `_system`;
//! what is in memory follows it before the call is answered.

mod ask;
mod keep;
mod taken_back;
mod wire;

use std::sync::Arc;

use indelible_access::{ApprovalError, Caller as Known, Request as Asked, Table};
use indelible_ledger::{SystemEvent, SystemFact, SystemKind};
use indelible_proto::v1::{self, ErrorReason};
use tonic::{Request, Response, Status};

pub(super) use self::ask::request;
pub(crate) use self::keep::{keep, read};
pub(super) use self::taken_back::TakenBack;
use self::wire::{fitting, wire};
use super::{
    authorise::{Action, Caller, Gate, Permit, Scope, recovering, refused, unknown},
    page::{page_items, page_of},
    page_token::QueryHasher,
    refusal::Refusal,
    wanted::is_said,
};
use crate::{
    approvals::{self, Answer, Answered, Entry, WantedAct},
    issuers::now,
    limits::APPROVAL_TRIES_MAX,
};

/// What becomes of a request, if the rules let it: given the bindings, the caller and the time.
type Step = Box<dyn FnOnce(&mut Asked, &Table, &Known, u64) -> Result<(), ApprovalError> + Send>;

pub(super) fn list(
    gate: &Gate,
    request: Request<v1::ListApprovalRequestsRequest>,
) -> Result<Response<v1::ListApprovalRequestsResponse>, Status> {
    let permit = gate.authorise(&Caller::of(&request), Action::ListRequests, Scope::Store)?;
    let request = request.into_inner();
    let origin = gate.approvals().origin().ok_or_else(recovering)?;
    let query = QueryHasher::new("approval-requests").text(&origin).finish();
    let from = query.sequence(&request.page_token)?.unwrap_or_default();
    let items = page_items(request.page_size)?;
    let mut all = gate.approvals().all();
    all.retain(|entry| entry.sequence >= from && permit.may_see(entry));
    let (now, places) = (now(), all.iter().map(|entry| entry.sequence));
    let places: Vec<_> = places.collect();
    let days_max = gate.tokens().days_max();
    let shown = all.iter().map(|entry| wire(entry, now, days_max));
    let shown: Vec<_> = shown.collect();
    let items = items.min(fitting(&shown));
    let all: Vec<_> = places.into_iter().zip(shown).collect();
    let (page, next) = page_of(all, |(sequence, _)| *sequence, from, items);
    Ok(Response::new(v1::ListApprovalRequestsResponse {
        requests: page.into_iter().map(|(_, shown)| shown).collect(),
        next_page_token: next.map(|next| query.token_at(next)).unwrap_or_default(),
    }))
}

pub(super) fn get(
    gate: &Gate,
    request: Request<v1::GetApprovalRequestRequest>,
) -> Result<Response<v1::GetApprovalRequestResponse>, Status> {
    let caller = Caller::of(&request);
    let id = request.into_inner().approval_id;
    let (_permit, entry) = found(gate, &caller, Action::ReadRequest, &id)?;
    Ok(Response::new(v1::GetApprovalRequestResponse {
        request: Some(wire(&entry, now(), gate.tokens().days_max())),
    }))
}

pub(super) async fn approve(
    gate: &Gate,
    request: Request<v1::ApproveRequest>,
) -> Result<Response<v1::ApproveResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let (permit, entry) = found(gate, &caller, Action::Approve, &request.approval_id)?;
    let digest: [u8; 32] = request.digest.as_ref().try_into().map_err(|_| {
        let found = request.digest.len();
        let problem = format!("has {found} bytes; the digest of a request has 32");
        Refusal::field("digest", problem)
    })?;
    let step = move |asked: &mut Asked, table: &Table, caller: &Known, now| {
        asked.approve(table, caller, digest, now)
    };
    // Whoever may not approve it at all learns nothing of what was said rightly.
    let (table, known) = permit.decided_by();
    let tried = step(&mut entry.request.clone(), &table, &known, now());
    let by = (table.as_ref(), known.as_ref());
    tried.map_err(|error| gate.refuse_step(by, (Action::Approve, &*entry), refused(&error)))?;
    let said = Said {
        is_right: is_said(&permit, &entry.act, &request)?,
        tried: told(&permit, &entry, SystemKind::ApprovalTried, "Approve"),
    };
    let answered = answer(
        gate,
        &permit,
        &entry,
        (Answer::Approved, "Approve", Some(said)),
        Box::new(step),
    );
    Ok(Response::new(v1::ApproveResponse {
        request: Some(answered.await?),
    }))
}

pub(super) async fn decline(
    gate: &Gate,
    request: Request<v1::DeclineRequest>,
) -> Result<Response<v1::DeclineResponse>, Status> {
    let caller = Caller::of(&request);
    let id = request.into_inner().approval_id;
    let (permit, entry) = found(gate, &caller, Action::Approve, &id)?;
    let step =
        |asked: &mut Asked, table: &Table, caller: &Known, now| asked.decline(table, caller, now);
    let answered = answer(
        gate,
        &permit,
        &entry,
        (Answer::Declined, "Decline", None),
        Box::new(step),
    );
    Ok(Response::new(v1::DeclineResponse {
        request: Some(answered.await?),
    }))
}

pub(super) async fn withdraw(
    gate: &Gate,
    request: Request<v1::WithdrawRequest>,
) -> Result<Response<v1::WithdrawResponse>, Status> {
    let caller = Caller::of(&request);
    let id = request.into_inner().approval_id;
    let (permit, entry) = found(gate, &caller, Action::ReadRequest, &id)?;
    gate.check_system()?;
    let step = |asked: &mut Asked, _: &Table, caller: &Known, now| asked.withdraw(caller, now);
    let answered = answer(
        gate,
        &permit,
        &entry,
        (Answer::Withdrawn, "Withdraw", None),
        Box::new(step),
    );
    Ok(Response::new(v1::WithdrawResponse {
        request: Some(answered.await?),
    }))
}

/// A request, for a caller who may do something with it.
fn found<'a>(
    gate: &'a Gate,
    caller: &Caller,
    action: Action,
    id: &str,
) -> Result<(Permit<'a>, Arc<Entry>), Status> {
    let entry = gate.approvals().get(id);
    let permit = gate.authorise_request(caller, action, entry.as_deref())?;
    match (entry, gate.approvals().origin()) {
        (Some(entry), _) => Ok((permit, entry)),
        (None, None) => Err(recovering().into()),
        (None, Some(_)) => Err(unknown().into()),
    }
}

/// What an approver said of what the record of a request does not hold.
struct Said {
    /// Whether it is all that was asked for.
    is_right: bool,
    /// What is recorded where it is not.
    tried: SystemEvent,
}

/// An event about a request.
fn told(permit: &Permit<'_>, entry: &Entry, kind: SystemKind, method: &'static str) -> SystemEvent {
    let event = permit
        .told(kind, method)
        .with("request", SystemFact::Text(entry.id()))
        .with("action", SystemFact::Text(entry.act.action().name().into()));
    SystemEvent {
        ledger: entry.request.asked().ledger.clone(),
        ..event
    }
}

/// Does a step, puts it on record, and then in force.
async fn answer(
    gate: &Gate,
    permit: &Permit<'_>,
    entry: &Entry,
    (answer, method, said): (Answer, &'static str, Option<Said>),
    step: Step,
) -> Result<v1::ApprovalRequest, Status> {
    let event = told(permit, entry, SystemKind::ApprovalAnswered, method)
        .with("answer", SystemFact::Text(answer.name().into()));
    let (id, by) = (entry.id(), permit.decided_by());
    // Also if nobody waits for it any more: what is on record is in force.
    let taking = take(gate.clone(), event, id, by, (answer, step, said));
    let taken = tokio::spawn(taking).await;
    let taken = taken.map_err(|panicked| Refusal::internal(&panicked))??;
    Ok(wire(&taken, now(), gate.tokens().days_max()))
}

async fn take(
    gate: Gate,
    mut event: SystemEvent,
    id: String,
    (table, caller): (Arc<Table>, Arc<Known>),
    (answer, step, said): (Answer, Step, Option<Said>),
) -> Result<Arc<Entry>, Refusal> {
    let approvals = gate.approvals();
    let _one_at_a_time = approvals.changing().await;
    let entry = approvals.get(&id).ok_or_else(unknown)?;
    let (mut entry, now) = (Entry::clone(&entry), now());
    let by = (table.as_ref(), caller.as_ref());
    let action = match answer {
        Answer::Withdrawn => Action::ReadRequest,
        Answer::Approved | Answer::Declined => Action::Approve,
    };
    let stepped = step(&mut entry.request, &table, &caller, now);
    stepped.map_err(|error| gate.refuse_step(by, (action, &entry), refused(&error)))?;
    if let Some(said) = said {
        check_said(&gate, &id, by, said).await?;
    }
    let payload = approvals::answered(&entry.request.asked().id, answer, caller.principal(), now);
    event.payload = Some(payload.map_err(|error| Refusal::internal(&error))?);
    let recorded = gate.record(event).await?;
    let by = caller.principal();
    tracing::info!(request = id, %by, answer = answer.name(), "a request for a second person was answered");
    entry.history.answers.push(Answered {
        answer,
        by: by.clone(),
        authentication: caller.method().name().to_owned(),
        at: now,
        sequence: recorded.first,
    });
    Ok(approvals.put(entry, now))
}

/// Refuses whoever said something else than was asked for, and puts that on record first: somebody who may approve, and does
/// not know whom it is about, could find that out by trying. Nothing else happens to requests meanwhile.
async fn check_said(
    gate: &Gate,
    id: &str,
    (table, caller): (&Table, &Known),
    said: Said,
) -> Result<(), Refusal> {
    let approvals = gate.approvals();
    let entry = approvals.get(id).ok_or_else(unknown)?;
    let mut entry = Entry::clone(&entry);
    // Looked at first, so that the last try is no different from a right answer after it.
    if entry.history.is_tried_out(caller) {
        let what = (Action::Approve, &entry);
        return Err(gate.refuse_step((table, caller), what, tried_out()));
    }
    if said.is_right {
        return Ok(());
    }
    let now = now();
    let tries = entry.history.tries_of(caller) + 1;
    let payload = approvals::tried(&entry.request.asked().id, caller.persons(), now);
    let mut event = said
        .tried
        .with("tries", SystemFact::Uint(tries as u64))
        .outcome("denied");
    event.payload = Some(payload.map_err(|error| Refusal::internal(&error))?);
    gate.record(event).await?;
    entry.history.tried(caller.persons().cloned().collect());
    let (principal, action) = (caller.principal(), entry.act.action().name());
    tracing::warn!(request = id, %principal, action, tries, "an approver said something else than was asked for");
    let what = match entry.act {
        WantedAct::EraseDataSubject { .. } => "the data subject and the basis are not both",
        _ => "the reason is not",
    };
    approvals.put(entry, now);
    let left = APPROVAL_TRIES_MAX.saturating_sub(tries);
    let problem = format!(
        "{what} what was asked for: nothing is approved, and this is on record; have whoever asked say them exactly as they \
         were given (tries that are left to you: {left})"
    );
    Err(Refusal::new(ErrorReason::ApprovalNotUsable, problem)
        .with("why", "said-otherwise")
        .with("tries_left", left))
}

/// An approver who may be guessing.
fn tried_out() -> Refusal {
    let problem = "you, or all approvers together, said something else than was asked for as often as may be, so this request can't \
         be approved by you any more: have another approver approve it, or have it asked for again";
    Refusal::new(ErrorReason::ApprovalNotUsable, problem).with("why", "tried-out")
}
