//! Events on their way in, and back out.

use super::*;

fn full() -> v1::Event {
    let fact = |value| v1::FactValue { value: Some(value) };
    v1::Event {
        id: "id".into(),
        source: "source".into(),
        r#type: "type".into(),
        subject: "subject".into(),
        time: "2026-11-20T10:00:00+01:00".into(),
        datacontenttype: "text/plain".into(),
        actor: "actor".into(),
        correlation_id: "correlation".into(),
        causation_id: "causation".into(),
        data_subject: "person".into(),
        classification: "classification".into(),
        facts: [
            ("amount".to_owned(), fact(Value::Text("12.50".into()))),
            ("count".to_owned(), fact(Value::Uint(0))),
            ("refused".to_owned(), fact(Value::Boolean(false))),
        ]
        .into(),
        digests: vec![v1::Digest {
            component: "input".into(),
            algorithm: "sha256".into(),
            value: Bytes::from_static(&[7; 32]),
        }],
        payload: Some(Payload::Plaintext(Bytes::from_static(b"hello"))),
        producer: Some(v1::ProducerSignature {
            public_key: Bytes::from_static(&[8; 32]),
            signature: Bytes::from_static(&[9; 64]),
        }),
    }
}

fn enveloped() -> v1::Event {
    let envelope = v1::Envelope {
        ciphertext: Bytes::from_static(b"sealed"),
        key_id: "key".into(),
        nonce: Bytes::from_static(&[1; 12]),
        aad_digest: Bytes::from_static(&[2; 32]),
    };
    v1::Event {
        payload: Some(Payload::Envelope(envelope)),
        ..full()
    }
}

fn back(event: &v1::Event) -> v1::Event {
    let EventInput {
        mut body,
        event_type,
        classification,
        payload,
    } = input(event).unwrap();
    let mut stored = Vec::new();
    body.encode_into(&mut stored).unwrap();
    from_parts(
        event_type,
        classification,
        Some(Body::decode(&stored).unwrap()),
        payload,
    )
}

#[test]
fn every_field_comes_back_as_it_was_sent() {
    for event in [
        full(),
        enveloped(),
        v1::Event {
            payload: None,
            ..full()
        },
    ] {
        assert_eq!(back(&event), event);
    }
    let least = v1::Event {
        id: "i".into(),
        source: "s".into(),
        r#type: "t".into(),
        ..v1::Event::default()
    };
    assert_eq!(back(&least), least);
}

#[test]
fn an_empty_payload_is_one_and_none_is_none() {
    let empty = v1::Event {
        payload: Some(Payload::Plaintext(Bytes::new())),
        ..full()
    };
    assert_eq!(input(&empty).unwrap().payload, Some(Bytes::new()));
    assert_eq!(back(&empty), empty);
    assert_eq!(
        input(&v1::Event {
            payload: None,
            ..full()
        })
        .unwrap()
        .payload,
        None
    );
}

#[test]
fn the_payload_is_shared_and_not_copied() {
    let bytes = Bytes::from(vec![7; 1_000]);
    let event = v1::Event {
        payload: Some(Payload::Plaintext(bytes.clone())),
        ..full()
    };
    assert_eq!(
        input(&event).unwrap().payload.unwrap().as_ptr(),
        bytes.as_ptr()
    );
}

#[test]
fn texts_that_are_not_set_are_absent() {
    let event = v1::Event::default();
    let input = input(&event).unwrap();
    assert_eq!(input.body, Body::default());
    assert_eq!((input.event_type, input.classification), ("", None));
}

#[test]
fn a_fact_without_a_value_is_named() {
    let mut event = full();
    event
        .facts
        .insert("line\nbreak".into(), v1::FactValue { value: None });
    let violation = input(&event).unwrap_err();
    assert_eq!(violation.field, "facts[line\\nbreak].value");
}

#[test]
fn an_aad_digest_of_another_length_is_named() {
    for length in [1, 31, 33] {
        let mut event = enveloped();
        let Some(Payload::Envelope(envelope)) = &mut event.payload else {
            unreachable!()
        };
        envelope.aad_digest = vec![2; length].into();
        assert_eq!(input(&event).unwrap_err().field, "envelope.aad_digest");
    }
}

#[test]
fn without_its_body_an_event_keeps_only_the_headers_words() {
    let event = from_parts("type", Some("classification"), None, None);
    let words = v1::Event {
        r#type: "type".into(),
        classification: "classification".into(),
        ..v1::Event::default()
    };
    assert_eq!(event, words);
}
