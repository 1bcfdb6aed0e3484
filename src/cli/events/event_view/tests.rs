//! What is shown can be read back.

use indelible_interchange::import::cloudevents;
use indelible_proto::v1::{
    Digest, Envelope, Event, FactValue, ProducerSignature, event::Payload, fact_value::Value,
};

use super::*;

fn event(datacontenttype: &str, payload: Option<Payload>) -> Event {
    let fact = |value| FactValue { value: Some(value) };
    Event {
        id: "1".to_owned(),
        source: "urn:example".to_owned(),
        r#type: "com.example.test".to_owned(),
        subject: "a \"quoted\" subject".to_owned(),
        time: "2026-11-20T09:30:00Z".to_owned(),
        datacontenttype: datacontenttype.to_owned(),
        actor: "somebody".to_owned(),
        correlation_id: "c".to_owned(),
        causation_id: "d".to_owned(),
        classification: "e".to_owned(),
        facts: [
            ("big".to_owned(), fact(Value::Uint(i64::MAX as u64))),
            ("yes".to_owned(), fact(Value::Boolean(true))),
            (
                "number as text".to_owned(),
                fact(Value::Text("1".to_owned())),
            ),
        ]
        .into(),
        digests: vec![Digest {
            component: "input".to_owned(),
            algorithm: "sha256".to_owned(),
            value: vec![0xab; 32].into(),
        }],
        payload,
        producer: Some(ProducerSignature {
            public_key: vec![3; 32].into(),
            signature: vec![4; 64].into(),
        }),
        ..Event::default()
    }
}

#[test]
fn every_event_reads_back_as_itself() {
    let plain = |bytes: &'static [u8]| Some(Payload::Plaintext(bytes.into()));
    let sealed = Some(Payload::Envelope(Envelope {
        ciphertext: vec![0, 255, 7].into(),
        key_id: "key-1".to_owned(),
        nonce: vec![1; 12].into(),
        aad_digest: vec![2; 32].into(),
    }));
    let cases = [
        ("", None),
        ("", plain(b"{\"b\": 1.0, \"a\":  [1e3]}")),
        ("", plain(b"not json")),
        ("", plain(b"")),
        ("application/json", plain(b"{\"a\":1}")),
        ("application/json", plain(b" {\"a\":1}")),
        ("application/json", plain(b"{\n}")),
        ("application/json", plain(b"null")),
        ("application/json", plain(b"\"text\"")),
        ("application/vnd.x+json; charset=utf-8", plain(b"[1]")),
        ("text/plain", plain(b"{\"a\":1}")),
        ("text/plain", plain(b"lines\nof \x1b text")),
        ("text/plain", plain(b"")),
        ("application/octet-stream", plain(&[0xff, 0xfe])),
        ("application/octet-stream", sealed),
    ];
    for (media_type, payload) in cases {
        let event = event(media_type, payload);
        let json = serde_json::to_string(&EventView::new(&event)).expect("JSON");
        assert!(!json.contains('\n'), "{json}");
        let read = cloudevents::event(json.as_bytes()).expect("an event");
        assert_eq!(read, event, "{json}");
    }
}
