//! Producers as clients have them: keys, registrations, and events that can be altered after they were signed.

use bytes::Bytes;
use ed25519_dalek::{Signer as _, SigningKey};
use indelible_evidence::{
    Origin, ProducedEvent, ProducerChange, ProducerSignature, PublicKey,
    body::{Body, ComponentDigest},
    producer::message,
};
use sha2::{Digest as _, Sha256};

use crate::{
    AppendError, Appended, EventInput, KeyEventError, KeyStateError, Ledger, PrepareError,
    ProducerRefusal, RegisterProducer, RevokeProducer, tests::engine::Bench,
};

pub(super) const SOURCE: &str = "urn:till:7";
pub(super) const PAYLOAD: &[u8] = b"payload";

pub(super) fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

pub(super) fn origin(ledger: &Ledger) -> Origin {
    Origin::parse(&ledger.summary().origin).unwrap()
}

pub(super) fn registration(
    ledger: &Ledger,
    key: &SigningKey,
    sources: &[&str],
) -> RegisterProducer {
    let mut sources: Vec<String> = sources.iter().map(|it| (*it).to_owned()).collect();
    sources.sort();
    let public = PublicKey::from_bytes(key.verifying_key().to_bytes()).unwrap();
    let proof = ProducerChange::proof_message(&origin(ledger), &public, "till 7", &sources);
    RegisterProducer {
        public: *public.as_bytes(),
        name: "till 7".to_owned(),
        sources,
        proof: key.sign(&proof).to_bytes(),
    }
}

pub(super) fn register(ledger: &Ledger, key: &SigningKey, sources: &[&str]) -> u64 {
    let register = registration(ledger, key, sources);
    ledger.register_producer(register).unwrap().first
}

pub(super) fn revocation(key: &SigningKey, from: Option<u64>) -> RevokeProducer {
    RevokeProducer {
        public: key.verifying_key().to_bytes(),
        from,
        reason: None,
    }
}

/// An event that a producer signed, as a client holds it. Its parts can be altered after the signature.
#[derive(Clone)]
pub(super) struct Event {
    pub(super) id: String,
    pub(super) source: &'static str,
    pub(super) subject: Option<&'static str>,
    pub(super) payload: Option<&'static [u8]>,
    pub(super) digest: Option<[u8; 32]>,
    pub(super) signed: Option<([u8; 32], [u8; 64])>,
}

impl Event {
    pub(super) fn plain(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            source: SOURCE,
            subject: None,
            payload: Some(PAYLOAD),
            digest: None,
            signed: None,
        }
    }

    pub(super) fn signed(id: &str, key: &SigningKey, origin: &Origin) -> Self {
        Self::plain(id).by(key, origin)
    }

    pub(super) fn by(mut self, key: &SigningKey, origin: &Origin) -> Self {
        self.digest = self.payload.map(|bytes| Sha256::digest(bytes).into());
        self.signed = Some((key.verifying_key().to_bytes(), [0; 64]));
        let digest = self.digest;
        let message = self.with(|mut input| {
            let produced = ProducedEvent {
                origin,
                event_type: input.event_type,
                classification: input.classification,
                payload: digest.as_ref(),
            };
            message(&produced, &mut input.body).unwrap()
        });
        self.signed = Some((
            key.verifying_key().to_bytes(),
            key.sign(&message).to_bytes(),
        ));
        self
    }

    fn with<T>(&self, look: impl FnOnce(EventInput<'_>) -> T) -> T {
        look(input(self).unwrap())
    }
}

pub(super) fn input(event: &Event) -> Result<EventInput<'_>, indelible_evidence::FieldViolation> {
    let digest = event.digest.as_ref().map(|value| ComponentDigest {
        component: "payload",
        algorithm: "sha256",
        value,
    });
    let producer = event.signed.as_ref();
    Ok(EventInput {
        body: Body {
            id: &event.id,
            source: event.source,
            data_subject: event.subject,
            digests: digest.into_iter().collect(),
            producer: producer.map(|(key, signature)| ProducerSignature { key, signature }),
            ..Body::default()
        },
        event_type: "t",
        classification: None,
        payload: event.payload.map(Bytes::from_static),
    })
}

/// Why an event is not there.
#[derive(Debug)]
pub(super) enum Refused {
    Unprepared(usize, PrepareError),
    Append(AppendError),
}

impl Refused {
    /// What the ledger says of its producer, and the place of the event in its batch.
    pub(super) fn by_producer(self) -> (usize, ProducerRefusal) {
        match self {
            Self::Unprepared(place, PrepareError::Producer(refusal)) => (place, refusal),
            Self::Append(AppendError::Producer { index, refusal }) => (index as usize, refusal),
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn field(self) -> String {
        match self {
            Self::Unprepared(_, PrepareError::Field(violation)) => violation.field,
            other => panic!("{other:?}"),
        }
    }
}

pub(super) fn append(
    bench: &Bench,
    ledger: &Ledger,
    events: &[Event],
) -> Result<Appended, Refused> {
    bench.runtime.block_on(async {
        let is_signed = |event: &Event| event.signed.is_some();
        let prepared = ledger.prepare_all(events, is_signed, input).await;
        let prepared = prepared.map_err(|(place, error)| Refused::Unprepared(place, error))?;
        ledger.append(prepared, None).await.map_err(Refused::Append)
    })
}

pub(super) fn appended(bench: &Bench, ledger: &Ledger, event: &Event) -> u64 {
    let appended = append(bench, ledger, std::slice::from_ref(event)).unwrap();
    appended.new.unwrap().first
}

pub(super) fn refused(bench: &Bench, ledger: &Ledger, event: &Event) -> ProducerRefusal {
    let refused = append(bench, ledger, std::slice::from_ref(event)).unwrap_err();
    refused.by_producer().1
}

pub(super) fn state_error(refused: KeyEventError) -> KeyStateError {
    match refused {
        KeyEventError::Append(AppendError::KeyState(error)) => error,
        other => panic!("{other:?}"),
    }
}
