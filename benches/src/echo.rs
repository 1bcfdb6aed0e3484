//! A server that answers appends without doing anything: what gRPC alone allows on this machine.
//!
//! It decodes the very requests that the daemon decodes and encodes the very answers,
//! through tonic with its own codec. `indelible bench` can't tell it from a daemon.

use std::{
    convert::Infallible,
    future::Future,
    net::SocketAddr,
    pin::Pin,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    task::{Context, Poll},
};

use indelible_proto::{
    time::timestamp,
    v1::{
        AcknowledgedRange, Acknowledgement, AppendBatchRequest, AppendBatchResponse, AppendRequest,
        AppendResponse, AppendStreamRequest, AppendStreamResponse, CreateLedgerRequest,
        CreateLedgerResponse, GetLedgerRequest, GetLedgerResponse, Ledger,
    },
};
use prost::Message;
use tokio_stream::StreamExt;
use tonic::{
    Request, Response, Status, Streaming,
    body::Body,
    codegen::http,
    server::{Grpc, NamedService},
    transport::Server,
};
use tonic_prost::ProstCodec;
use tower::service_fn;

/// Serves until it is ended from outside.
pub(crate) fn serve(address: SocketAddr) -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let server = Server::builder()
        .tcp_nodelay(true)
        .add_service(Echo)
        .add_service(Collector)
        .serve(address);
    Ok(runtime.block_on(server)?)
}

/// Numbers that acknowledgements carry, so that they are as long as real ones.
static NEXT: AtomicU64 = AtomicU64::new(1 << 20);
const TIME: u64 = 1_790_000_000_000_000_000;
const HASH: [u8; 32] = [7; 32];

/// Takes traces over OTLP and keeps nothing of them.
#[derive(Clone)]
struct Collector;

impl NamedService for Collector {
    const NAME: &'static str = "opentelemetry.proto.collector.trace.v1.TraceService";
}

impl tower::Service<http::Request<Body>> for Collector {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Answer;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Answer {
        unary(request, |_spans: ()| ())
    }
}

#[derive(Clone)]
struct Echo;

impl NamedService for Echo {
    const NAME: &'static str = "indelible.v1.LedgerService";
}

type Answer = Pin<Box<dyn Future<Output = Result<http::Response<Body>, Infallible>> + Send>>;

impl tower::Service<http::Request<Body>> for Echo {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Answer;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Answer {
        let method = request.uri().path().rsplit('/').next().unwrap_or_default();
        match method {
            "Append" => unary(request, append),
            "AppendBatch" => unary(request, append_batch),
            "AppendStream" => stream(request),
            "CreateLedger" => unary(request, |_: CreateLedgerRequest| CreateLedgerResponse {
                ledger: Some(Ledger::default()),
            }),
            "GetLedger" => unary(request, |_: GetLedgerRequest| GetLedgerResponse {
                ledger: Some(Ledger::default()),
            }),
            _ => Box::pin(async { Ok(Status::unimplemented("an echo").into_http()) }),
        }
    }
}

fn unary<A, B>(request: http::Request<Body>, answer: fn(A) -> B) -> Answer
where
    A: Message + Default + 'static,
    B: Message + Default + 'static,
{
    Box::pin(async move {
        let service = service_fn(move |request: Request<A>| async move {
            Ok::<_, Status>(Response::new(answer(request.into_inner())))
        });
        Ok(Grpc::new(ProstCodec::default())
            .unary(service, request)
            .await)
    })
}

fn stream(request: http::Request<Body>) -> Answer {
    Box::pin(async move {
        let service = service_fn(
            |request: Request<Streaming<AppendStreamRequest>>| async move {
                let mut message_index = 0;
                let answers = request.into_inner().map(move |message| {
                    let answer = message.map(|message| AppendStreamResponse {
                        message_index,
                        appended: Some(range(message.events.len())),
                        repeats: Vec::new(),
                    });
                    message_index += 1;
                    answer
                });
                Ok::<_, Status>(Response::new(answers))
            },
        );
        Ok(Grpc::new(ProstCodec::default())
            .streaming(service, request)
            .await)
    })
}

fn append(request: AppendRequest) -> AppendResponse {
    drop(request);
    let sequence = NEXT.fetch_add(1, Relaxed);
    AppendResponse {
        acknowledgement: Some(Acknowledgement {
            sequence,
            recorded_time: Some(timestamp(TIME)),
            chain_hash: HASH.to_vec().into(),
            tree_size: sequence + 1,
            ..Default::default()
        }),
    }
}

fn append_batch(request: AppendBatchRequest) -> AppendBatchResponse {
    AppendBatchResponse {
        appended: Some(range(request.events.len())),
        repeats: Vec::new(),
    }
}

fn range(events: usize) -> AcknowledgedRange {
    let first_sequence = NEXT.fetch_add(events as u64, Relaxed);
    AcknowledgedRange {
        first_sequence,
        count: events as u32,
        recorded_time: Some(timestamp(TIME)),
        chain_hash: HASH.to_vec().into(),
        tree_size: first_sequence + events as u64,
    }
}
