//! RequestApproval: what somebody wants done, put on record for a second person.

use std::{sync::Arc, time::Duration};

use data_encoding::HEXLOWER;
use indelible_access::{
    Asked, Method, Principal, TokenRights,
    limits::{DAY_NS, REQUEST_DAYS_DEFAULT, SECOND_NS},
};
use indelible_ledger::{Ledger, SystemEvent, SystemFact, SystemKind};
use indelible_proto::v1::{
    self, ErrorReason,
    request_approval_request::Act::{
        self, CreateSuccessor, CreateToken, EndLedger, EraseDataSubject, RevokeSigningKey,
        SetRetention,
    },
};
use tonic::{Request, Response, Status};

use super::wire::wire;
use crate::{
    approvals::{self, Entry, Full, History, WantedAct},
    issuers::now,
    limits::{APPROVALS_OF_CALLER_MAX, APPROVALS_OPEN_MAX, APPROVALS_RESERVE},
    rpc::{
        audit::act::{Facts, keys},
        authorise::{Action, Caller, Gate, Permit, Scope, Wish},
        refusal::Refusal,
        retention,
        transport::Connected,
        wanted::{self, key_to_revoke},
    },
};

/// What is asked for, by whom, and what else is told of it.
type Wanted<'a> = (Permit<'a>, WantedAct, Facts);

pub(crate) async fn request(
    gate: &Gate,
    request: Request<v1::RequestApprovalRequest>,
) -> Result<Response<v1::RequestApprovalResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let act = request.act.as_ref();
    let act = act.ok_or_else(|| Refusal::field("act", "must be set"))?;
    let (permit, act, facts) = asked(gate, &caller, act).await?;
    let now = now();
    let valid_ns = match request.valid_seconds {
        0 => REQUEST_DAYS_DEFAULT * DAY_NS,
        seconds => seconds.saturating_mul(SECOND_NS),
    };
    let asked = permit.ask(&act, (now, end(&permit, now.saturating_add(valid_ns))))?;
    let day = indelible_compliance::time::shortest(asked.asked().expires);
    let text = SystemFact::Text;
    let payload = approvals::requested(&asked, &act);
    let entry = Entry {
        request: asked,
        act,
        sequence: 0,
        history: History::default(),
    };
    let approvers = permit.approvers(entry.act.action(), entry.request.scope());
    let asked = entry.request.asked();
    let event = permit
        .told(SystemKind::ApprovalRequested, "RequestApproval")
        .with("request", text(entry.id()))
        .with("action", text(asked.action.name().to_owned()))
        .with("digest", text(HEXLOWER.encode(&asked.wanted)))
        .with("expires", text(day))
        .with(
            "origin",
            text(entry.act.origin().unwrap_or_default().to_owned()),
        );
    let event = SystemEvent {
        ledger: asked.ledger.clone(),
        payload: Some(payload.map_err(|error| Refusal::internal(&error))?),
        facts: event.facts.into_iter().chain(facts).collect(),
        ..event
    };
    // Also if nobody waits for it any more: what is on record is in force.
    let by = (permit.connected(), permit.administers_the_store());
    let made = tokio::spawn(make(gate.clone(), event, entry, by)).await;
    let made = made.map_err(|panicked| Refusal::internal(&panicked))??;
    Ok(Response::new(v1::RequestApprovalResponse {
        request: Some(wire(&made, now, gate.tokens().days_max())),
        approvers,
    }))
}

/// What a token asks for ends with the token: nobody else could carry it out, and it would wait on.
fn end(permit: &Permit<'_>, wanted: u64) -> u64 {
    let caller = permit.caller();
    let of_token = caller
        .expires()
        .filter(|_| caller.method() == Method::Token);
    of_token.map_or(wanted, |expires| wanted.min(expires))
}

/// What a request asks for, by somebody who may do it but for the second person.
async fn asked<'a>(gate: &'a Gate, caller: &Caller, act: &'a Act) -> Result<Wanted<'a>, Status> {
    let authorised = |action, ledger| {
        let what = (action, Scope::Ledger(ledger));
        gate.authorise_act(caller, what, Wish::Ask)
    };
    let (permit, approval, act, facts) = match act {
        EraseDataSubject(wanted) => {
            let permit = authorised(Action::Erase, &wanted.ledger)?;
            let (act, data_keys) = wanted::erasure(&permit, permit.target()?, wanted).await?;
            (permit, &wanted.approval_id, act, keys(&data_keys))
        }
        RevokeSigningKey(wanted) => {
            let permit = authorised(Action::RevokeKeys, &wanted.ledger)?;
            let ledger = permit.target()?;
            let revoke = key_to_revoke(wanted.clone())?;
            // Nobody needs to approve what can't be done.
            ledger.check_revocation(&revoke).map_err(Refusal::from)?;
            let act = wanted::revocation(&permit, &ledger, wanted)?;
            let key = SystemFact::Text(HEXLOWER.encode(&revoke.public));
            let size = SystemFact::Uint(revoke.size);
            let facts = vec![("public_key", key), ("trusted_size", size)];
            (permit, &wanted.approval_id, act, facts)
        }
        CreateSuccessor(wanted) => {
            let permit = authorised(Action::CreateSuccessor, &wanted.ledger)?;
            let act = wanted::successor(&permit.target()?);
            (permit, &wanted.approval_id, act, Vec::new())
        }
        EndLedger(wanted) => {
            let permit = authorised(Action::CloseLedger, &wanted.ledger)?;
            wanted::end(wanted)?;
            let act = wanted::end_ledger(&permit, &permit.target()?, wanted)?;
            let size = ("bundle_size", SystemFact::Uint(wanted.bundle_size));
            (permit, &wanted.approval_id, act, vec![size])
        }
        SetRetention(wanted) => {
            let permit = authorised(Action::ChangeRetention, &wanted.ledger)?;
            let rules = retention::rules(&wanted.rules)?;
            let ledger = permit.target()?;
            // Nobody needs to approve what would be refused.
            Ledger::check_retention(rules.clone()).map_err(Refusal::from)?;
            let act = wanted::retention(&permit, &ledger, wanted, &rules)?;
            let count = ("rule_count", SystemFact::Uint(rules.len() as u64));
            (permit, &wanted.approval_id, act, vec![count])
        }
        CreateToken(wanted) => {
            let rights = TokenRights::parse(&wanted.roles, &wanted.on, &wanted.sources);
            let grants = rights.as_ref().map(TokenRights::grants);
            let grants = grants.as_deref().unwrap_or_default();
            let permit = gate.authorise_token(caller, grants, Wish::Ask)?;
            rights.map_err(|error| Refusal::field(error.field, error.problem))?;
            let facts = vec![("token_name", SystemFact::Text(wanted.name.clone()))];
            (permit, &wanted.approval_id, wanted::token(wanted), facts)
        }
    };
    match approval.is_empty() {
        true => Ok((permit, act, facts)),
        false => Err(Refusal::field("approval_id", "must be empty where it is asked for").into()),
    }
}

/// Puts a request on record, and then in force: of whoever is connected, who administers the store or does not.
async fn make(
    gate: Gate,
    event: SystemEvent,
    entry: Entry,
    (connected, administers): (Arc<Connected>, bool),
) -> Result<Arc<Entry>, Refusal> {
    let approvals = gate.approvals();
    let _one_at_a_time = approvals.changing().await;
    // A token that was revoked meanwhile has had all that it asked for taken back.
    connected.over().map_or(Ok(()), Err)?;
    let now = now();
    if approvals.get(&entry.id()).is_some() {
        return Err(Refusal::internal(&"two requests of one id were drawn"));
    }
    let room = approvals.has_room(entry.request.asked(), administers, now);
    room.map_err(|full| no_room(full, entry.request.asked(), now))?;
    let recorded = gate.record(event).await?;
    let (request, action) = (entry.id(), entry.act.action().name());
    tracing::info!(request, action, "somebody asked for a second person");
    let sequence = recorded.first;
    Ok(approvals.put(Entry { sequence, ..entry }, now))
}

/// What is told of there being no room. Only that some end, or expire, makes any.
fn no_room(full: Full, asked: &Asked, now: u64) -> Refusal {
    let (limit, most, first_ends, problem) = match full {
        Full::OfAll { first_ends } => {
            let most = APPROVALS_OPEN_MAX - APPROVALS_RESERVE;
            let problem = format!(
                "as many requests of all callers wait for a second person as may ({most}, and {APPROVALS_RESERVE} more of those \
                 who administer the store); have approvers decline what nobody needs (`indelible request list`), or tokens \
                 revoked that ask for too much, which ends their requests"
            );
            ("requests", most, first_ends, problem)
        }
        Full::OfPerson { first_ends } => {
            // A token's requests count as its maker's.
            let is_token = |person: &&Principal| person.as_str().starts_with("token:");
            let person = asked.persons.iter().find(|person| !is_token(person));
            let person = person.or(asked.persons.first()).map(ToString::to_string);
            let person = person.unwrap_or_default();
            let most = APPROVALS_OF_CALLER_MAX;
            let problem = format!(
                "as many requests of {person}, and of tokens that they made, wait for a second person as may ({most}); withdraw \
                 what is not needed (`indelible request list`, `indelible request withdraw`), or have it approved or declined"
            );
            ("requests_of_caller", most, first_ends, problem)
        }
    };
    Refusal::new(ErrorReason::ApprovalsExhausted, problem)
        .with("limit", limit)
        .with("most", most)
        .after(Duration::from_nanos(first_ends.saturating_sub(now)).max(Duration::from_secs(1)))
}
