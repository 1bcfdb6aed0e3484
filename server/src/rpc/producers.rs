//! RegisterProducer, RevokeProducer, ListProducers and SetSignedSources.

use bytes::Bytes;
use data_encoding::HEXLOWER;
use indelible_ledger::{Ledger, NewRange, Producer, RegisterProducer, RevokeProducer, SystemFact};
use indelible_proto::{time::timestamp, v1};
use tonic::{Request, Response, Status};

use super::{
    audit::act::{Act, Facts, sequence},
    authorise::{Action, Caller, Gate, Scope},
    page::{page_items, page_of},
    page_token::QueryHasher,
    refusal::Refusal,
};
use crate::limits::RECORD_ROOM_BYTES;

/// What a producer takes in an answer beside its texts: its key, times, and a few bytes for each source.
const PRODUCER_BYTES_USUAL: usize = 512;

pub(super) async fn register(
    gate: &Gate,
    request: Request<v1::RegisterProducerRequest>,
) -> Result<Response<v1::RegisterProducerResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let permit = gate.authorise(
        &caller,
        Action::ManageProducers,
        Scope::Ledger(&request.ledger),
    )?;
    check_sources(&request.sources)?;
    let key = key_fact(&request.public_key);
    let register = RegisterProducer {
        public: public_key(&request.public_key)?,
        proof: proof(&request.proof)?,
        name: request.name,
        sources: request.sources,
    };
    let act = permit.begin("RegisterProducer", key).await?;
    let recorded = recorded(act, |ledger| Ok(ledger.register_producer(register)?)).await?;
    Ok(Response::new(v1::RegisterProducerResponse {
        sequence: recorded.first,
        recorded_time: Some(timestamp(recorded.time)),
    }))
}

pub(super) async fn revoke(
    gate: &Gate,
    request: Request<v1::RevokeProducerRequest>,
) -> Result<Response<v1::RevokeProducerResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let permit = gate.authorise(
        &caller,
        Action::ManageProducers,
        Scope::Ledger(&request.ledger),
    )?;
    let key = key_fact(&request.public_key);
    let revoke = RevokeProducer {
        public: public_key(&request.public_key)?,
        from: request.first_void_sequence,
        reason: given(request.reason),
    };
    let act = permit.begin("RevokeProducer", key).await?;
    let recorded = recorded(act, |ledger| Ok(ledger.revoke_producer(revoke)?)).await?;
    Ok(Response::new(v1::RevokeProducerResponse {
        sequence: recorded.first,
        recorded_time: Some(timestamp(recorded.time)),
    }))
}

pub(super) async fn list(
    gate: &Gate,
    request: Request<v1::ListProducersRequest>,
) -> Result<Response<v1::ListProducersResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let ledger = gate
        .authorise(&caller, Action::Prove, Scope::Ledger(&request.ledger))?
        .ledger()?;
    ledger.check_key_events().map_err(Refusal::from)?;
    let query = QueryHasher::new("producers")
        .text(&ledger.summary().origin)
        .finish();
    let from = query.sequence(&request.page_token)?.unwrap_or_default();
    let items = page_items(request.page_size)?;
    let mut producers = ledger.producers();
    producers.retain(|producer| producer.sequence >= from);
    let items = items.min(fitting(&producers));
    let (producers, next) = page_of(producers, |producer| producer.sequence, from, items);
    Ok(Response::new(v1::ListProducersResponse {
        producers: producers.into_iter().map(wire).collect(),
        next_page_token: next.map(|next| query.token_at(next)).unwrap_or_default(),
    }))
}

pub(super) async fn set_signed_sources(
    gate: &Gate,
    request: Request<v1::SetSignedSourcesRequest>,
) -> Result<Response<v1::SetSignedSourcesResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let permit = gate.authorise(
        &caller,
        Action::ConfigureLedger,
        Scope::Ledger(&request.ledger),
    )?;
    check_sources(&request.sources)?;
    let count = (
        "source_count",
        SystemFact::Uint(request.sources.len() as u64),
    );
    let act = permit.begin("SetSignedSources", vec![count]).await?;
    let v1::SetSignedSourcesRequest {
        sources, reason, ..
    } = request;
    let set = |ledger: &Ledger| Ok(ledger.set_signed_sources(sources, given(reason))?);
    let recorded = recorded(act, set).await?;
    Ok(Response::new(v1::SetSignedSourcesResponse {
        sequence: recorded.first,
        recorded_time: Some(timestamp(recorded.time)),
    }))
}

/// Here a source is meant as it stands. Bindings take the same text for a prefix, so whoever gives it here means one.
fn check_sources(sources: &[String]) -> Result<(), Refusal> {
    match sources.iter().position(|source| source.ends_with('*')) {
        Some(index) => Err(Refusal::field(
            format!("sources[{index}]"),
            "ends in *, and here each source is meant as it stands: name every one",
        )),
        None => Ok(()),
    }
}

/// Does what is on record as begun, to its end, whether the client waits for it or not.
async fn recorded(
    act: Act,
    work: impl FnOnce(&Ledger) -> Result<NewRange, Refusal> + Send + 'static,
) -> Result<NewRange, Status> {
    act.blocking(|act| {
        let recorded = work(act.ledger()?)?;
        let facts = vec![sequence(&recorded)];
        Ok((recorded, facts))
    })
    .await
}

/// The key that an act is about.
fn key_fact(public_key: &[u8]) -> Facts {
    let shown = &public_key[..public_key.len().min(32)];
    vec![("producer_key", SystemFact::Text(HEXLOWER.encode(shown)))]
}

/// How many of these have room in one answer: at least one.
fn fitting(producers: &[Producer]) -> usize {
    let mut room = RECORD_ROOM_BYTES;
    let mut fits = |producer: &&Producer| {
        let sources: usize = producer.sources.iter().map(String::len).sum();
        let reason = producer.revoked.as_ref().and_then(|it| it.reason.as_ref());
        let bytes = PRODUCER_BYTES_USUAL + producer.name.len() + sources;
        let bytes = bytes + reason.map_or(0, String::len);
        room.checked_sub(bytes).map(|left| room = left).is_some()
    };
    producers
        .iter()
        .take_while(|producer| fits(producer))
        .count()
        .max(1)
}

fn given(reason: String) -> Option<String> {
    (!reason.is_empty()).then_some(reason)
}

fn public_key(bytes: &[u8]) -> Result<[u8; 32], Refusal> {
    bytes.try_into().map_err(|_| {
        let problem = format!("has {} bytes; an Ed25519 public key has 32", bytes.len());
        Refusal::field("public_key", problem)
    })
}

fn proof(bytes: &[u8]) -> Result<[u8; 64], Refusal> {
    bytes.try_into().map_err(|_| {
        let problem = format!("has {} bytes; an Ed25519 signature has 64", bytes.len());
        Refusal::field("proof", problem)
    })
}

fn wire(producer: Producer) -> v1::Producer {
    v1::Producer {
        public_key: Bytes::copy_from_slice(producer.public.as_bytes()),
        name: producer.name,
        sources: producer.sources,
        sequence: producer.sequence,
        recorded_time: Some(timestamp(producer.time)),
        revocation: producer.revoked.map(|revoked| v1::ProducerRevocation {
            sequence: revoked.sequence,
            recorded_time: Some(timestamp(revoked.time)),
            first_void_sequence: revoked.from,
            reason: revoked.reason.unwrap_or_default(),
        }),
    }
}
