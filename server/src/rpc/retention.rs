//! SetRetention, GetRetention, PreviewRetention and ListDisposals; a run is a file of its own.

mod run;
mod wire;

use indelible_ledger::SystemFact;
use indelible_proto::{time::timestamp, v1};
use prost::Message as _;
use tonic::{Request, Response, Status};

pub(super) use self::{
    run::{Running, run},
    wire::{act as wire_act, rules},
};
use super::{
    audit::act::sequence,
    authorise::{Action, Caller, Gate, Scope, Wish},
    blocking::blocking,
    page::{page_items, page_of},
    page_token::QueryHasher,
    refusal::Refusal,
    slots::Slots,
    wanted,
};
use crate::limits::RECORD_ROOM_BYTES;

pub(super) async fn set(
    gate: &Gate,
    request: Request<v1::SetRetentionRequest>,
) -> Result<Response<v1::SetRetentionResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let what = (Action::ChangeRetention, Scope::Ledger(&request.ledger));
    let permit = gate.authorise_act(&caller, what, Wish::Act(&request.approval_id))?;
    let rules = wire::rules(&request.rules)?;
    let wanted = wanted::retention(&permit, &permit.target()?, &request, &rules)?;
    let count = ("rule_count", SystemFact::Uint(rules.len() as u64));
    let begun = permit.begin_wanted("SetRetention", vec![count], &wanted);
    let act = begun.await?;
    let reason = (!request.reason.is_empty()).then_some(request.reason);
    let set = act.blocking(move |act| {
        let recorded = act.ledger()?.set_retention(rules, reason)?;
        let facts = vec![sequence(&recorded)];
        Ok((recorded, facts))
    });
    let recorded = set.await?;
    Ok(Response::new(v1::SetRetentionResponse {
        sequence: recorded.first,
        recorded_time: Some(timestamp(recorded.time)),
    }))
}

pub(super) fn get(
    gate: &Gate,
    request: &Request<v1::GetRetentionRequest>,
) -> Result<Response<v1::GetRetentionResponse>, Status> {
    let caller = Caller::of(request);
    let scope = Scope::Ledger(&request.get_ref().ledger);
    let ledger = gate
        .authorise(&caller, Action::DescribeLedger, scope)?
        .ledger()?;
    ledger.check_key_events().map_err(Refusal::from)?;
    let rules = ledger.retention().iter().map(wire::rule).collect();
    Ok(Response::new(v1::GetRetentionResponse { rules }))
}

pub(super) async fn preview(
    gate: &Gate,
    slots: &Slots,
    request: Request<v1::PreviewRetentionRequest>,
) -> Result<Response<v1::PreviewRetentionResponse>, Status> {
    let caller = Caller::of(&request);
    let name = request.into_inner().ledger;
    let ledger = gate
        .authorise(&caller, Action::Verify, Scope::Ledger(&name))?
        .ledger()?;
    let slot = slots.verification()?;
    let surveyed = blocking(move || {
        let surveys = ledger.preview_retention()?;
        drop(slot);
        Ok(surveys)
    });
    let surveys = surveyed.await?.iter().map(wire::survey).collect();
    Ok(Response::new(v1::PreviewRetentionResponse { surveys }))
}

pub(super) async fn list(
    gate: &Gate,
    request: Request<v1::ListDisposalsRequest>,
) -> Result<Response<v1::ListDisposalsResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let scope = Scope::Ledger(&request.ledger);
    let ledger = gate
        .authorise(&caller, Action::DescribeLedger, scope)?
        .ledger()?;
    ledger.check_key_events().map_err(Refusal::from)?;
    let query = QueryHasher::new("disposals")
        .text(&ledger.summary().origin)
        .finish();
    let from = query.sequence(&request.page_token)?.unwrap_or_default();
    let items = page_items(request.page_size)?;
    let all = blocking(move || Ok(ledger.disposals()?)).await?;
    let all: Vec<_> = all.into_iter().map(wire::disposal).collect();
    let later = all.partition_point(|disposal| disposal.sequence < from);
    let items = items.min(fitting(&all[later..]));
    let (disposals, next) = page_of(all, |disposal| disposal.sequence, from, items);
    Ok(Response::new(v1::ListDisposalsResponse {
        disposals,
        next_page_token: next.map(|next| query.token_at(next)).unwrap_or_default(),
    }))
}

/// How many of these have room in one answer: at least one.
fn fitting(disposals: &[v1::Disposal]) -> usize {
    let mut room = RECORD_ROOM_BYTES;
    let mut fits = |disposal: &&v1::Disposal| {
        let bytes = disposal.encoded_len() + 8;
        room.checked_sub(bytes).map(|left| room = left).is_some()
    };
    let fitting = disposals.iter().take_while(|disposal| fits(disposal));
    fitting.count().max(1)
}
