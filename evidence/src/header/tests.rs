//! Headers come back as they were, and nothing that differs in a byte passes for the same.

use proptest::prelude::*;

use super::*;
use crate::cbor::CborError;
use crate::limits::{EVENT_HEADER_BYTES_MAX, HEADER_BYTES_MAX};
use crate::record_error::RecordError;
use crate::testing::{certificate, certificate_header, check_every_mutation, genesis_header};

fn event(classification: Option<&'static str>, payload: bool) -> Header<'static> {
    let kind = RecordKind::Event(EventHeader {
        event_type: "com.example.decision.v1",
        classification,
        body: Commitment::from_bytes([0xb0; 32]),
        payload: payload.then_some(Commitment::from_bytes([0xaa; 32])),
        sealed: None,
    });
    Header {
        sequence: 300,
        time: 1_800_000_000_000_000_000,
        prior_key_event: 1,
        kind,
    }
}

fn governance(mut header: Header<'static>) -> Header<'static> {
    if let RecordKind::Event(event) = header.kind {
        header.kind = RecordKind::Governance(event);
    }
    header
}

fn sealed(mut header: Header<'static>) -> Header<'static> {
    if let RecordKind::Event(event) = &mut header.kind {
        event.sealed = Some(SealedBy {
            data_key: DataKeyId::from_bytes([0xdd; 16]),
            key_commitment: KeyCommitment::from_bytes([0xcc; 32]),
        });
    }
    header
}

fn encoded_again(bytes: &[u8]) -> Option<Vec<u8>> {
    Header::decode(bytes).ok().map(|header| header.encode())
}

#[test]
fn an_event_has_exactly_these_bytes() {
    let mut expected = b"\xa9\x61v\x00\x63seq\x19\x01\x2c\x64body\x58\x20".to_vec();
    expected.extend_from_slice(&[0xb0; 32]);
    expected.extend_from_slice(b"\x64kind\x65event\x64time\x1b");
    expected.extend_from_slice(&1_800_000_000_000_000_000_u64.to_be_bytes());
    expected.extend_from_slice(b"\x64type\x77com.example.decision.v1\x67payload\x58\x20");
    expected.extend_from_slice(&[0xaa; 32]);
    expected.extend_from_slice(b"\x6eclassification\x69automated\x6fprior_key_event\x01");
    let header = event(Some("automated"), true);
    assert_eq!(header.encode(), expected);
    assert_eq!(Header::decode(&expected), Ok(header));
}

#[test]
fn no_changed_byte_passes_unseen() {
    let encrypted = sealed(event(Some("automated"), true));
    for header in [
        event(None, false),
        event(Some("automated"), true),
        encrypted.clone(),
        sealed(event(None, false)),
        governance(event(None, false)),
        governance(encrypted),
    ] {
        check_every_mutation(&header.encode(), encoded_again);
        let has_data_key = header
            .kind
            .event()
            .is_some_and(|event| event.sealed.is_some());
        assert_eq!(is_sealed(&header.encode()), has_data_key);
    }
    check_every_mutation(&genesis_header(), encoded_again);
    check_every_mutation(&certificate_header(&certificate(9), 1), encoded_again);
}

#[test]
fn keys_are_in_the_order_of_their_encodings() {
    let with_all = sealed(event(Some("c"), true)).encode();
    for bytes in [with_all, genesis_header()] {
        let mut decoder = minicbor::Decoder::new(&bytes);
        let count = decoder.map().unwrap().unwrap();
        let mut previous: Option<&str> = None;
        for _ in 0..count {
            let key = decoder.str().unwrap();
            if let Some(previous) = previous {
                assert!(
                    crate::cbor::compare_keys(previous, key).is_lt(),
                    "{previous} {key}"
                );
            }
            previous = Some(key);
            decoder.skip().unwrap();
        }
        assert_eq!(decoder.position(), bytes.len());
    }
}

#[test]
fn a_decision_of_the_gate_is_an_event_of_another_kind() {
    let event = event(Some("automated"), true);
    let decision = governance(event.clone());
    assert_eq!(decision.kind_name(), "governance");
    assert!(!decision.is_key_event());
    assert_eq!(decision.kind.event(), event.kind.event());
    let (event, decision) = (event.encode(), decision.encode());
    let at = event
        .windows(6)
        .position(|window| window == b"\x65event")
        .unwrap();
    let expected = [&event[..at], b"\x6agovernance", &event[at + 6..]].concat();
    assert_eq!(decision, expected);
}

#[test]
fn every_kind_of_key_event_comes_back() {
    type Kind = fn(SignedStatement<'static>) -> RecordKind<'static>;
    let kinds: [(&str, Kind); 12] = [
        ("genesis", RecordKind::Genesis),
        ("epoch", RecordKind::Epoch),
        ("identity", RecordKind::Identity),
        ("revocation", RecordKind::Revocation),
        ("kek", RecordKind::Kek),
        ("data-key", RecordKind::DataKey),
        ("erasure", RecordKind::Erasure),
        ("hold", RecordKind::Hold),
        ("settings", RecordKind::Settings),
        ("producer", RecordKind::Producer),
        ("disposal", RecordKind::Disposal),
        ("closed", RecordKind::Closed),
    ];
    for (name, kind) in kinds {
        let kind = kind(SignedStatement {
            statement: b"\xa0",
            signatures: vec![b"1", &[2; 64]],
        });
        let header = Header {
            sequence: 7,
            time: 8,
            prior_key_event: 1,
            kind,
        };
        assert_eq!((header.kind_name(), header.is_key_event()), (name, true));
        let bytes = header.encode();
        assert_eq!(Header::decode(&bytes), Ok(header));
        assert!(!is_sealed(&bytes));
    }
}

/// A key event with that statement and those signatures.
fn signed(statement: &[u8], signatures: &[&[u8]]) -> Vec<u8> {
    let kind = RecordKind::Closed(SignedStatement {
        statement,
        signatures: signatures.to_vec(),
    });
    Header {
        sequence: 7,
        time: 8,
        prior_key_event: 1,
        kind,
    }
    .encode()
}

#[test]
fn signatures_are_bounded_in_number_and_length() {
    let good = |signatures: &[&[u8]]| Header::decode(&signed(b"\xa0", signatures)).is_ok();
    assert!(!good(&[]));
    assert!(good(&[&b"1"[..]; 8]));
    assert!(!good(&[&b"1"[..]; 9]));
    assert!(!good(&[b""]));
    assert!(!good(&[b"1", b""]));
    let longest = vec![1; 8_193];
    assert!(good(&[&longest[..8_192]]));
    assert!(!good(&[&longest]));
}

#[test]
fn an_event_has_less_room_than_a_key_event() {
    let event_type = "t".repeat(1_024);
    let mut header = event(None, false);
    // The texts alone can't fill a header; a kind with the room of events is held to it all the same.
    if let RecordKind::Event(event) = &mut header.kind {
        (event.event_type, event.classification) = (&event_type, Some(event_type.as_str()));
    }
    assert!(header.encode().len() < EVENT_HEADER_BYTES_MAX);
    let statement = vec![0; 5_000];
    assert!(Header::decode(&signed(&statement, &[b"1"])).is_ok());
}

#[test]
fn kinds_have_their_names() {
    assert_eq!(event(None, false).kind_name(), "event");
    assert!(!event(None, false).is_key_event());
    let genesis = genesis_header();
    let genesis = Header::decode(&genesis).unwrap();
    assert_eq!(
        (genesis.kind_name(), genesis.is_key_event()),
        ("genesis", true)
    );
    let epoch = certificate_header(&certificate(9), 1);
    let epoch = Header::decode(&epoch).unwrap();
    assert_eq!((epoch.kind_name(), epoch.is_key_event()), ("epoch", true));
}

#[test]
fn a_sequence_is_read_header_by_header() {
    let headers = [
        genesis_header(),
        event(None, true).encode(),
        event(Some("c"), false).encode(),
    ];
    let sequence = headers.concat();
    let mut rest = sequence.as_slice();
    for expected in &headers {
        let (header, length) = Header::decode_prefix(rest).unwrap();
        assert_eq!(length, expected.len());
        assert_eq!(&header.encode(), expected);
        rest = &rest[length..];
    }
    assert!(rest.is_empty());
    assert_eq!(
        Header::decode(&sequence),
        Err(CborError::TrailingBytes {
            offset: headers[0].len()
        }
        .into())
    );
}

#[test]
fn what_the_format_does_not_have_is_refused() {
    let good = event(None, false).encode();
    let replaced = |from: &[u8], to: &[u8]| {
        let at = good
            .windows(from.len())
            .position(|window| window == from)
            .unwrap();
        [&good[..at], to, &good[at + from.len()..]].concat()
    };
    assert_eq!(
        Header::decode(&replaced(b"\x61v\x00", b"\x61v\x01")),
        Err(RecordError::Version { found: 1 })
    );
    assert_eq!(
        Header::decode(&replaced(b"\x65event", b"\x67erasure")),
        Err(RecordError::Kind {
            found: "erasure".to_owned()
        })
    );
    assert_eq!(
        Header::decode(&replaced(b"\x65event", b"\x67genesis")),
        Err(RecordError::Kind {
            found: "genesis".to_owned()
        })
    );
    let more = replaced(b"\xa7", b"\xa8");
    let count = CborError::WrongCount {
        offset: 0,
        expected: 7,
        found: 8,
    };
    assert_eq!(Header::decode(&more), Err(count.into()));
    let empty = replaced(b"\x77com.example.decision.v1", b"\x60");
    assert!(matches!(Header::decode(&empty), Err(RecordError::Field(_))));
    let control = replaced(b"com.example", b"com\x07xample");
    assert!(matches!(
        Header::decode(&control),
        Err(RecordError::Field(_))
    ));
}

#[test]
fn limits_hold() {
    let long = "t".repeat(1_025);
    let mut header = event(None, false);
    if let RecordKind::Event(event) = &mut header.kind {
        event.event_type = &long;
    }
    assert!(matches!(
        Header::decode(&header.encode()),
        Err(RecordError::Field(_))
    ));

    let of_statement = |length| {
        let statement = vec![0; length];
        let signed = SignedStatement {
            statement: &statement,
            signatures: vec![&[7; 64]],
        };
        let kind = RecordKind::Genesis(signed);
        Header {
            sequence: 0,
            time: 0,
            prior_key_event: 0,
            kind,
        }
        .encode()
    };
    let room = HEADER_BYTES_MAX - of_statement(3_000).len();
    let (greatest, above) = (of_statement(3_000 + room), of_statement(3_001 + room));
    assert_eq!(greatest.len(), HEADER_BYTES_MAX);
    assert!(Header::decode(&greatest).is_ok());
    let too_long = RecordError::TooLong {
        part: "the header",
        found: 16_385,
        limit: HEADER_BYTES_MAX,
    };
    assert_eq!(Header::decode(&above), Err(too_long.clone()));
    assert_eq!(Header::decode_prefix(&above), Err(too_long));
    let unsigned = SignedStatement {
        statement: &[],
        signatures: vec![],
    };
    let kind = RecordKind::Epoch(unsigned);
    let bytes = Header {
        sequence: 1,
        time: 0,
        prior_key_event: 0,
        kind,
    }
    .encode();
    assert!(matches!(
        Header::decode(&bytes),
        Err(RecordError::Invalid { .. })
    ));
}

proptest! {
    #[test]
    fn events_come_back(
        sequence in 0..=crate::limits::UINT_MAX,
        time in 0..=crate::limits::UINT_MAX,
        prior_key_event in 0..=crate::limits::UINT_MAX,
        event_type in "\\PC{1,80}",
        classification in proptest::option::of("\\PC{1,80}"),
        body: [u8; 32],
        payload: Option<[u8; 32]>,
        sealed: Option<([u8; 16], [u8; 32])>,
    ) {
        let header = Header {
            sequence,
            time,
            prior_key_event,
            kind: RecordKind::Event(EventHeader {
                event_type: &event_type,
                classification: classification.as_deref(),
                body: Commitment::from_bytes(body),
                payload: payload.map(Commitment::from_bytes),
                sealed: sealed.map(|(data_key, commitment)| SealedBy {
                    data_key: DataKeyId::from_bytes(data_key),
                    key_commitment: KeyCommitment::from_bytes(commitment),
                }),
            }),
        };
        let bytes = header.encode();
        prop_assert_eq!(Header::decode(&bytes), Ok(header));
    }

    #[test]
    fn arbitrary_bytes_do_no_harm(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        if let Some(again) = encoded_again(&bytes) {
            prop_assert_eq!(again, bytes);
        }
    }
}
