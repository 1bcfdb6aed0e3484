//! What clients get wrong, by mistake or on purpose, around their events: batches, names, selections, bytes. Each
//! gets a precise error, nothing of it is kept, and the daemon goes on.

use std::process::Command;

use bytes::{Buf as _, BufMut as _, Bytes};
use indelible_proto::{
    time::{Timestamp, timestamp},
    v1::{
        self, AppendRequest, AppendStreamRequest, CreateLedgerRequest, ErrorReason,
        ExportBundleRequest, GetLedgerRequest, GetRecordRequest, ListEventsRequest,
        RecordSelection, SequenceRange, TimeRange, event::Payload, record_selection::Bounds,
    },
};
use tokio_stream::iter;
use tonic::{
    Code, Request, Status,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    codegen::http::uri::PathAndQuery,
};

use crate::support::{
    calls::{append, assert_refused, batch, create, event, events, ledger},
    daemon::{Daemon, INDELIBLE},
    place::Place,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_batches_and_messages_are_refused_whole() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    let empty = batch(&mut client, "audit", Vec::new()).await;
    assert_refused(
        empty,
        Code::InvalidArgument,
        ErrorReason::BatchEmpty,
        "events",
    );
    let many = batch(&mut client, "audit", events("e", 0..1_025)).await;
    assert_refused(
        many,
        Code::InvalidArgument,
        ErrorReason::BatchTooLarge,
        "events",
    );
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
    assert_refused(
        oversized,
        Code::OutOfRange,
        ErrorReason::MessageTooLarge,
        "",
    );
    assert!(batch(&mut client, "audit", large(4)).await.is_ok());
    let missing = AppendRequest {
        ledger: "audit".into(),
        event: None,
        expected_sequence: None,
    };
    assert_refused(
        client.append(missing).await,
        Code::InvalidArgument,
        ErrorReason::FieldInvalid,
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
        ErrorReason::FieldInvalid,
        "ledger",
    );
    let changed = iter([message("audit"), message("other")]);
    let mut answers = client.append_stream(changed).await.unwrap().into_inner();
    answers.message().await.unwrap().unwrap();
    assert_refused(
        answers.message().await,
        Code::InvalidArgument,
        ErrorReason::FieldInvalid,
        "ledger",
    );
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
        assert_refused(
            refused,
            Code::InvalidArgument,
            ErrorReason::FieldInvalid,
            "name",
        );
    }
    let request = CreateLedgerRequest {
        name: "b".into(),
        request_id: "r".repeat(65),
        ..Default::default()
    };
    assert_refused(
        client.create_ledger(request).await,
        Code::InvalidArgument,
        ErrorReason::FieldInvalid,
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
            ErrorReason::FieldInvalid,
            "recovery_public_key",
        );
    }
    for name in ["other", "localhost/audit/000000000000"] {
        assert_refused(
            append(&mut client, name, event("a")).await,
            Code::NotFound,
            ErrorReason::LedgerUnknown,
            "",
        );
        let request = GetLedgerRequest {
            ledger: name.into(),
        };
        assert_refused(
            client.get_ledger(request).await,
            Code::NotFound,
            ErrorReason::LedgerUnknown,
            "",
        );
    }
    let request = GetLedgerRequest {
        ledger: String::new(),
    };
    assert_refused(
        client.get_ledger(request).await,
        Code::InvalidArgument,
        ErrorReason::FieldInvalid,
        "ledger",
    );
    let request = GetRecordRequest {
        ledger: "audit".into(),
        record: None,
        include_evidence: false,
        open_sealed: false,
        ..Default::default()
    };
    assert_refused(
        client.get_record(request).await,
        Code::InvalidArgument,
        ErrorReason::FieldInvalid,
        "record",
    );

    let selection = |bounds, as_of_size| {
        Some(RecordSelection {
            bounds: Some(bounds),
            as_of_size,
        })
    };
    let times = |start, end| {
        Bounds::RecordedTimeRange(TimeRange {
            start: Some(timestamp(start)),
            end,
        })
    };
    let numbers = |start, end| Bounds::SequenceRange(SequenceRange { start, end });
    let before_all = Bounds::RecordedTimeRange(TimeRange {
        start: None,
        end: Some(Timestamp {
            seconds: -1,
            nanos: 0,
        }),
    });
    for (bounds, field) in [
        (
            times(10, Some(timestamp(9))),
            "selection.recorded_time_range.end",
        ),
        (before_all, "selection.recorded_time_range.end"),
        (numbers(5, 5), "selection.sequence_range.end"),
    ] {
        let request = ListEventsRequest {
            ledger: "audit".into(),
            selection: selection(bounds, 0),
            ..Default::default()
        };
        let refused = client.list_events(request).await;
        assert_refused(
            refused,
            Code::InvalidArgument,
            ErrorReason::FieldInvalid,
            field,
        );
    }
    let request = ListEventsRequest {
        ledger: "audit".into(),
        selection: selection(numbers(0, 0), 1_000),
        ..Default::default()
    };
    assert_refused(
        client.list_events(request).await,
        Code::OutOfRange,
        ErrorReason::SizeOutOfRange,
        "",
    );
    let request = ExportBundleRequest {
        ledger: "audit".into(),
        selection: selection(numbers(0, 0), 1),
        ..Default::default()
    };
    assert_refused(
        client.export_bundle(request).await.map(drop),
        Code::InvalidArgument,
        ErrorReason::FieldInvalid,
        "selection.as_of_size",
    );
    let request = ExportBundleRequest {
        ledger: "audit".into(),
        selection: selection(times(u64::MAX, None), 0),
        withhold_payloads: false,
        without_archived: false,
        disclose_keys: false,
        purpose: String::new(),
    };
    let refused = match client.export_bundle(request).await {
        Ok(answer) => answer.into_inner().message().await.map(drop),
        Err(status) => Err(status),
    };
    assert_refused(refused, Code::OutOfRange, ErrorReason::SelectionEmpty, "");
    let again = CreateLedgerRequest {
        name: "audit".into(),
        ..Default::default()
    };
    assert_refused(
        client.create_ledger(again).await,
        Code::AlreadyExists,
        ErrorReason::LedgerExists,
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
        assert_refused(
            outcome,
            Code::InvalidArgument,
            ErrorReason::MessageMalformed,
            "",
        );
    }
    let unknown = send_raw(&daemon, "Destroy", b"").await;
    assert_refused(unknown, Code::Unimplemented, ErrorReason::MethodUnknown, "");
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
