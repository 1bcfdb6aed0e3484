//! Append and AppendBatch.

use indelible_ledger::{Ledger, PrepareError, Prepared};
use indelible_proto::v1;
use prost::Message as _;
use tonic::{Request, Response, Status};

use super::{
    authorise::{Action, Caller, Gate, Scope, Sources},
    convert::{acknowledgement, event},
    refusal::Refusal,
    transport::Room,
};
use crate::limits::BATCH_EVENTS_MAX;

/// Bytes that a ledger adds to each event, about: header, hashes, salts, and the names of the body's fields. No client can make
/// them more.
const EVENT_BYTES_ADDED: usize = 384;

pub(super) async fn append(
    gate: &Gate,
    request: Request<v1::AppendRequest>,
) -> Result<Response<v1::AppendResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let permit = gate.authorise(&caller, Action::Append, Scope::Ledger(&request.ledger))?;
    let ledger = permit.ledger()?;
    let event = request
        .event
        .as_ref()
        .ok_or_else(|| Refusal::field("event", "must be set"))?;
    permit.sources().check(&event.source)?;
    let (meter, bytes) = (permit.meter(), bytes_of(event));
    meter.bytes(bytes)?;
    meter.check_quota(1, bytes).await?;
    let prepared = prepare(&ledger, event)
        .await
        .map_err(|error| Refusal::unprepared(error, "event"))?;
    meter.quota(1, bytes).await?;
    permit.check_token()?;
    // The message is as large as its payload; the ledger has its own form of it by now.
    let expected = request.expected_sequence;
    drop(request);
    let appended = ledger
        .append(vec![prepared], expected)
        .await
        .map_err(Refusal::from)?;
    Room::note_stages(&appended);
    Ok(Response::new(acknowledgement::single(&appended)))
}

pub(super) async fn append_batch(
    gate: &Gate,
    request: Request<v1::AppendBatchRequest>,
) -> Result<Response<v1::AppendBatchResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let permit = gate.authorise(&caller, Action::Append, Scope::Ledger(&request.ledger))?;
    let ledger = permit.ledger()?;
    let sources = permit.sources();
    let (meter, bytes) = (permit.meter(), request.events.iter().map(bytes_of).sum());
    meter.bytes(bytes)?;
    meter.check_quota(request.events.len(), bytes).await?;
    let prepared = prepare_all(&ledger, &sources, &request.events).await?;
    meter.quota(prepared.len(), bytes).await?;
    permit.check_token()?;
    let expected = request.expected_sequence;
    drop(request);
    let appended = ledger
        .append(prepared, expected)
        .await
        .map_err(Refusal::from)?;
    Room::note_stages(&appended);
    Ok(Response::new(acknowledgement::batch(&appended)))
}

/// Prepares the events of one message; the first that is wrong refuses all of them.
pub(super) async fn prepare_all(
    ledger: &Ledger,
    sources: &Sources,
    events: &[v1::Event],
) -> Result<Vec<Prepared>, Refusal> {
    if events.len() > BATCH_EVENTS_MAX {
        let problem = format!(
            "holds {} events, at most {BATCH_EVENTS_MAX} are allowed",
            events.len()
        );
        return Err(Refusal::batch_too_large(problem));
    }
    for (index, event) in events.iter().enumerate() {
        let foreign = |refusal: Refusal| refusal.with("index", index);
        sources.check(&event.source).map_err(foreign)?;
    }
    let prepared = ledger.prepare_all(events, is_signed, event::input).await;
    prepared.map_err(|(index, error)| {
        Refusal::unprepared(error, format_args!("events[{index}]")).with("index", index)
    })
}

fn is_signed(event: &v1::Event) -> bool {
    event.producer.is_some()
}

async fn prepare(ledger: &Ledger, event: &v1::Event) -> Result<Prepared, PrepareError> {
    ledger
        .prepare(event::input(event).map_err(PrepareError::Field)?)
        .await
}

/// Bytes that an event takes until it is durable, for rates, quotas and the room of a stream: those of its message, in which
/// every text, digest, fact and payload stands whole, and what the ledger adds.
pub(super) fn bytes_of(event: &v1::Event) -> usize {
    event.encoded_len() + EVENT_BYTES_ADDED
}

#[cfg(test)]
mod tests;
