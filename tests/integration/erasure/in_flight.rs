//! Decrypted records that are on their way when their subject is erased: clients that don't read get none of them after
//! the erasure was called complete, but for what the transport had taken, which is counted.

use std::time::Duration;

use bytes::{Buf as _, Bytes, BytesMut};
use h2::{RecvStream, client::SendRequest};
use indelible_proto::v1::{
    ErrorReason, FollowRecordsRequest, FollowRecordsResponse, GetRecordRequest, ListEventsRequest,
    get_record_request::Record,
};
use prost::Message;
use tokio::{net::TcpStream, sync::oneshot};
use tonic::{Code, Status, codegen::http};

use super::filled;
use crate::support::{
    calls::{batch, refusal},
    daemon::Daemon,
    keys::{erase, event_of},
    place::Place,
};

/// Streams that nobody reads.
const FOLLOWS: usize = 5;
/// The daemon's `OPENED_PIECE_BYTES_MAX`.
const PIECE_BYTES_MAX: usize = 16 * 1_024;

/// A connection whose streams have no window until somebody opens them.
struct Closed {
    calls: SendRequest<Bytes>,
    open: oneshot::Sender<()>,
}

impl Closed {
    async fn to(daemon: &Daemon) -> Self {
        let address = daemon.address().trim_start_matches("http://");
        let socket = TcpStream::connect(address).await.unwrap();
        let (calls, mut connection) = h2::client::Builder::new()
            .initial_window_size(0)
            .initial_connection_window_size(64 << 20)
            .handshake(socket)
            .await
            .unwrap();
        let (open, mut opened) = oneshot::channel();
        tokio::spawn(async move {
            tokio::select! {
                ended = &mut connection => ended.unwrap(),
                asked = &mut opened => {
                    if asked.is_ok() {
                        connection.set_initial_window_size(16 << 20).unwrap();
                    }
                    // It ends when the test drops its streams.
                    let _ended = connection.await;
                }
            }
        });
        Self { calls, open }
    }

    /// Makes a call, and returns the answer's body once its headers are there.
    async fn call(&mut self, method: &str, request: &impl Message) -> RecvStream {
        let head = http::Request::post(format!(
            "http://localhost/indelible.v1.LedgerService/{method}"
        ))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body(())
        .unwrap();
        let mut message = vec![0];
        message.extend_from_slice(&(request.encoded_len() as u32).to_be_bytes());
        request.encode(&mut message).unwrap();
        let mut calls = self.calls.clone().ready().await.unwrap();
        let (answer, mut body) = calls.send_request(head, false).unwrap();
        body.send_data(message.into(), true).unwrap();
        answer.await.unwrap().into_body()
    }
}

/// What was left of an answer: its bytes and how it ended.
async fn rest(mut body: RecvStream) -> (BytesMut, Status) {
    let mut bytes = BytesMut::new();
    while let Some(chunk) = body.data().await {
        let chunk = chunk.unwrap();
        body.flow_control().release_capacity(chunk.len()).unwrap();
        bytes.extend_from_slice(&chunk);
    }
    let trailers = body.trailers().await.unwrap().unwrap();
    (bytes, Status::from_header_map(&trailers).unwrap())
}

/// The whole messages in the bytes of an answer.
fn messages(mut bytes: BytesMut) -> Vec<Bytes> {
    let mut messages = Vec::new();
    while bytes.len() >= 5 {
        let length = u32::from_be_bytes(bytes[1..5].try_into().unwrap()) as usize;
        if bytes.len() < 5 + length {
            break;
        }
        bytes.advance(5);
        messages.push(bytes.split_to(length).freeze());
    }
    messages
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_for_clients_that_do_not_read_never_arrives_once_its_subject_is_erased() {
    let place = Place::new();
    let (daemon, mut client, mut keys, _named) = filled(&place).await;
    for first in (0..3_000).step_by(1_000) {
        let numbers = first..first + 1_000;
        let events = numbers.map(|number| event_of("erika", &format!("more{number}")));
        batch(&mut client, "audit", events.collect()).await.unwrap();
    }
    let mut closed = Closed::to(&daemon).await;
    let follow = |open_sealed| FollowRecordsRequest {
        ledger: "audit".into(),
        open_sealed,
        ..Default::default()
    };
    let mut bodies = Vec::new();
    for _ in 0..FOLLOWS {
        bodies.push(closed.call("FollowRecords", &follow(true)).await);
    }
    let list = ListEventsRequest {
        ledger: "audit".into(),
        page_size: 1_000,
        open_sealed: true,
        ..Default::default()
    };
    bodies.push(closed.call("ListEvents", &list).await);
    let get = GetRecordRequest {
        ledger: "audit".into(),
        record: Some(Record::Sequence(2)),
        open_sealed: true,
        ..Default::default()
    };
    bodies.push(closed.call("GetRecord", &get).await);
    // What is not decrypted is not ended.
    let mut sealed = client
        .follow_records(follow(false))
        .await
        .unwrap()
        .into_inner();
    tokio::time::sleep(Duration::from_millis(300)).await;

    let erased = erase(&mut keys, "audit", "erika").await.unwrap();
    assert!(erased.complete);
    let in_transit = erased.answers_in_transit;
    assert_eq!(in_transit, bodies.len() as u64);
    // They are counted once.
    let again = erase(&mut keys, "audit", "max").await.unwrap();
    assert_eq!(again.answers_in_transit, 0);

    closed.open.send(()).unwrap();
    let mut arrived = 0;
    for (place, body) in bodies.into_iter().enumerate() {
        let (bytes, status) = rest(body).await;
        arrived += u64::from(!bytes.is_empty());
        assert!(bytes.len() <= PIECE_BYTES_MAX, "{place}: {}", bytes.len());
        let ended = (
            Code::Aborted,
            Some(ErrorReason::DataKeyErased),
            String::new(),
        );
        assert_eq!(refusal(&status), ended, "{place}");
        let whole = messages(bytes);
        if place < FOLLOWS {
            let records = whole
                .into_iter()
                .flat_map(|message| FollowRecordsResponse::decode(message).unwrap().records);
            assert_eq!(records.count(), 0, "no follower gets a whole message");
        }
    }
    assert!(arrived <= in_transit, "{arrived} of {in_transit}");

    let mut seen = 0;
    while seen < 3_007 {
        seen += sealed.message().await.unwrap().unwrap().records.len();
    }
    daemon.stop();
}
