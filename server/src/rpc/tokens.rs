//! CreateToken, ListTokens and RevokeToken. A token is made, and revoked, by one record of `_system`; what is in memory
//! follows it before the call is answered.

mod keep;
mod wire;

use std::sync::Arc;

use indelible_access::{NewToken, Principal, Role, TokenRecord, TokenRights, WishError};
use indelible_evidence::limits::ATTRIBUTE_BYTES_MAX;
use indelible_ledger::{SystemEvent, SystemFact, SystemKind};
use indelible_proto::{
    time::timestamp,
    v1::{self, ErrorReason},
};
use tonic::{Request, Response, Status};

pub(crate) use self::keep::{keep, read};
use self::wire::{fitting, wire};
use super::{
    approvals::TakenBack,
    authorise::{Action, Caller, Gate, Permit, Scope, Wish},
    page::{page_items, page_of},
    page_token::QueryHasher,
    refusal::Refusal,
    wanted,
};
use crate::{
    approvals::UsingUp,
    issuers::now,
    tokens::{self, NoRoom, OwnToken, Revoked, Size},
};

const SECOND_NS: u64 = 1_000_000_000;

pub(super) async fn create(
    gate: &Gate,
    request: Request<v1::CreateTokenRequest>,
) -> Result<Response<v1::CreateTokenResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let rights = TokenRights::parse(&request.roles, &request.on, &request.sources);
    let grants = rights.as_ref().map(TokenRights::grants);
    let grants = grants.as_deref().unwrap_or_default();
    let permit = gate.authorise_token(&caller, grants, Wish::Act(&request.approval_id))?;
    let rights = rights.map_err(|error| Refusal::field(error.field, error.problem))?;
    let engine = gate.recovered().ok_or_else(recovering)?;
    let token = NewToken::make(&engine.random()).map_err(|error| Refusal::internal(&error))?;
    if gate.tokens().get(token.id()).is_some() {
        return Err(Refusal::internal(&"two tokens of one id were drawn").into());
    }
    let record = record(gate, &permit, &token, &request, &rights)?;
    let event = created(&permit, &record, &rights)?;
    let administers = permit.may_on_the_store(Action::MakeToken);
    let approved = permit
        .use_up("CreateToken", &wanted::token(&request))
        .await?;
    let making = make(gate.clone(), event, (record, rights), administers, approved);
    // Also if nobody waits for it any more: what is on record is in force.
    let made = tokio::spawn(making).await;
    let made = made.map_err(|error| Refusal::internal(&error))??;
    Ok(Response::new(v1::CreateTokenResponse {
        text: token.reveal().to_owned(),
        token: Some(wire(&made)),
    }))
}

/// What is kept of the token that is asked for.
fn record(
    gate: &Gate,
    permit: &Permit<'_>,
    token: &NewToken,
    request: &v1::CreateTokenRequest,
    rights: &TokenRights,
) -> Result<TokenRecord, Refusal> {
    // Records hold whole seconds.
    let now = now() / SECOND_NS * SECOND_NS;
    let seconds = (request.valid_seconds > 0).then_some(request.valid_seconds);
    let expires = seconds.map(|seconds| now.saturating_add(seconds.saturating_mul(SECOND_NS)));
    let days_max = gate.tokens().days_max();
    let made = TokenRecord::new(
        token,
        &request.name,
        rights.grants(),
        permit.caller(),
        (now, expires),
        days_max,
    );
    made.map_err(|error| {
        let field = match error {
            WishError::Name => "name",
            WishError::Expired | WishError::TooLong { .. } => "valid_seconds",
            WishError::Powerless | WishError::Grants { .. } => "on",
            WishError::Id(_) => return Refusal::internal(&error),
        };
        Refusal::field(field, error.to_string())
    })
}

/// The record that makes a token.
fn created(
    permit: &Permit<'_>,
    record: &TokenRecord,
    rights: &TokenRights,
) -> Result<SystemEvent, Refusal> {
    let (roles, on, sources) = rights.texts();
    let day = indelible_compliance::time::shortest(record.expires);
    let text = SystemFact::Text;
    let number = |count: usize| SystemFact::Uint(count as u64);
    let mut event = permit
        .told(SystemKind::TokenCreated, "CreateToken")
        .with("token", text(record.principal.to_string()))
        .with("token_name", text(record.name.clone()))
        .with("roles", text(roles.join(",")))
        .with("place_count", number(on.len()))
        .with("source_count", number(sources.len()))
        .with("expires", text(day));
    event = event.with("on", text(fitting_places(&on)));
    let payload = tokens::made(record, rights);
    event.payload = Some(payload.map_err(|error| Refusal::internal(&error))?);
    Ok(event)
}

/// As many places as one fact holds; how many there are is told beside.
fn fitting_places(on: &[String]) -> String {
    let mut room = ATTRIBUTE_BYTES_MAX;
    let mut fits = |place: &&str| {
        let left = room.checked_sub(place.len() + 1);
        left.map(|left| room = left).is_some()
    };
    let places = on.iter().map(String::as_str);
    let places: Vec<_> = places.take_while(|place| fits(place)).collect();
    places.join(",")
}

/// Puts a token on record, and then in force. The approval that it takes is used up by the same commit. From the first token
/// on by which somebody who administers the store makes an approver, that commit says that what can't be undone takes two
/// people; whoever administers a part of the store does not decide that for all of it.
async fn make(
    gate: Gate,
    event: SystemEvent,
    (record, rights): (TokenRecord, TokenRights),
    administers: bool,
    approved: Option<(UsingUp, SystemEvent)>,
) -> Result<Arc<OwnToken>, Refusal> {
    let tokens = gate.tokens();
    let _one_at_a_time = tokens.changing().await;
    let room = tokens.room(&record, administers, now());
    room.map_err(|lack| exhausted(&record, lack))?;
    let (using_up, used) = approved.unzip();
    let is_approver = rights.roles.contains(&Role::Approver);
    let required = (is_approver && administers && !gate.approvals().is_required())
        .then(|| SystemEvent::new(SystemKind::TwoPeopleRequired));
    let requires = required.is_some();
    let events: Vec<_> = [event].into_iter().chain(used).chain(required).collect();
    let recorded = gate.record_all(&events).await?;
    if let Some(using_up) = using_up {
        using_up.done(recorded.first + 1, recorded.first);
    }
    if requires {
        gate.approvals().required();
        gate.take_of_records(true);
    }
    let made = OwnToken::new(record, rights, recorded.first);
    let (token, name) = (made.record.principal.to_string(), made.record.name.clone());
    tracing::info!(token, name, "made a token");
    let made = tokens.add(made, now());
    gate.take_tokens();
    Ok(made)
}

/// There is no room for another token.
fn exhausted(record: &TokenRecord, lack: NoRoom) -> Refusal {
    let (NoRoom::OfMaker(Size { tokens, grants }) | NoRoom::OfAll(Size { tokens, grants })) = lack;
    let (whose, problem) = match lack {
        NoRoom::OfMaker(_) => {
            let maker = record.makers.first();
            let maker = maker.map(ToString::to_string).unwrap_or_default();
            let problem = format!(
                "{maker} has made as many valid tokens as one maker may have ({tokens}, with {grants} roles in places: \
                 limits.tokens_per_maker); revoke some"
            );
            ("maker", problem)
        }
        NoRoom::OfAll(_) => {
            let problem = format!(
                "as many tokens are valid as may be ({tokens}, with {grants} roles in places); revoke some"
            );
            ("all", problem)
        }
    };
    Refusal::new(ErrorReason::TokensExhausted, problem)
        .with("tokens", tokens)
        .with("grants", grants)
        .with("whose", whose)
}

pub(super) async fn revoke(
    gate: &Gate,
    request: Request<v1::RevokeTokenRequest>,
) -> Result<Response<v1::RevokeTokenResponse>, Status> {
    let caller = Caller::of(&request);
    let id = request.into_inner().token_id;
    let token = gate.tokens().get(&id);
    let permit = gate.authorise_revocation(&caller, token.as_ref().map(|token| &token.record))?;
    let Some(token) = token else {
        if gate.tokens().origin().is_none() {
            return Err(recovering().into());
        }
        let problem = "there is no such token, or it ended long ago; list them";
        return Err(Refusal::new(ErrorReason::TokenUnknown, problem).into());
    };
    let (roles, on, _) = token.rights.texts();
    let text = SystemFact::Text;
    let mut event = permit
        .told(SystemKind::TokenRevoked, "RevokeToken")
        .with("token", text(token.record.principal.to_string()))
        .with("token_name", text(token.record.name.clone()))
        .with("roles", text(roles.join(",")))
        .with("on", text(fitting_places(&on)))
        .with("place_count", SystemFact::Uint(on.len() as u64));
    let payload = tokens::revoked(&token.record.principal);
    event.payload = Some(payload.map_err(|error| Refusal::internal(&error))?);
    // Also if nobody waits for it any more: what is on record is in force.
    let told = permit.told(SystemKind::ApprovalAnswered, "RevokeToken");
    let by = (told, permit.caller().principal().clone());
    let ended = tokio::spawn(end(gate.clone(), event, token, by)).await;
    let ended = ended.map_err(|error| Refusal::internal(&error))??;
    Ok(Response::new(v1::RevokeTokenResponse {
        sequence: ended.sequence,
        recorded_time: Some(timestamp(ended.time)),
    }))
}

/// Puts a revocation on record, and with it that what the token asked for is taken back, and then in force.
async fn end(
    gate: Gate,
    event: SystemEvent,
    token: Arc<OwnToken>,
    (told, by): (SystemEvent, Principal),
) -> Result<Revoked, Refusal> {
    let (tokens, approvals) = (gate.tokens(), gate.approvals());
    // In the order of a token that uses up an approval.
    let _no_request = approvals.changing().await;
    let _one_at_a_time = tokens.changing().await;
    if let Some(revoked) = token.revoked() {
        return Ok(revoked);
    }
    let taken_back = TakenBack::of(approvals, &token.record.principal, (&told, &by))?;
    let events = [&[event][..], taken_back.events()].concat();
    let recorded = gate.record_all(&events).await?;
    let revoked = Revoked {
        sequence: recorded.first,
        time: recorded.time,
    };
    tokens.revoke(&token, revoked);
    taken_back.done(approvals);
    gate.take_tokens();
    tracing::info!(token = %token.record.principal, "revoked a token");
    Ok(revoked)
}

pub(super) fn list(
    gate: &Gate,
    request: Request<v1::ListTokensRequest>,
) -> Result<Response<v1::ListTokensResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let permit = gate.authorise(&caller, Action::ListTokens, Scope::Store)?;
    let tokens = gate.tokens();
    let origin = tokens.origin().ok_or_else(recovering)?;
    let query = QueryHasher::new("tokens").text(&origin).finish();
    let from = query.sequence(&request.page_token)?.unwrap_or_default();
    let items = page_items(request.page_size)?;
    let mut all = tokens.all();
    all.retain(|token| token.sequence >= from && permit.may_see_token(&token.record));
    let items = items.min(fitting(&all));
    let (page, next) = page_of(all, |token| token.sequence, from, items);
    Ok(Response::new(v1::ListTokensResponse {
        tokens: page.iter().map(|token| wire(token)).collect(),
        next_page_token: next.map(|next| query.token_at(next)).unwrap_or_default(),
        of_all: permit.may_on_the_store(Action::ReadToken),
    }))
}

fn recovering() -> Refusal {
    let problem = "the daemon has not read yet which tokens there are; retry";
    Refusal::new(ErrorReason::Recovering, problem)
}
