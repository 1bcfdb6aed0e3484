//! What a producer signs, and what it does not.

use super::*;
use crate::body::{ComponentDigest, FactValue, ProducerSignature};
use crate::hash::Commitment;
use crate::testing::{origin, public_key, sign};

const SEED: u8 = 8;
const PAYLOAD: &[u8] = b"the payload";

/// An event of a producer, in parts that a test can change.
struct Produced {
    origin: Origin,
    event_type: &'static str,
    classification: Option<&'static str>,
    has_payload: bool,
    key: [u8; 32],
    signature: [u8; 64],
    digests: Vec<(&'static str, &'static str, Vec<u8>)>,
    amount: u64,
}

impl Produced {
    fn unsigned(has_payload: bool) -> Self {
        let payload = Sha256::digest(PAYLOAD).to_vec();
        Self {
            origin: origin(),
            event_type: "t",
            classification: None,
            has_payload,
            key: *public_key(SEED).as_bytes(),
            signature: [0; 64],
            digests: match has_payload {
                true => vec![("payload", "sha256", payload)],
                false => vec![("input", "sha256", payload)],
            },
            amount: 7,
        }
    }

    fn signed(has_payload: bool) -> Self {
        let mut produced = Self::unsigned(has_payload);
        let message = produced.with_body(|event, body| message(event, body).unwrap());
        produced.signature = sign(SEED, &message);
        produced
    }

    fn with_body<R>(&self, look: impl FnOnce(&ProducedEvent<'_>, &mut Body<'_>) -> R) -> R {
        let digests = self.digests.iter();
        let digests = digests.map(|(component, algorithm, value)| ComponentDigest {
            component,
            algorithm,
            value,
        });
        let mut body = Body {
            id: "1",
            source: "urn:till",
            // Not in their order, in which the producer signs them all the same.
            facts: vec![
                ("b", FactValue::Boolean(true)),
                ("a", FactValue::Uint(self.amount)),
            ],
            digests: digests.collect(),
            producer: Some(ProducerSignature {
                key: &self.key,
                signature: &self.signature,
            }),
            ..Body::default()
        };
        let payload: [u8; 32] = Sha256::digest(PAYLOAD).into();
        let event = ProducedEvent {
            origin: &self.origin,
            event_type: self.event_type,
            classification: self.classification,
            payload: self.has_payload.then_some(&payload),
        };
        look(&event, &mut body)
    }

    fn header(&self) -> EventHeader<'_> {
        EventHeader {
            event_type: self.event_type,
            classification: self.classification,
            body: Commitment::from_bytes([1; 32]),
            payload: self.has_payload.then(|| Commitment::from_bytes([2; 32])),
            sealed: None,
        }
    }

    fn verify(&self) -> Result<(), ProducerError> {
        let mut bytes = Vec::new();
        self.with_body(|_, body| body.encode_into(&mut bytes).unwrap());
        let body = Body::decode(&bytes).unwrap();
        verify(&self.origin, &RecordKind::Event(self.header()), &body)
    }
}

#[test]
fn what_a_client_signed_holds() {
    assert_eq!(Produced::signed(true).verify(), Ok(()));
    assert_eq!(Produced::signed(false).verify(), Ok(()));
    let mut classified = Produced::unsigned(true);
    classified.classification = Some("c");
    let message = classified.with_body(|event, body| message(event, body).unwrap());
    classified.signature = sign(SEED, &message);
    assert_eq!(classified.verify(), Ok(()));
}

#[test]
fn the_message_is_a_map_of_what_belongs_to_the_event() {
    let message = Produced::signed(false).with_body(|event, body| message(event, body).unwrap());
    assert!(message.starts_with(b"indelible/producer@v1\n\xa3\x64body"));
    assert!(message.ends_with(&[b"\x66origin\x78\x27", origin().as_str().as_bytes()].concat()));
    let with_payload = Produced::signed(true);
    let with_payload = with_payload.with_body(|event, body| super::message(event, body).unwrap());
    assert!(with_payload.starts_with(b"indelible/producer@v1\n\xa4\x64body"));
    let digest = Sha256::digest(PAYLOAD);
    assert!(with_payload.ends_with(&[b"\x67payload\x58\x20", digest.as_slice()].concat()));
}

#[test]
fn whatever_is_changed_is_not_what_was_signed() {
    type Change = fn(&mut Produced);
    let changes: [(Change, ProducerError); 9] = [
        (|it| it.amount = 8, ProducerError::BadSignature),
        (|it| it.event_type = "u", ProducerError::BadSignature),
        (
            |it| it.classification = Some("c"),
            ProducerError::BadSignature,
        ),
        (
            |it| it.key = *public_key(9).as_bytes(),
            ProducerError::BadSignature,
        ),
        (
            |it| it.origin = Origin::parse("audit.example.com/a/000000000000").unwrap(),
            ProducerError::BadSignature,
        ),
        (|it| it.digests[0].2[0] ^= 1, ProducerError::BadSignature),
        (|it| it.digests.clear(), ProducerError::DigestMissing),
        (
            |it| it.digests[0].1 = "blake3",
            ProducerError::DigestMissing,
        ),
        (|it| it.has_payload = false, ProducerError::DigestNeedless),
    ];
    for (number, (change, expected)) in changes.into_iter().enumerate() {
        let mut produced = Produced::signed(true);
        change(&mut produced);
        assert_eq!(produced.verify(), Err(expected), "{number}");
    }
    let mut small_order = Produced::signed(true);
    small_order.key = [0; 32];
    assert!(matches!(small_order.verify(), Err(ProducerError::Key(_))));
}

#[test]
fn a_digest_of_a_payload_that_is_not_there_is_needless_by_any_algorithm() {
    let mut produced = Produced::unsigned(false);
    produced.digests[0] = ("payload", "blake3", vec![1; 32]);
    let message = produced.with_body(|event, body| message(event, body).unwrap());
    produced.signature = sign(SEED, &message);
    assert_eq!(produced.verify(), Err(ProducerError::DigestNeedless));
}

#[test]
fn the_payload_is_held_against_its_digest() {
    let produced = Produced::signed(true);
    produced.with_body(|_, body| {
        let signed = payload_digest(body).unwrap();
        assert_eq!(check_payload(signed, PAYLOAD), Ok(()));
        assert_eq!(
            check_payload(signed, b"another"),
            Err(ProducerError::OtherPayload)
        );
    });
}

#[test]
fn a_decision_of_the_gate_has_no_producer() {
    let produced = Produced::signed(true);
    produced.with_body(|event, body| {
        let kind = RecordKind::Governance(produced.header());
        let refused = verify(event.origin, &kind, body);
        assert_eq!(refused, Err(ProducerError::Governance));
        body.producer = None;
        assert_eq!(verify(event.origin, &kind, body), Ok(()));
    });
}
