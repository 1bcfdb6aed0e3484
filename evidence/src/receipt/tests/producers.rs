//! Bodies that their producers signed, and bodies that can't stand in their records.

use super::*;
use crate::body::{ComponentDigest, ProducerSignature};
use crate::producer::{ProducedEvent, ProducerError, message};
use sha2::{Digest as _, Sha256};

const PRODUCER_SEED: u8 = 8;
const PAYLOAD: &[u8] = b"what was sold";

/// A record that its producer signed, after `change` had its way with what was signed.
fn signed_file(change: impl FnOnce(&mut Body<'_>), payload: &[u8]) -> RecordFile {
    let key = *public_key(PRODUCER_SEED).as_bytes();
    let digest: [u8; 32] = Sha256::digest(PAYLOAD).into();
    let unsigned = ProducerSignature {
        key: &key,
        signature: &[0; 64],
    };
    let mut body = Body {
        id: "1",
        source: "urn:till",
        digests: vec![ComponentDigest {
            component: "payload",
            algorithm: "sha256",
            value: &digest,
        }],
        producer: Some(unsigned),
        ..Body::default()
    };
    let event = ProducedEvent {
        origin: &origin(),
        event_type: "t",
        classification: None,
        payload: Some(&digest),
    };
    let signature = sign(PRODUCER_SEED, &message(&event, &mut body).unwrap());
    body.producer = Some(ProducerSignature {
        key: &key,
        signature: &signature,
    });
    change(&mut body);
    file_of(&mut body, Some(payload), RecordKind::Event)
}

fn file_of<'a>(
    body: &mut Body<'_>,
    payload: Option<&[u8]>,
    kind: fn(EventHeader<'a>) -> RecordKind<'a>,
) -> RecordFile {
    let mut bytes = Vec::new();
    body.encode_into(&mut bytes).unwrap();
    let body = (Salt::from_bytes([1; 32]), bytes);
    let payload = payload.map(|payload| (Salt::from_bytes([2; 32]), payload.to_vec()));
    let of_payload = payload.as_ref();
    let event = EventHeader {
        event_type: "t",
        classification: None,
        body: commit(&body.0, Domain::Body, &body.1),
        payload: of_payload.map(|(salt, bytes)| commit(salt, Domain::Payload, bytes)),
        sealed: None,
    };
    let header = Header {
        sequence: 2,
        time: genesis().created,
        prior_key_event: 1,
        kind: kind(event),
    };
    RecordFile {
        header: header.encode(),
        body: Some(body),
        payload,
        event_key: None,
    }
}

fn verify(file: &RecordFile) -> Result<ReceiptVerdict, ReceiptError> {
    let mut ledger = Ledger::default();
    ledger.push(header_file(genesis_header()));
    ledger.epoch(EPOCH_SEED, IDENTITY_SEED);
    ledger.push(file.clone());
    ledger.verify(&ledger.receipt(2))
}

#[test]
fn a_body_that_its_producer_signed_holds() {
    let key = Some(*public_key(PRODUCER_SEED).as_bytes());
    let mut file = signed_file(|_| (), PAYLOAD);
    assert_eq!(verify(&file).unwrap().producer, key);
    file.payload = None;
    assert_eq!(verify(&file).unwrap().producer, key);
    file.body = None;
    assert_eq!(verify(&file).unwrap().producer, None);
}

#[test]
fn what_the_producer_did_not_sign_is_refused() {
    let refused = |error| Err(ReceiptError::Producer(error));
    let other = signed_file(|body| body.id = "2", PAYLOAD);
    assert_eq!(verify(&other), refused(ProducerError::BadSignature));
    let mut other = signed_file(|_| (), b"what was not sold");
    assert_eq!(verify(&other), refused(ProducerError::OtherPayload));
    // Whoever does not have the payload can't tell.
    other.payload = None;
    assert!(verify(&other).is_ok());
    let without = signed_file(|body| body.digests.clear(), PAYLOAD);
    assert_eq!(verify(&without), refused(ProducerError::DigestMissing));
}

#[test]
fn a_producer_whose_key_is_none_is_malformed() {
    let file = signed_file(
        |body| {
            body.producer = Some(ProducerSignature {
                key: &[0; 32],
                signature: &[0; 64],
            });
        },
        PAYLOAD,
    );
    let outcome = verify(&file).unwrap_err();
    assert_eq!(outcome.failure(), ReceiptFailure::Malformed);
}

#[test]
fn a_decision_of_the_gate_is_about_no_subject_and_has_no_producer() {
    let mut body = Body {
        id: "1",
        source: "urn:indelible:gate",
        ..Body::default()
    };
    assert!(verify(&file_of(&mut body, None, RecordKind::Governance)).is_ok());
    body.data_subject = Some("person-1");
    let outcome = verify(&file_of(&mut body, None, RecordKind::Governance));
    assert_eq!(outcome, Err(ReceiptError::SubjectInGovernance));
    let outcome = verify(&file_of(&mut body, None, RecordKind::Event));
    assert_eq!(outcome, Err(ReceiptError::SubjectInPlaintext));
    body.data_subject = None;
    let key = *public_key(PRODUCER_SEED).as_bytes();
    body.producer = Some(ProducerSignature {
        key: &key,
        signature: &[0; 64],
    });
    let outcome = verify(&file_of(&mut body, None, RecordKind::Governance));
    let refused = ReceiptError::Producer(ProducerError::Governance);
    assert_eq!(outcome, Err(refused));
}
