//! Appends of events that their producers signed, beside the raw rate at which this machine verifies signatures.

use std::{
    error::Error,
    hint::black_box,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

use ed25519_dalek::{Signer as _, SigningKey};
use indelible_evidence::{
    Body, ComponentDigest, FactValue as Fact, Origin, ProducedEvent, ProducerChange,
    ProducerSignature, PublicKey, producer::message,
};
use indelible_proto::v1::{
    AppendStreamRequest, CreateLedgerRequest, Digest, Event, FactValue,
    ProducerSignature as Signed, RegisterProducerRequest, event::Payload, fact_value::Value,
    key_service_client::KeyServiceClient,
};
use sha2::{Digest as _, Sha256};
use tokio::task::JoinSet;
use tokio_stream::StreamExt as _;

use crate::{
    Options,
    daemon::{Daemon, LEDGER},
    figures::Figures,
};

const SEED: [u8; 32] = [7; 32];
const SOURCE: &str = "urn:bench:till";
const EVENT_TYPE: &str = "com.example.sale.v1";
const PAYLOAD_BYTES: usize = 200;
const MESSAGE_EVENTS: usize = 100;
const STREAMS: usize = 4;
/// More than this machine can verify in a second: what is signed beforehand must last.
const EVENTS_A_SECOND_MAX: u64 = 60_000;

/// Takes turns: raw verification on all cores, then appends to a fresh daemon, each for so many seconds.
pub(crate) fn measure(
    options: &Options,
    rounds: u32,
    figures: &mut Figures,
) -> Result<(), Box<dyn Error>> {
    let seconds = options.seconds.max(1);
    let (mut raw, mut ours, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for round in 1..=rounds {
        let (limit, rate) = (verified(seconds), appended(options, seconds)?);
        println!("round {round}: {limit:.0} verified, {rate:.0} appended");
        raw.push(limit);
        ours.push(rate);
        ratios.push(rate / limit);
    }
    figures.note("signed.verify_strict_per_second", median(raw));
    figures.note("signed.appended_per_second", median(ours));
    figures.note("signed.share_of_raw", median(ratios));
    Ok(())
}

/// Of as many as there are; no number of none.
pub(crate) fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Signatures that all cores verify in a second, of messages as long as those of the events.
fn verified(seconds: u64) -> f64 {
    let key = SigningKey::from_bytes(&SEED);
    let message = [5u8; 500];
    let (public, signature) = (key.verifying_key(), key.sign(&message));
    let (over, count) = (AtomicBool::new(false), AtomicU64::new(0));
    let start = Instant::now();
    thread::scope(|scope| {
        for _ in 0..cores() {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    for _ in 0..64 {
                        let verified = public.verify_strict(black_box(&message), &signature);
                        assert!(black_box(verified).is_ok());
                    }
                    count.fetch_add(64, Ordering::Relaxed);
                }
            });
        }
        thread::sleep(Duration::from_secs(seconds));
        over.store(true, Ordering::Relaxed);
    });
    count.load(Ordering::Relaxed) as f64 / start.elapsed().as_secs_f64()
}

/// Events that a fresh daemon appends in a second, every one signed beforehand.
fn appended(options: &Options, seconds: u64) -> Result<f64, Box<dyn Error>> {
    let daemon = Daemon::start_fresh(options)?;
    let rate = daemon.runtime().block_on(async {
        let mut client = daemon.client().await?;
        let request = CreateLedgerRequest {
            name: LEDGER.into(),
            ..CreateLedgerRequest::default()
        };
        let created = client.create_ledger(request).await?.into_inner();
        let origin = Origin::parse(&created.ledger.unwrap_or_default().origin)?;
        let key = SigningKey::from_bytes(&SEED);
        let public = PublicKey::from_bytes(key.verifying_key().to_bytes())?;
        let proof = ProducerChange::proof_message(&origin, &public, LEDGER, &[]);
        let mut keys = KeyServiceClient::connect(format!("http://{}", daemon.address())).await?;
        keys.register_producer(RegisterProducerRequest {
            ledger: LEDGER.into(),
            public_key: public.as_bytes().to_vec().into(),
            name: LEDGER.into(),
            sources: Vec::new(),
            proof: key.sign(&proof).to_bytes().to_vec().into(),
        })
        .await?;
        let streams = signed(&origin, EVENTS_A_SECOND_MAX * seconds)?;
        let start = Instant::now();
        let until = start + Duration::from_secs(seconds);
        let mut running = JoinSet::new();
        for messages in streams {
            let mut client = daemon.client().await?;
            running.spawn(async move {
                let sent = tokio_stream::iter(messages).take_while(move |_| Instant::now() < until);
                let mut answers = client.append_stream(sent).await?.into_inner();
                let mut events = 0;
                while let Some(answer) = answers.message().await? {
                    events += u64::from(answer.appended.map_or(0, |range| range.count));
                }
                Ok::<u64, tonic::Status>(events)
            });
        }
        let mut events = 0;
        while let Some(ended) = running.join_next().await {
            events += ended??;
        }
        Ok::<f64, Box<dyn Error>>(events as f64 / start.elapsed().as_secs_f64())
    })?;
    daemon.stop()?;
    Ok(rate)
}

/// Messages of signed events, for each stream its own.
fn signed(origin: &Origin, events: u64) -> Result<Vec<Vec<AppendStreamRequest>>, Box<dyn Error>> {
    let messages = events as usize / MESSAGE_EVENTS / STREAMS + 1;
    let signing = |stream: usize| -> Result<Vec<AppendStreamRequest>, String> {
        let key = SigningKey::from_bytes(&SEED);
        let message = |number: usize| {
            let events = (0..MESSAGE_EVENTS)
                .map(|place| event(&key, origin, stream, number * MESSAGE_EVENTS + place));
            Ok(AppendStreamRequest {
                ledger: LEDGER.into(),
                events: events.collect::<Result<_, String>>()?,
            })
        };
        (0..messages).map(message).collect()
    };
    let signed: Result<Vec<_>, String> = thread::scope(|scope| {
        let running: Vec<_> = (0..STREAMS)
            .map(|stream| scope.spawn(move || signing(stream)))
            .collect();
        let ended = running.into_iter().map(|thread| thread.join());
        ended
            .map(|ended| ended.unwrap_or_else(|_| Err("a thread panicked".into())))
            .collect()
    });
    Ok(signed?)
}

fn event(key: &SigningKey, origin: &Origin, stream: usize, number: usize) -> Result<Event, String> {
    let id = format!("{stream}-{number}");
    let (subject, actor) = (
        format!("receipt/{number}"),
        format!("clerk {}", number % 16),
    );
    let amount = format!("{}.50", number % 10_000);
    let payload = vec![number as u8; PAYLOAD_BYTES];
    let digest: [u8; 32] = Sha256::digest(&payload).into();
    let public = key.verifying_key().to_bytes();
    let mut body = Body {
        id: &id,
        source: SOURCE,
        subject: Some(&subject),
        actor: Some(&actor),
        facts: vec![
            ("amount", Fact::Text(&amount)),
            ("producer_sequence", Fact::Uint(number as u64)),
        ],
        digests: vec![ComponentDigest {
            component: "payload",
            algorithm: "sha256",
            value: &digest,
        }],
        producer: Some(ProducerSignature {
            key: &public,
            signature: &[0; 64],
        }),
        ..Body::default()
    };
    let produced = ProducedEvent {
        origin,
        event_type: EVENT_TYPE,
        classification: None,
        payload: Some(&digest),
    };
    let message = message(&produced, &mut body).map_err(|error| error.to_string())?;
    let fact = |value| FactValue { value: Some(value) };
    Ok(Event {
        facts: [
            ("amount", Value::Text(amount.clone())),
            ("producer_sequence", Value::Uint(number as u64)),
        ]
        .map(|(name, value)| (name.to_owned(), fact(value)))
        .into(),
        digests: vec![Digest {
            component: "payload".into(),
            algorithm: "sha256".into(),
            value: digest.to_vec().into(),
        }],
        producer: Some(Signed {
            public_key: public.to_vec().into(),
            signature: key.sign(&message).to_bytes().to_vec().into(),
        }),
        payload: Some(Payload::Plaintext(payload.into())),
        source: SOURCE.into(),
        r#type: EVENT_TYPE.into(),
        id,
        subject,
        actor,
        ..Event::default()
    })
}
