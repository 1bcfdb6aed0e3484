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
        format!(
            "a comment\r\n{}",
            pem(&der(0, &[7; 32], &[])).replace('\n', "\r\n")
        ),
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

/// What the reference signers are held against, too.
const VECTORS: &str = include_str!("../../tests/signers/vectors.json");

/// An event of the vectors: the body's members stand in it under the names of the format.
fn of_vector(vector: &serde_json::Value) -> v1::Event {
    let body = &vector["body"];
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let bytes = |value: &serde_json::Value| crate::hex::decode(value.as_str().unwrap()).unwrap();
    let fact = |value: &serde_json::Value| {
        let value = match value {
            serde_json::Value::Bool(truth) => Value::Boolean(*truth),
            serde_json::Value::Number(number) => Value::Uint(number.as_u64().unwrap()),
            other => Value::Text(text(other)),
        };
        WireFact { value: Some(value) }
    };
    let mut event = v1::Event {
        id: text(&body["id"]),
        source: text(&body["source"]),
        r#type: text(&vector["type"]),
        subject: text(&body["subject"]),
        time: text(&body["time"]),
        datacontenttype: text(&body["datacontenttype"]),
        actor: text(&body["actor"]),
        correlation_id: text(&body["correlation_id"]),
        causation_id: text(&body["causation_id"]),
        data_subject: text(&body["data_subject"]),
        classification: text(&vector["classification"]),
        payload: (!vector["payload"].is_null())
            .then(|| Payload::Plaintext(bytes(&vector["payload"]))),
        ..v1::Event::default()
    };
    for (name, value) in body["facts"].as_object().into_iter().flatten() {
        event.facts.insert(name.clone(), fact(value));
    }
    for (component, algorithms) in body["digests"].as_object().into_iter().flatten() {
        for (algorithm, value) in algorithms.as_object().unwrap() {
            event.digests.push(WireDigest {
                component: component.clone(),
                algorithm: algorithm.clone(),
                value: bytes(value),
            });
        }
    }
    event
}

#[test]
fn the_reference_signers_sign_the_same() {
    let vectors: serde_json::Value = serde_json::from_str(VECTORS).unwrap();
    let key = |vector: &serde_json::Value| {
        let seed = crate::hex::decode(vector["seed"].as_str().unwrap()).unwrap();
        ProducerKey::from_seed(seed.as_ref().try_into().unwrap())
    };
    let origin =
        |vector: &serde_json::Value| Origin::parse(vector["origin"].as_str().unwrap()).unwrap();
    let events = vectors["events"].as_array().unwrap();
    for vector in events {
        let mut event = of_vector(vector);
        key(vector).sign(&origin(vector), &mut event).unwrap();
        let found = crate::hex::encode(&event.producer.unwrap().signature);
        // A signature follows from its message, so that is the same as well.
        assert_eq!(vector["signature"], found, "{}", vector["about"]);
    }
    let proofs = vectors["proofs"].as_array().unwrap();
    for vector in proofs {
        let named = vector["sources"].as_array().unwrap().iter();
        let mut sources: Vec<_> = named.map(|it| it.as_str().unwrap().to_owned()).collect();
        sources.sort();
        let proof = key(vector).prove(&origin(vector), vector["name"].as_str().unwrap(), &sources);
        assert_eq!(vector["proof"], crate::hex::encode(&proof.unwrap()));
    }
    assert!(events.len() > 5 && proofs.len() > 2);
}
