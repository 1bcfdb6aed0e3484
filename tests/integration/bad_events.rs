//! Events that are wrong in one place. Each gets a precise error, nothing of it is kept, and what is just within
//! the limits is taken.

use indelible_proto::v1::{
    self, AppendStreamRequest, ErrorReason, event::Payload, fact_value::Value,
};
use tokio_stream::iter;
use tonic::Code;
use tonic_types::StatusExt as _;

use crate::support::{
    calls::{append, assert_refused, batch, create, event, events, ledger},
    daemon::Daemon,
    place::Place,
};

const INVALID: (Code, ErrorReason) = (Code::InvalidArgument, ErrorReason::FieldInvalid);

/// An event with one thing wrong, and what is said of it: code, reason, and the field within the event.
fn wrong_events() -> Vec<(v1::Event, (Code, ErrorReason), &'static str)> {
    let base = || event("wrong");
    let long = |bytes: usize| "x".repeat(bytes);
    let fact = |name: &str, value: Option<Value>| v1::Event {
        facts: [(name.to_owned(), v1::FactValue { value })]
            .into_iter()
            .collect(),
        ..base()
    };
    let digest = |component: &str, bytes: usize| v1::Event {
        digests: vec![v1::Digest {
            component: component.into(),
            algorithm: "sha256".into(),
            value: vec![1; bytes].into(),
        }],
        ..base()
    };
    let envelope = |change: &dyn Fn(&mut v1::Envelope)| {
        let mut envelope = v1::Envelope {
            ciphertext: vec![1; 20].into(),
            key_id: "key".into(),
            ..Default::default()
        };
        change(&mut envelope);
        v1::Event {
            payload: Some(Payload::Envelope(envelope)),
            ..base()
        }
    };
    let many_facts = (0..33).map(|number| {
        (
            format!("fact{number}"),
            v1::FactValue {
                value: Some(Value::Boolean(true)),
            },
        )
    });
    // Each fact is allowed; all of them together are not.
    let large_facts = (0..20).map(|number| {
        (
            format!("fact{number}"),
            v1::FactValue {
                value: Some(Value::Text(long(1_000))),
            },
        )
    });
    vec![
        (
            v1::Event {
                id: String::new(),
                ..base()
            },
            INVALID,
            "id",
        ),
        (
            v1::Event {
                id: long(257),
                ..base()
            },
            INVALID,
            "id",
        ),
        (
            v1::Event {
                id: "a\u{0}b".into(),
                ..base()
            },
            INVALID,
            "id",
        ),
        (
            v1::Event {
                id: "a\u{85}b".into(),
                ..base()
            },
            INVALID,
            "id",
        ),
        (
            v1::Event {
                source: String::new(),
                ..base()
            },
            INVALID,
            "source",
        ),
        (
            v1::Event {
                source: long(257),
                ..base()
            },
            INVALID,
            "source",
        ),
        (
            v1::Event {
                source: "a\nb".into(),
                ..base()
            },
            INVALID,
            "source",
        ),
        (
            v1::Event {
                r#type: String::new(),
                ..base()
            },
            INVALID,
            "type",
        ),
        (
            v1::Event {
                r#type: long(1_025),
                ..base()
            },
            INVALID,
            "type",
        ),
        (
            v1::Event {
                r#type: "a\u{7f}".into(),
                ..base()
            },
            INVALID,
            "type",
        ),
        (
            v1::Event {
                subject: long(257),
                ..base()
            },
            INVALID,
            "subject",
        ),
        (
            v1::Event {
                actor: long(257),
                ..base()
            },
            INVALID,
            "actor",
        ),
        (
            v1::Event {
                time: long(65),
                ..base()
            },
            INVALID,
            "time",
        ),
        (
            v1::Event {
                time: "2026\u{1b}".into(),
                ..base()
            },
            INVALID,
            "time",
        ),
        (
            v1::Event {
                time: "yesterday".into(),
                ..base()
            },
            INVALID,
            "time",
        ),
        (
            v1::Event {
                time: "2026-11-28T04:00:00".into(),
                ..base()
            },
            INVALID,
            "time",
        ),
        (
            v1::Event {
                datacontenttype: "json".into(),
                ..base()
            },
            INVALID,
            "datacontenttype",
        ),
        (
            v1::Event {
                datacontenttype: long(1_025),
                ..base()
            },
            INVALID,
            "datacontenttype",
        ),
        (
            v1::Event {
                correlation_id: long(1_025),
                ..base()
            },
            INVALID,
            "correlation_id",
        ),
        (
            v1::Event {
                causation_id: long(1_025),
                ..base()
            },
            INVALID,
            "causation_id",
        ),
        (
            v1::Event {
                classification: long(1_025),
                ..base()
            },
            INVALID,
            "classification",
        ),
        (
            v1::Event {
                classification: "\t".into(),
                ..base()
            },
            INVALID,
            "classification",
        ),
        (
            v1::Event {
                facts: many_facts.collect(),
                ..base()
            },
            INVALID,
            "facts",
        ),
        (fact("amount", None), INVALID, "facts[amount].value"),
        (fact("", Some(Value::Boolean(true))), INVALID, "facts[]"),
        (
            fact("amount", Some(Value::Uint(1 << 63))),
            INVALID,
            "facts[amount].value",
        ),
        (
            fact("amount", Some(Value::Text(long(1_025)))),
            INVALID,
            "facts[amount].value",
        ),
        (
            fact("amount", Some(Value::Text(String::new()))),
            INVALID,
            "facts[amount].value",
        ),
        (digest("input", 31), INVALID, "digests[0].value"),
        (digest("", 32), INVALID, "digests[0].component"),
        (
            envelope(&|envelope| envelope.key_id.clear()),
            INVALID,
            "envelope.key_id",
        ),
        (
            envelope(&|envelope| envelope.nonce = vec![1; 7].into()),
            INVALID,
            "envelope.nonce",
        ),
        (
            envelope(&|envelope| envelope.aad_digest = vec![1; 31].into()),
            INVALID,
            "envelope.aad_digest",
        ),
        (
            v1::Event {
                facts: large_facts.collect(),
                ..base()
            },
            INVALID,
            "",
        ),
        (
            v1::Event {
                payload: Some(Payload::Plaintext(vec![1; (1 << 20) + 1].into())),
                ..base()
            },
            INVALID,
            "payload",
        ),
    ]
}

fn within(path: &str, field: &str) -> String {
    if field.is_empty() {
        path.to_owned()
    } else {
        format!("{path}.{field}")
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_events_are_refused_by_field_in_every_kind_of_append() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    let mut size = 2;
    for (number, (wrong, (code, reason), field)) in (0..).zip(wrong_events()) {
        let single = append(&mut client, "audit", wrong.clone()).await;
        assert_refused(single, code, reason, &within("event", field));
        let right = event(&format!("right{number}"));
        let both = batch(&mut client, "audit", vec![right.clone(), wrong.clone()]).await;
        assert_refused(both, code, reason, &within("events[1]", field));
        assert_eq!(
            ledger(&mut client, "audit").await.size,
            size,
            "{field}: something was kept"
        );

        // In a stream, what came before is acknowledged and kept, and the message is named.
        let message = |event| AppendStreamRequest {
            ledger: "audit".into(),
            events: vec![event],
        };
        let messages = iter([message(right), message(wrong)]);
        let mut answers = client.append_stream(messages).await.unwrap().into_inner();
        assert_eq!(
            answers
                .message()
                .await
                .unwrap()
                .unwrap()
                .appended
                .unwrap()
                .first_sequence,
            size
        );
        let refused = answers.message().await;
        let status = refused.as_ref().unwrap_err();
        let metadata = status.get_details_error_info().unwrap().metadata;
        assert_eq!(
            (metadata["message"].as_str(), metadata["index"].as_str()),
            ("1", "0")
        );
        assert_refused(refused, code, reason, &within("events[0]", field));
        size += 1;
        assert_eq!(ledger(&mut client, "audit").await.size, size);
    }
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_just_within_the_limits_is_taken() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    let long = |bytes: usize| "x".repeat(bytes);
    let widest = v1::Event {
        id: long(256),
        source: long(256),
        r#type: long(1_024),
        subject: long(256),
        actor: long(256),
        time: format!("2026-11-28T09:30:00.{}+00:00", "1".repeat(38)),
        classification: "klasse-ä-😀".into(),
        facts: (0..32)
            .map(|number| {
                (
                    format!("f{number}"),
                    v1::FactValue {
                        value: Some(Value::Uint((1 << 63) - 1)),
                    },
                )
            })
            .collect(),
        payload: Some(Payload::Plaintext(vec![1; 1 << 20].into())),
        ..Default::default()
    };
    assert_eq!(
        append(&mut client, "audit", widest).await.unwrap().sequence,
        2
    );
    batch(&mut client, "audit", events("e", 0..1_024))
        .await
        .unwrap();
    assert_eq!(ledger(&mut client, "audit").await.size, 3 + 1_024);
    daemon.stop();
}
