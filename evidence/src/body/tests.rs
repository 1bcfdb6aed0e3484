//! Bodies come back as they were, every limit holds, and every byte counts.

mod any;

use super::*;
use crate::cbor::compare_keys;
use crate::testing::check_every_mutation;

const TRACEPARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

fn full() -> Body<'static> {
    Body {
        id: "7f3c",
        source: "urn:payments",
        subject: Some("order/17"),
        time: Some("2026-11-20T09:30:00Z"),
        datacontenttype: Some("application/json"),
        actor: Some("agent-7"),
        correlation_id: Some("case-1"),
        causation_id: Some("7f3b"),
        data_subject: Some("person-12"),
        facts: vec![
            ("amount", FactValue::Text("12.50")),
            ("retries", FactValue::Uint(300)),
            ("approved", FactValue::Boolean(true)),
        ],
        digests: vec![
            ComponentDigest {
                component: "output",
                algorithm: "sha256",
                value: &[2; 32],
            },
            ComponentDigest {
                component: "input",
                algorithm: "sha512",
                value: &[3; 64],
            },
            ComponentDigest {
                component: "input",
                algorithm: "md5",
                value: &[1; 16],
            },
        ],
        envelope: Some(Envelope {
            key_id: "kms/1",
            nonce: Some(&[9; 12]),
            aad_digest: Some(&[8; 32]),
        }),
        producer: Some(ProducerSignature {
            key: &[6; 32],
            signature: &[7; 64],
        }),
        traceparent: Some(TRACEPARENT),
    }
}

fn minimal() -> Body<'static> {
    Body {
        id: "1",
        source: "s",
        ..Body::default()
    }
}

fn encode(body: &mut Body<'_>) -> Result<Vec<u8>, FieldViolation> {
    let mut out = b"before".to_vec();
    let result = body.encode_into(&mut out);
    assert!(out.starts_with(b"before"));
    if result.is_err() {
        assert_eq!(out, b"before");
    }
    result.map(|()| out.split_off(6))
}

fn encoded_again(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut body = Body::decode(bytes).ok()?;
    Some(encode(&mut body).expect("what decodes keeps every limit"))
}

#[test]
fn the_smallest_body_has_exactly_these_bytes() {
    let bytes = encode(&mut minimal()).unwrap();
    assert_eq!(bytes, b"\xa2\x62id\x611\x66source\x61s");
    assert_eq!(Body::decode(&bytes), Ok(minimal()));
}

#[test]
fn facts_and_digests_are_brought_into_order() {
    let mut body = full();
    let bytes = encode(&mut body).unwrap();
    assert_eq!(Body::decode(&bytes), Ok(body));
    let decoded = Body::decode(&bytes).unwrap();
    let names: Vec<_> = decoded.facts.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["amount", "retries", "approved"]);
    let digests: Vec<_> = decoded
        .digests
        .iter()
        .map(|d| (d.component, d.algorithm))
        .collect();
    assert_eq!(
        digests,
        [("input", "md5"), ("input", "sha512"), ("output", "sha256")]
    );
}

#[test]
fn keys_are_in_the_order_of_their_encodings() {
    let bytes = encode(&mut full()).unwrap();
    let mut decoder = minicbor::Decoder::new(&bytes);
    let mut keys = Vec::new();
    for _ in 0..decoder.map().unwrap().unwrap() {
        keys.push(decoder.str().unwrap());
        decoder.skip().unwrap();
    }
    assert_eq!(keys.len(), 14);
    assert!(
        keys.is_sorted_by(|left, right| compare_keys(left, right).is_lt()),
        "{keys:?}"
    );
}

#[test]
fn no_changed_byte_passes_unseen() {
    check_every_mutation(&encode(&mut minimal()).unwrap(), encoded_again);
    check_every_mutation(&encode(&mut full()).unwrap(), encoded_again);
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn violations_name_the_field_of_the_wire() {
    let long = "x".repeat(1_025);
    let long = long.as_str();
    let digest = |algorithm, value| ComponentDigest {
        component: "input",
        algorithm,
        value,
    };
    let envelope = |key_id, nonce| {
        Some(Envelope {
            key_id,
            nonce,
            aad_digest: None,
        })
    };
    for (field, body) in [
        (
            "id",
            Body {
                id: "",
                ..minimal()
            },
        ),
        (
            "id",
            Body {
                id: &long[..257],
                ..minimal()
            },
        ),
        (
            "source",
            Body {
                source: "a\u{85}b",
                ..minimal()
            },
        ),
        (
            "subject",
            Body {
                subject: Some(&long[..257]),
                ..minimal()
            },
        ),
        (
            "time",
            Body {
                time: Some(&long[..65]),
                ..minimal()
            },
        ),
        (
            "datacontenttype",
            Body {
                datacontenttype: Some(long),
                ..minimal()
            },
        ),
        (
            "actor",
            Body {
                actor: Some(""),
                ..minimal()
            },
        ),
        (
            "correlation_id",
            Body {
                correlation_id: Some(long),
                ..minimal()
            },
        ),
        (
            "causation_id",
            Body {
                causation_id: Some(long),
                ..minimal()
            },
        ),
        (
            "data_subject",
            Body {
                data_subject: Some("\u{7f}"),
                ..minimal()
            },
        ),
        (
            "facts[]",
            Body {
                facts: vec![("", FactValue::Uint(1))],
                ..minimal()
            },
        ),
        (
            "facts[n].value",
            Body {
                facts: vec![("n", FactValue::Text(long))],
                ..minimal()
            },
        ),
        (
            "facts[n].value",
            Body {
                facts: vec![("n", FactValue::Uint(1 << 63))],
                ..minimal()
            },
        ),
        (
            "facts[n]",
            Body {
                facts: vec![("n", FactValue::Uint(1)); 2],
                ..minimal()
            },
        ),
        (
            "facts",
            Body {
                facts: vec![("n", FactValue::Uint(1)); 33],
                ..minimal()
            },
        ),
        (
            "digests[0].value",
            Body {
                digests: vec![digest("sha256", &[0; 31])],
                ..minimal()
            },
        ),
        (
            "digests[0].value",
            Body {
                digests: vec![digest("other", &[0; 15])],
                ..minimal()
            },
        ),
        (
            "digests[0].algorithm",
            Body {
                digests: vec![digest("", &[0; 16])],
                ..minimal()
            },
        ),
        (
            "digests",
            Body {
                digests: vec![digest("md5", &[0; 16]); 2],
                ..minimal()
            },
        ),
        (
            "digests",
            Body {
                digests: vec![digest("md5", &[0; 16]); 33],
                ..minimal()
            },
        ),
        (
            "envelope.key_id",
            Body {
                envelope: envelope("", None),
                ..minimal()
            },
        ),
        (
            "envelope.nonce",
            Body {
                envelope: envelope("k", Some(&[0; 7])),
                ..minimal()
            },
        ),
        (
            "envelope.nonce",
            Body {
                envelope: envelope("k", Some(&[0; 33])),
                ..minimal()
            },
        ),
    ] {
        let mut body = body;
        let violation = encode(&mut body).unwrap_err();
        assert_eq!(violation.field, field, "{violation}");
    }
}

#[test]
fn a_traceparent_is_checked_both_ways() {
    let mut body = Body {
        traceparent: Some("00-1-1-00"),
        ..minimal()
    };
    let refused = encode(&mut body).unwrap_err();
    assert_eq!(refused.field, "traceparent");
    body.traceparent = Some(TRACEPARENT);
    let mut bytes = encode(&mut body).unwrap();
    assert_eq!(Body::decode(&bytes), Ok(body));
    *bytes.last_mut().unwrap() = b'G';
    assert!(matches!(Body::decode(&bytes), Err(RecordError::Field(_))));
}

#[test]
fn the_index_of_a_digest_is_the_clients() {
    let digests = vec![
        ComponentDigest {
            component: "zz",
            algorithm: "md5",
            value: &[0; 16],
        },
        ComponentDigest {
            component: "aa",
            algorithm: "sha256",
            value: &[0; 16],
        },
    ];
    let violation = encode(&mut Body {
        digests,
        ..minimal()
    })
    .unwrap_err();
    assert_eq!(violation.field, "digests[1].value");
}

#[test]
fn a_body_has_a_greatest_length() {
    let text = "x".repeat(1_024);
    let names: Vec<_> = (10..25).map(|number| format!("n{number}")).collect();
    let facts: Vec<_> = names
        .iter()
        .map(|n| (n.as_str(), FactValue::Text(&text)))
        .collect();
    let mut body = Body { facts, ..minimal() };
    let room = BODY_BYTES_MAX - encode(&mut body).unwrap().len();
    // A short fact fills the rest: its name and value take 3, 2 and 3 bytes of heads and names.
    let last = "x".repeat(room - 7);
    body.facts
        .push(("last", FactValue::Text(&last[..room - 8])));
    assert_eq!(encode(&mut body).unwrap().len(), BODY_BYTES_MAX);
    body.facts.retain(|(name, _)| *name != "last");
    body.facts.push(("last", FactValue::Text(&last)));
    assert_eq!(encode(&mut body).unwrap_err().field, "event");
    let too_long = Body::decode(&[0; BODY_BYTES_MAX + 1]);
    assert!(matches!(too_long, Err(RecordError::TooLong { .. })));
}

#[test]
fn empty_maps_are_left_out_and_unknown_keys_refused() {
    for bytes in [
        &b"\xa3\x62id\x611\x65facts\xa0\x66source\x61s"[..],
        b"\xa3\x62id\x611\x66source\x61s\x67digests\xa0",
        b"\xa3\x62id\x611\x66source\x61s\x67digests\xa1\x65input\xa0",
        b"\xa3\x62id\x611\x66source\x61s\x68envelope\xa0",
        b"\xa3\x62id\x611\x66source\x61s\x67unknown\x00",
        b"\xa2\x66source\x61s\x62id\x611",
        b"\xa3\x62id\x611\x62id\x611\x66source\x61s",
        b"\xa1\x62id\x611",
        b"\xa3\x62id\x611\x66source\x61s\x67subject\xf6",
        b"\xbf\x62id\x611\x66source\x61s\xff",
    ] {
        assert!(Body::decode(bytes).is_err(), "{bytes:?}");
    }
}
