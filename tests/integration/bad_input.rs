//! What clients get wrong, by mistake or on purpose. Each gets a precise error, nothing of it is kept,
//! and the daemon goes on.

use std::process::Command;

use bytes::{Buf as _, BufMut as _, Bytes};
use indelible_proto::v1::{
    self, AppendBatchRequest, AppendRequest, AppendStreamRequest, CreateLedgerRequest, EventFilter,
    ExportBundleRequest, GetEventRequest, GetLedgerRequest, ListEventsRequest, TimePeriod,
    event::Payload, export_bundle_request::Selection, fact_value::Value,
};
use tokio_stream::iter;
use tonic::{
    Code, Request, Status,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    codegen::http::uri::PathAndQuery,
};

use crate::support::{
    calls::{append, assert_refused, batch, create, event, events, ledger, refusal},
    daemon::{Daemon, INDELIBLE},
    place::Place,
};

const INVALID: (Code, &str) = (Code::InvalidArgument, "INVALID_FIELD");

/// An event with one thing wrong, and what is said of it: code, reason, and the field within the event.
fn wrong_events() -> Vec<(v1::Event, (Code, &'static str), &'static str)> {
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

        // In a stream, what came before is acknowledged and kept.
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
                .range
                .unwrap()
                .first_sequence,
            size
        );
        assert_refused(
            answers.message().await,
            code,
            reason,
            &within("events[0]", field),
        );
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
        time: long(64),
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_batches_and_messages_are_refused_whole() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    let empty = batch(&mut client, "audit", Vec::new()).await;
    assert_refused(empty, Code::InvalidArgument, "BATCH_EMPTY", "events");
    let many = batch(&mut client, "audit", events("e", 0..1_025)).await;
    assert_refused(many, Code::InvalidArgument, "BATCH_TOO_LARGE", "events");
    let large = |count: u64| -> Vec<_> {
        let payload = Some(Payload::Plaintext(vec![7; (1 << 20) - 600].into()));
        events("large", 0..count)
            .into_iter()
            .map(|event| v1::Event {
                payload: payload.clone(),
                ..event
            })
            .collect()
    };
    let oversized = batch(&mut client, "audit", large(5)).await;
    assert_refused(oversized, Code::OutOfRange, "MESSAGE_TOO_LARGE", "");
    assert!(batch(&mut client, "audit", large(4)).await.is_ok());
    let missing = AppendRequest {
        ledger: "audit".into(),
        event: None,
        expected_sequence: None,
    };
    assert_refused(
        client.append(missing).await,
        Code::InvalidArgument,
        "INVALID_FIELD",
        "event",
    );
    assert_eq!(ledger(&mut client, "audit").await.size, 6);

    let message = |ledger: &str| AppendStreamRequest {
        ledger: ledger.into(),
        events: vec![event("a")],
    };
    let mut answers = client
        .append_stream(iter([message("")]))
        .await
        .unwrap()
        .into_inner();
    assert_refused(
        answers.message().await,
        Code::InvalidArgument,
        "INVALID_FIELD",
        "ledger",
    );
    let changed = iter([message("audit"), message("other")]);
    let mut answers = client.append_stream(changed).await.unwrap().into_inner();
    answers.message().await.unwrap().unwrap();
    assert_refused(
        answers.message().await,
        Code::InvalidArgument,
        "INVALID_FIELD",
        "ledger",
    );
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn conflicts_refuse_all_of_a_batch_and_say_what_differs() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    append(&mut client, "audit", event("a")).await.unwrap();
    let other = || v1::Event {
        subject: "other".into(),
        classification: "c".into(),
        ..event("a")
    };
    let status = append(&mut client, "audit", other()).await.unwrap_err();
    assert_eq!(
        refusal(&status),
        (Code::AlreadyExists, "EVENT_CONFLICT".into(), String::new())
    );
    let metadata = tonic_types::StatusExt::get_details_error_info(&status)
        .unwrap()
        .metadata;
    assert_eq!(metadata["sequence"], "2");
    assert_eq!(metadata["differs"], "classification,body");
    for (changed, differs) in [
        (
            v1::Event {
                r#type: "other".into(),
                ..event("a")
            },
            "type",
        ),
        (
            v1::Event {
                payload: None,
                ..event("a")
            },
            "payload",
        ),
        (
            v1::Event {
                actor: "somebody".into(),
                ..event("a")
            },
            "body",
        ),
    ] {
        let status = append(&mut client, "audit", changed).await.unwrap_err();
        let metadata = tonic_types::StatusExt::get_details_error_info(&status)
            .unwrap()
            .metadata;
        assert_eq!(metadata["differs"], differs);
    }
    let mixed = batch(&mut client, "audit", vec![event("b"), other(), event("c")]).await;
    assert_refused(mixed, Code::AlreadyExists, "EVENT_CONFLICT", "");
    let within = vec![
        event("b"),
        v1::Event {
            actor: "x".into(),
            ..event("b")
        },
    ];
    let status = batch(&mut client, "audit", within).await.unwrap_err();
    let metadata = tonic_types::StatusExt::get_details_error_info(&status)
        .unwrap()
        .metadata;
    assert_eq!(
        (status.code(), metadata["index"].as_str()),
        (Code::AlreadyExists, "1")
    );
    assert_eq!(
        ledger(&mut client, "audit").await.size,
        3,
        "a conflict refuses the whole batch"
    );
    let again = append(&mut client, "audit", event("b")).await.unwrap();
    assert_eq!((again.sequence, again.repeated), (3, false));

    let subject = v1::Event {
        data_subject: "person-7".into(),
        ..event("p")
    };
    let refused = append(&mut client, "audit", subject).await;
    assert_refused(
        refused,
        Code::FailedPrecondition,
        "DATA_SUBJECT_UNSUPPORTED",
        "",
    );
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_expected_sequence_aborts_and_names_the_right_one() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    let request = |id: &str, expected| AppendRequest {
        ledger: "audit".into(),
        event: Some(event(id)),
        expected_sequence: Some(expected),
    };
    let actual = |status: &Status| {
        tonic_types::StatusExt::get_details_error_info(status)
            .unwrap()
            .metadata["actual_sequence"]
            .clone()
    };
    for wrong in [1, 2, 77] {
        let status = client.append(request("a", wrong)).await.unwrap_err();
        assert_eq!(refusal(&status).1, "SEQUENCE_MISMATCH");
        assert_eq!(
            (status.code(), actual(&status)),
            (Code::Aborted, "0".to_owned())
        );
    }
    client.append(request("a", 0)).await.unwrap();
    // A repeat is answered whatever is expected: the first attempt may have succeeded.
    assert!(
        client
            .append(request("a", 0))
            .await
            .unwrap()
            .into_inner()
            .acknowledgement
            .unwrap()
            .repeated
    );
    let status = client.append(request("b", 0)).await.unwrap_err();
    assert_eq!(
        (status.code(), actual(&status)),
        (Code::Aborted, "2".to_owned())
    );
    client.append(request("b", 2)).await.unwrap();
    let request = AppendBatchRequest {
        ledger: "audit".into(),
        events: events("c", 0..2),
        expected_sequence: Some(2),
    };
    assert_refused(
        client.append_batch(request).await,
        Code::Aborted,
        "SEQUENCE_MISMATCH",
        "",
    );
    assert_eq!(ledger(&mut client, "audit").await.size, 4);

    // The epoch that a restart opens stands between, and is no client's event.
    daemon.stop();
    let daemon = Daemon::start(&place).await;
    let request = AppendRequest {
        ledger: "audit".into(),
        event: Some(event("d")),
        expected_sequence: Some(3),
    };
    let appended = daemon
        .client()
        .await
        .append(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(appended.acknowledgement.unwrap().sequence, 5);
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_and_selections_that_mean_nothing_are_refused() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    for name in [
        "",
        "Audit",
        "-a",
        "a b",
        "ä",
        "a/b",
        "a#1",
        &"x".repeat(65),
        "a\n",
    ] {
        let request = CreateLedgerRequest {
            name: name.into(),
            ..Default::default()
        };
        let refused = client.create_ledger(request).await;
        assert_refused(refused, Code::InvalidArgument, "INVALID_FIELD", "name");
    }
    let request = CreateLedgerRequest {
        name: "b".into(),
        request_id: "r".repeat(65),
        ..Default::default()
    };
    assert_refused(
        client.create_ledger(request).await,
        Code::InvalidArgument,
        "INVALID_FIELD",
        "request_id",
    );
    for key in [vec![1; 31], vec![0; 32], vec![0xff; 32]] {
        let request = CreateLedgerRequest {
            name: "b".into(),
            recovery_public_key: key.into(),
            ..Default::default()
        };
        let refused = client.create_ledger(request).await;
        assert_refused(
            refused,
            Code::InvalidArgument,
            "INVALID_FIELD",
            "recovery_public_key",
        );
    }
    for name in ["other", "localhost/audit/000000000000"] {
        assert_refused(
            append(&mut client, name, event("a")).await,
            Code::NotFound,
            "LEDGER_UNKNOWN",
            "",
        );
        let request = GetLedgerRequest {
            ledger: name.into(),
        };
        assert_refused(
            client.get_ledger(request).await,
            Code::NotFound,
            "LEDGER_UNKNOWN",
            "",
        );
    }
    let request = GetLedgerRequest {
        ledger: String::new(),
    };
    assert_refused(
        client.get_ledger(request).await,
        Code::InvalidArgument,
        "INVALID_FIELD",
        "ledger",
    );
    let request = GetEventRequest {
        ledger: "audit".into(),
        key: None,
        include_evidence: false,
    };
    assert_refused(
        client.get_event(request).await,
        Code::InvalidArgument,
        "INVALID_FIELD",
        "key",
    );

    let filter = EventFilter {
        from_time_unix_nano: 10,
        to_time_unix_nano: 9,
        ..Default::default()
    };
    let request = ListEventsRequest {
        ledger: "audit".into(),
        filter: Some(filter),
        ..Default::default()
    };
    let refused = client.list_events(request).await;
    assert_refused(
        refused,
        Code::InvalidArgument,
        "INVALID_FIELD",
        "filter.to_time_unix_nano",
    );
    let period = TimePeriod {
        from_unix_nano: u64::MAX,
        to_unix_nano: 0,
    };
    let request = ExportBundleRequest {
        ledger: "audit".into(),
        selection: Some(Selection::Period(period)),
        withhold_payloads: false,
    };
    let refused = match client.export_bundle(request).await {
        Ok(answer) => answer.into_inner().message().await.map(drop),
        Err(status) => Err(status),
    };
    assert_refused(refused, Code::OutOfRange, "SELECTION_EMPTY", "");
    let again = CreateLedgerRequest {
        name: "audit".into(),
        ..Default::default()
    };
    assert_refused(
        client.create_ledger(again).await,
        Code::AlreadyExists,
        "LEDGER_EXISTS",
        "",
    );
    append(&mut client, "audit", event("a")).await.unwrap();
    daemon.stop();
}

/// Sends bytes as they are.
#[derive(Clone, Copy, Default)]
struct Raw;

impl Codec for Raw {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        *self
    }

    fn decoder(&mut self) -> Self {
        *self
    }
}

impl Encoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put_slice(&item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(buffer.copy_to_bytes(buffer.remaining())))
    }
}

async fn send_raw(daemon: &Daemon, method: &str, bytes: &[u8]) -> Result<(), Status> {
    let mut client = tonic::client::Grpc::new(daemon.connect().await);
    client.ready().await.unwrap();
    let path = PathAndQuery::try_from(format!("/indelible.v1.LedgerService/{method}")).unwrap();
    let request = Request::new(Bytes::copy_from_slice(bytes));
    client.unary(request, path, Raw).await.map(drop)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bytes_that_are_no_message_are_refused() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    // Field 1, a text of three bytes, one of which UTF-8 never has.
    let name = b"\x0a\x03a\xffb";
    // Field 1, "audit"; field 2, an event whose id is that.
    let event_id = b"\x0a\x05audit\x12\x05\x0a\x03a\xffb";
    for (method, bytes) in [
        ("GetLedger", name.as_slice()),
        ("CreateLedger", name),
        ("Append", event_id),
        ("AppendBatch", event_id),
        ("Append", b"\x0a\xff"),
        ("Append", b"\xff\xff\xff\xff"),
    ] {
        let outcome = send_raw(&daemon, method, bytes).await;
        assert_refused(outcome, Code::InvalidArgument, "MALFORMED_MESSAGE", "");
    }
    let unknown = send_raw(&daemon, "Destroy", b"").await;
    assert_refused(unknown, Code::Unimplemented, "METHOD_UNKNOWN", "");
    assert_eq!(ledger(&mut client, "audit").await.size, 2);
    daemon.stop();
}

#[test]
fn only_loopback_addresses_are_listened_on() {
    let place = Place::new();
    for address in [
        "0.0.0.0:0",
        "[::]:0",
        "192.0.2.1:7311",
        "localhost:7311",
        "127.0.0.1",
    ] {
        let output = Command::new(INDELIBLE)
            .args(["serve", "--listen", address, "--data"])
            .arg(place.data())
            .arg("--passphrase-file")
            .arg(place.passphrase())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(
            !place.data().exists(),
            "{address}: something was done all the same"
        );
        assert!(
            String::from_utf8_lossy(&output.stderr).contains("loopback") || !address.contains(":0")
        );
    }
}
