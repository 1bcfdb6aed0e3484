//! What is told first: that a receipt is malformed, then that it is refused, then that it can't be judged.

use super::*;
use crate::body::ProducerSignature;
use crate::hash::IdentityTag;
use crate::header::SealedBy;
use crate::sealed::{DoesNotOpen, EventCipher, EventKey};

/// A body that has its keys in another order than the canonical one.
const NOT_CANONICAL: &[u8] = b"\xa2\x66source\x61s\x62id\x611";
const CANONICAL: &[u8] = b"\xa2\x62id\x611\x66source\x61s";

fn failure(ledger: &Ledger, receipt: &Receipt, file: &RecordFile) -> ReceiptFailure {
    let outcome = receipt.verify(file, &identity_key());
    assert!(ledger.size() > receipt.index);
    outcome.unwrap_err().failure()
}

/// The beginning of a ledger and one record.
fn with_record(file: RecordFile) -> Ledger {
    let mut ledger = Ledger::default();
    ledger.push(header_file(genesis_header()));
    ledger.epoch(EPOCH_SEED, IDENTITY_SEED);
    ledger.push(file);
    ledger
}

/// A record with that body, as it is or encrypted under a key that is held.
fn file_with_body(body: &[u8], key: Option<EventKey>) -> RecordFile {
    let salt = Salt::from_bytes([1; 32]);
    let data_key = crate::hash::DataKeyId::from_bytes([4; 16]);
    let origin = origin();
    let cipher = key
        .as_ref()
        .map(|key| EventCipher::new(key, &origin, data_key));
    let mut bytes = body.to_vec();
    if let Some(cipher) = &cipher {
        bytes.clear();
        let tag = IdentityTag::from_bytes([5; 16]);
        let part = crate::commitment::PartKind::Body;
        cipher.seal_into(part, &tag, body, &mut bytes).unwrap();
    }
    let domain = cipher.as_ref().map_or(Domain::Body, |_| Domain::SealedBody);
    let sealed: Option<SealedBy> = cipher.as_ref().map(EventCipher::sealed_by);
    let header = Header {
        sequence: 2,
        time: genesis().created,
        prior_key_event: 1,
        kind: RecordKind::Event(EventHeader {
            event_type: "t",
            classification: None,
            body: commit(&salt, domain, &bytes),
            payload: None,
            sealed,
        }),
    };
    RecordFile {
        header: header.encode(),
        body: Some((salt, bytes)),
        payload: None,
        event_key: key,
    }
}

fn key() -> EventKey {
    EventKey::from_bytes([7; 32])
}

#[test]
fn a_body_that_is_not_canonical_is_malformed_whatever_else_is_wrong() {
    for key in [None, Some(key())] {
        let good = with_record(file_with_body(CANONICAL, key.clone()));
        assert!(good.verify(&good.receipt(2)).is_ok());
        let file = file_with_body(NOT_CANONICAL, key);
        let ledger = with_record(file.clone());
        let receipt = ledger.receipt(2);
        let malformed = ReceiptFailure::Malformed;
        assert_eq!(failure(&ledger, &receipt, &file), malformed);
        let mut other_salt = file.clone();
        other_salt.body.as_mut().unwrap().0 = Salt::from_bytes([9; 32]);
        assert_eq!(failure(&ledger, &receipt, &other_salt), malformed);
        let not_included = Receipt {
            previous: ledger.chains[0],
            ..receipt.clone()
        };
        assert_eq!(failure(&ledger, &not_included, &file), malformed);
        let other_record = Receipt {
            index: 1,
            ..receipt.clone()
        };
        assert_eq!(failure(&ledger, &other_record, &file), malformed);
        let uncommitted_payload = RecordFile {
            payload: Some((Salt::from_bytes([2; 32]), vec![0; 64])),
            ..file
        };
        assert_eq!(failure(&ledger, &receipt, &uncommitted_payload), malformed);
    }
}

#[test]
fn what_does_not_open_is_refused_and_can_not_be_called_malformed() {
    let file = file_with_body(NOT_CANONICAL, Some(key()));
    let ledger = with_record(file.clone());
    let other_key = RecordFile {
        event_key: Some(EventKey::from_bytes([8; 32])),
        ..file.clone()
    };
    let outcome = ledger.receipt(2).verify(&other_key, &identity_key());
    assert_eq!(outcome, Err(ReceiptError::EventKey(DoesNotOpen)));
    let unopened = RecordFile {
        event_key: None,
        ..file
    };
    let verdict = ledger.receipt(2).verify(&unopened, &identity_key());
    assert_eq!(verdict.unwrap().body, PartVerdict::Sealed);
}

#[test]
fn a_part_of_a_length_that_none_has_is_malformed() {
    let payload = |length| Some((Salt::from_bytes([2; 32]), vec![0; length]));
    let (plain, sealed) = (
        file_with_body(CANONICAL, None),
        file_with_body(CANONICAL, Some(key())),
    );
    for (file, length, wanted) in [
        (&plain, 0, ReceiptFailure::Refused),
        (&plain, 1_048_576, ReceiptFailure::Refused),
        (&plain, 1_048_577, ReceiptFailure::Malformed),
        (&sealed, 63, ReceiptFailure::Malformed),
    ] {
        let ledger = with_record(file.clone());
        // The header commits to none: that is told of what is of a part's form.
        let file = RecordFile {
            payload: payload(length),
            ..file.clone()
        };
        let found = failure(&ledger, &ledger.receipt(2), &file);
        assert_eq!(found, wanted, "{length}");
    }
}

#[test]
fn a_producer_whose_key_is_none_is_malformed_in_any_kind_of_record() {
    let mut body = Body {
        id: "1",
        source: "s",
        producer: Some(ProducerSignature {
            key: &[0; 32],
            signature: &[0; 64],
        }),
        ..Body::default()
    };
    let mut bytes = Vec::new();
    body.encode_into(&mut bytes).unwrap();
    let mut file = file_with_body(&bytes, None);
    let changed = {
        let mut header = Header::decode(&file.header).unwrap();
        let RecordKind::Event(event) = header.kind else {
            panic!("an event")
        };
        header.kind = RecordKind::Governance(event);
        header.encode()
    };
    file.header = changed;
    let ledger = with_record(file.clone());
    let found = failure(&ledger, &ledger.receipt(2), &file);
    assert_eq!(found, ReceiptFailure::Malformed);
}

#[test]
fn a_part_of_a_key_event_is_refused_or_malformed() {
    let ledger = ledger();
    for (body, wanted) in [
        (CANONICAL, ReceiptFailure::Refused),
        (NOT_CANONICAL, ReceiptFailure::Malformed),
    ] {
        let file = RecordFile {
            body: Some((Salt::from_bytes([1; 32]), body.to_vec())),
            ..ledger.files[1].clone()
        };
        assert_eq!(failure(&ledger, &ledger.receipt(1), &file), wanted);
    }
}

#[test]
fn a_header_of_another_kind_is_malformed_whatever_else_is_wrong() {
    let ledger = ledger();
    let file = &ledger.files[4];
    let wrong = Receipt {
        previous: ledger.chains[0],
        ..ledger.receipt(4)
    };
    assert_eq!(failure(&ledger, &wrong, file), ReceiptFailure::Refused);
    let shown = |genesis, identity, certificate: Option<u64>| Receipt {
        genesis: Some(ledger.header(genesis)),
        identities: vec![ledger.header(identity)],
        certificate: certificate.map(|place| ledger.header(place)),
        ..wrong.clone()
    };
    for receipt in [shown(1, 4, None), shown(0, 4, None), shown(0, 1, Some(0))] {
        assert_eq!(failure(&ledger, &receipt, file), ReceiptFailure::Malformed);
    }
}
