//! Traces: what a collector is sent, and what becomes of calls where it does not take it.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use bytes::{Buf as _, Bytes};
use h2::server;
use prost::Message as _;
use tokio::net::TcpListener;
use tonic::{Request, codegen::http::Response};

use crate::support::{
    calls::{append, create, event},
    daemon::{Daemon, serve},
    place::Place,
};

const PATIENCE: Duration = Duration::from_secs(20);
const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const PARENT: &str = "b7ad6b7169203331";

/// As much of OTLP as is looked at here.
#[derive(Clone, PartialEq, prost::Message)]
struct Export {
    #[prost(message, repeated, tag = "1")]
    resource_spans: Vec<ResourceSpans>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct ResourceSpans {
    #[prost(message, repeated, tag = "2")]
    scope_spans: Vec<ScopeSpans>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct ScopeSpans {
    #[prost(message, repeated, tag = "2")]
    spans: Vec<Span>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Span {
    #[prost(bytes = "vec", tag = "1")]
    trace_id: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    span_id: Vec<u8>,
    #[prost(bytes = "vec", tag = "4")]
    parent_span_id: Vec<u8>,
    #[prost(string, tag = "5")]
    name: String,
    #[prost(int32, tag = "6")]
    kind: i32,
    #[prost(fixed64, tag = "7")]
    start_time_unix_nano: u64,
    #[prost(fixed64, tag = "8")]
    end_time_unix_nano: u64,
}

/// A collector that keeps what it is sent.
#[derive(Clone, Default)]
struct Collector {
    spans: Arc<Mutex<Vec<Span>>>,
    bytes: Arc<Mutex<Vec<u8>>>,
}

impl Collector {
    /// Answers at a port of this machine.
    async fn start() -> (Self, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let collector = Self::default();
        let kept = collector.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let kept = kept.clone();
                tokio::spawn(async move { kept.converse(stream).await });
            }
        });
        (collector, address)
    }

    async fn converse(self, stream: tokio::net::TcpStream) {
        let Ok(mut connection) = server::handshake(stream).await else {
            return;
        };
        while let Some(Ok((request, mut respond))) = connection.accept().await {
            let kept = self.clone();
            tokio::spawn(async move {
                let mut body = request.into_body();
                let mut bytes = Vec::new();
                while let Some(Ok(piece)) = body.data().await {
                    let _gone = body.flow_control().release_capacity(piece.len());
                    bytes.extend(piece);
                }
                kept.take(&bytes);
                let answer = Response::builder()
                    .header("content-type", "application/grpc")
                    .body(())
                    .unwrap();
                let mut stream = respond.send_response(answer, false).unwrap();
                stream
                    .send_data(Bytes::from_static(&[0; 5]), false)
                    .unwrap();
                let mut trailers = tonic::codegen::http::HeaderMap::new();
                trailers.insert("grpc-status", "0".parse().unwrap());
                stream.send_trailers(trailers).unwrap();
            });
        }
    }

    fn take(&self, mut bytes: &[u8]) {
        self.bytes.lock().unwrap().extend(bytes);
        bytes.advance(5);
        let export = Export::decode(bytes).unwrap();
        let scopes = export
            .resource_spans
            .into_iter()
            .flat_map(|of| of.scope_spans);
        let spans = scopes.flat_map(|scope| scope.spans);
        self.spans.lock().unwrap().extend(spans);
    }

    /// Waits for a span of this name.
    async fn of(&self, name: &str) -> Span {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let found = self
                .spans
                .lock()
                .unwrap()
                .iter()
                .find(|span| span.name == name)
                .cloned();
            if let Some(span) = found {
                return span;
            }
            assert!(Instant::now() < deadline, "no span {name}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_traced_append_is_told_with_its_stages_and_in_the_trace_of_its_caller() {
    let (collector, address) = Collector::start().await;
    let place = Place::new();
    let mut command = serve(&place);
    command.env("INDELIBLE__TRACES__ENDPOINT", &address);
    let mut daemon = Daemon::spawn(command, &place).unwrap();
    daemon.await_serving().await;
    let mut client = daemon.client().await;
    create(&mut client, "confidential").await;
    // Nobody said that this one is traced, and none is drawn.
    append(&mut client, "confidential", event("quiet"))
        .await
        .unwrap();
    let mut request = Request::new(indelible_proto::v1::AppendRequest {
        ledger: "confidential".into(),
        event: Some(event("canary-of-an-id")),
        ..Default::default()
    });
    let said = format!("00-{TRACE}-{PARENT}-01");
    request
        .metadata_mut()
        .insert("traceparent", said.parse().unwrap());
    client.append(request).await.unwrap();

    let call = collector.of("LedgerService/Append").await;
    assert_eq!(hex(&call.trace_id), TRACE);
    assert_eq!(hex(&call.parent_span_id), PARENT);
    assert_eq!(call.kind, 2, "a server's");
    let mut ends = BTreeMap::new();
    for name in ["queue", "sign", "commit", "anchor"] {
        let stage = collector.of(name).await;
        assert_eq!(hex(&stage.trace_id), TRACE);
        assert_eq!(
            stage.parent_span_id, call.span_id,
            "{name} is within the call"
        );
        assert!(stage.start_time_unix_nano <= stage.end_time_unix_nano);
        ends.insert(stage.end_time_unix_nano, name);
    }
    let order: Vec<_> = ends.into_values().collect();
    assert_eq!(order.last(), Some(&"anchor"), "{order:?}");
    let calls = collector.spans.lock().unwrap().clone();
    let appends = calls
        .iter()
        .filter(|span| span.name == "LedgerService/Append");
    assert_eq!(appends.count(), 1, "the other one is not traced");
    let sent = String::from_utf8_lossy(&collector.bytes.lock().unwrap()).into_owned();
    for client_text in ["confidential", "canary-of-an-id", "urn:test"] {
        assert!(!sent.contains(client_text), "{client_text}");
    }
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_that_is_away_or_says_nothing_costs_no_append_anything() {
    // It takes connections, and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", silent.local_addr().unwrap());
    let place = Place::new();
    let mut command = serve(&place);
    command
        .args(["--metrics", "127.0.0.1:0"])
        .env("INDELIBLE__TRACES__ENDPOINT", &address)
        .env("INDELIBLE__TRACES__RATIO", "1.0");
    let mut daemon = Daemon::spawn(command, &place).unwrap();
    daemon.await_serving().await;
    let mut client = daemon.client().await;
    create(&mut client, "l").await;
    // More than wait for the collector.
    let began = Instant::now();
    for number in 0..3_000 {
        append(&mut client, "l", event(&number.to_string()))
            .await
            .unwrap();
    }
    let log = daemon.log();
    let line = log
        .lines()
        .find(|line| line.contains("metrics are at"))
        .unwrap();
    let metrics = line.rsplit_once("address=").unwrap().1.trim();
    let scrape = super::metrics::scrape::Scrape::of(metrics, super::metrics::scrape::Form::Text);
    let dropped = scrape.value("indelible_trace_spans_total{outcome=\"dropped\"}");
    assert!(
        dropped > 0.0,
        "after {:?}: {}",
        began.elapsed(),
        scrape.text
    );
    assert_eq!(
        scrape.value("indelible_trace_spans_total{outcome=\"sent\"}"),
        0.0
    );
    daemon.stop();
}
