//! Keys as OpenSSL and others write them, and events that are signed.

use std::fmt::Write as _;

use indelible_evidence::{
    Commitment, EventHeader, RecordKind,
    producer::{check_payload, payload_digest, verify},
};
use indelible_proto::v1::{Digest as WireDigest, Envelope as WireEnvelope, FactValue as WireFact};

use super::*;

const ORIGIN: &str = "audit.example.com/tills/0123456789ab";

fn origin() -> Origin {
    Origin::parse(ORIGIN).unwrap()
}

fn pem(der: &[u8]) -> String {
    let mut text = format!("{PEM_BEGIN}\n");
    for line in BASE64.encode(der).as_bytes().chunks(64) {
        writeln!(text, "{}", std::str::from_utf8(line).unwrap()).unwrap();
    }
    text + PEM_END + "\n"
}

fn der(version: u8, seed: &[u8], after: &[u8]) -> Vec<u8> {
    let inner = [&[2, 1, version][..], &PKCS8_ED25519, seed, after].concat();
    [&[0x30, u8::try_from(inner.len()).unwrap()][..], &inner].concat()
}

#[test]
fn a_key_is_read_as_openssl_and_others_write_it() {
    let expected = ProducerKey::from_seed(&[7; 32]).public();
    let public = [&[0x81, 0x21, 0][..], &expected].concat();
    for file in [
        pem(&der(0, &[7; 32], &[])),
        pem(&der(1, &[7; 32], &public)),
        format!("a comment\r\n{}", pem(&der(0, &[7; 32], &[])).replace('\n', "\r\n")),
    ] {
        let key = ProducerKey::parse(file.as_bytes()).unwrap();
        assert_eq!(key.public(), expected);
    }
}

#[test]
fn what_is_not_a_key_is_refused() {
    let good = der(0, &[7; 32], &[]);
    let mut x25519 = good.clone();
    x25519[11] = 0x6e;
    for (number, file) in [
        String::new(),
        pem(&[]),
        pem(&good[..47]),
        pem(&[&good[..], &[0]].concat()),
        pem(&der(0, &[7; 32], &[1])),
        pem(&der(2, &[7; 32], &[])),
        pem(&der(0, &[7; 31], &[])),
        pem(&x25519),
        pem(&good).replace("PRIVATE", "PUBLIC"),
        pem(&good).replace("MC4", "!C4"),
    ]
    .into_iter()
    .enumerate()
    {
        let read = ProducerKey::parse(file.as_bytes());
        assert_eq!(read.err(), Some(ProducerKeyError::NotAKey), "{number}");
    }
}

fn event(payload: Option<Payload>) -> v1::Event {
    v1::Event {
        id: "1".into(),
        source: "urn:till:7".into(),
        r#type: "com.example.sale.v1".into(),
        time: "2026-11-28T10:00:00Z".into(),
        classification: "sale".into(),
        facts: [
            ("b", Value::Uint(7)),
            ("a", Value::Text("x".into())),
            ("c", Value::Boolean(true)),
        ]
        .map(|(name, value)| (name.to_owned(), WireFact { value: Some(value) }))
        .into(),
        payload,
        ..v1::Event::default()
    }
}

fn plain(bytes: &'static [u8]) -> Option<Payload> {
    Some(Payload::Plaintext(bytes.into()))
}

/// Verifies an event as a reader of the ledger does, who knows nothing of this file.
fn holds(event: &v1::Event, payload: Option<&[u8]>) -> bool {
    let signature = event.producer.as_ref().unwrap();
    let key: [u8; 32] = signature.public_key.as_ref().try_into().unwrap();
    let signature: [u8; 64] = signature.signature.as_ref().try_into().unwrap();
    let mut body = Body {
        producer: Some(ProducerSignature {
            key: &key,
            signature: &signature,
        }),
        ..body(event).unwrap()
    };
    let mut bytes = Vec::new();
    body.encode_into(&mut bytes).unwrap();
    let body = Body::decode(&bytes).unwrap();
    let commitment = Commitment::from_bytes([1; 32]);
    let header = EventHeader {
        event_type: &event.r#type,
        classification: set(&event.classification),
        body: commitment,
        payload: payload.map(|_| commitment),
        sealed: None,
    };
    let payload_holds = match (payload_digest(&body), payload) {
        (Some(digest), Some(payload)) => check_payload(digest, payload).is_ok(),
        (None, None) => true,
        _ => false,
    };
    payload_holds && verify(&origin(), &RecordKind::Event(header), &body).is_ok()
}

#[test]
fn what_is_signed_here_holds_for_every_verifier() {
    let key = ProducerKey::from_seed(&[7; 32]);
    let envelope = || {
        Some(Payload::Envelope(WireEnvelope {
            ciphertext: b"sealed".as_slice().into(),
            key_id: "k".into(),
            nonce: vec![1; 12].into(),
            aad_digest: vec![2; 32].into(),
        }))
    };
    for (payload, bytes) in [
        (None, None),
        (plain(b"hello"), Some(b"hello".as_slice())),
        (plain(b""), Some(b"".as_slice())),
        (envelope(), Some(b"sealed".as_slice())),
    ] {
        let mut signed = event(payload);
        key.sign(&origin(), &mut signed).unwrap();
        assert!(holds(&signed, bytes), "{signed:?}");
        let mut altered = signed.clone();
        altered.actor = "somebody else".into();
        assert!(!holds(&altered, bytes));
    }
}

#[test]
fn an_event_is_signed_once_and_with_the_digest_of_its_own_payload() {
    let key = ProducerKey::from_seed(&[7; 32]);
    let mut signed = event(plain(b"hello"));
    key.sign(&origin(), &mut signed).unwrap();
    let first = signed.clone();
    let again = key.sign(&origin(), &mut signed);
    assert_eq!(again, Err(ProducerKeyError::Signed));
    assert_eq!(signed, first);
    // The same event, signed anew, is the same: it can be sent again.
    signed.producer = None;
    key.sign(&origin(), &mut signed).unwrap();
    assert_eq!(signed, first);

    let digest = |value: [u8; 32]| WireDigest {
        component: "payload".into(),
        algorithm: "sha256".into(),
        value: value.to_vec().into(),
    };
    let mut other = event(plain(b"hello"));
    other.digests = vec![digest([1; 32])];
    let refused = key.sign(&origin(), &mut other);
    assert_eq!(refused, Err(ProducerKeyError::OtherDigest));
    let mut needless = event(None);
    needless.digests = vec![digest([1; 32])];
    let refused = key.sign(&origin(), &mut needless);
    assert_eq!(refused, Err(ProducerKeyError::DigestNeedless));
    assert!(needless.producer.is_none());
}

#[test]
fn a_proof_is_over_all_that_is_registered() {
    let key = ProducerKey::from_seed(&[7; 32]);
    let sources = vec!["urn:till:7".to_owned()];
    let proof = key.prove(&origin(), "till 7", &sources).unwrap();
    let change = |name: &str, sources: &[String]| indelible_evidence::ProducerChange {
        origin: origin(),
        key: PublicKey::from_bytes(key.public()).unwrap(),
        action: indelible_evidence::ProducerAction::Register {
            name: name.to_owned(),
            sources: sources.to_vec(),
            proof,
        },
    };
    assert!(change("till 7", &sources).is_proven());
    assert!(!change("till 8", &sources).is_proven());
    assert!(!change("till 7", &[]).is_proven());
}
