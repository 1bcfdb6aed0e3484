//! Sends spans to the collector, in batches, and drops what it can't send.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use indelible_meters::Counter;
use tokio::sync::mpsc;
use tonic::{
    Request,
    client::Grpc,
    codegen::http::uri::PathAndQuery,
    transport::{Channel, ClientTlsConfig, Endpoint},
};
use tonic_prost::ProstCodec;

use super::otlp::{EXPORT, ExportRequest, ExportResponse, Span};
use crate::{
    config::Traces,
    limits::{TRACED_CALLS_AHEAD_MAX, TRACED_CALLS_OF_A_BATCH_MAX, TRACES_SECONDS_MAX},
};

/// How long is waited after a batch that could not be sent; twice as long each further time, up to the last.
const PAUSE_FIRST: Duration = Duration::from_secs(1);
const PAUSE_LAST: Duration = Duration::from_secs(30);
/// What makes two numbers that follow each other differ in all their bits (splitmix64).
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
const MILLION: u64 = 1_000_000;

static SENT: Counter = Counter::new();
static DROPPED: Counter = Counter::new();

/// How many spans the collector took, and how many it never got.
pub(crate) struct Counts {
    pub(crate) sent: u64,
    pub(crate) dropped: u64,
}

/// Both since the start.
pub(crate) fn counts() -> Counts {
    Counts {
        sent: SENT.get(),
        dropped: DROPPED.get(),
    }
}

/// The way to the collector.
pub(super) struct Sending {
    queue: mpsc::Sender<Vec<Span>>,
    per_million: u64,
    draws: AtomicU64,
}

impl Sending {
    /// Starts to send, in a task of its own. Nothing is connected before there is something to send.
    ///
    /// # Errors
    /// If the address is not one that can be connected to.
    pub(super) fn start(traces: &Traces) -> Result<Self, tonic::transport::Error> {
        let patience = Duration::from_secs(TRACES_SECONDS_MAX);
        let endpoint = Endpoint::from_shared(traces.endpoint.clone())?
            .connect_timeout(patience)
            .timeout(patience);
        let endpoint = match traces.endpoint.starts_with("https://") {
            true => endpoint.tls_config(ClientTlsConfig::new().with_native_roots())?,
            false => endpoint,
        };
        let (queue, waiting) = mpsc::channel(TRACED_CALLS_AHEAD_MAX);
        tokio::spawn(send(endpoint.connect_lazy(), waiting));
        let mut seed = [0; 8];
        // Ids need not be secret, and a clock is as good where there is no randomness.
        if getrandom::fill(&mut seed).is_err() {
            seed = crate::issuers::now().to_le_bytes();
        }
        Ok(Self {
            queue,
            per_million: traces.per_million.into(),
            draws: AtomicU64::new(u64::from_le_bytes(seed)),
        })
    }

    /// Whether a call of which its caller says nothing is traced.
    pub(super) fn is_drawn(&self) -> bool {
        self.draw() % MILLION < self.per_million
    }

    /// An id: any number but 0.
    pub(super) fn id<const N: usize>(&self) -> [u8; N] {
        let mut id = [0; N];
        for part in id.chunks_mut(8) {
            part.copy_from_slice(&self.draw().max(1).to_le_bytes()[..part.len()]);
        }
        id
    }

    fn draw(&self) -> u64 {
        let mut drawn = self.draws.fetch_add(STEP, Ordering::Relaxed);
        drawn = (drawn ^ (drawn >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        drawn = (drawn ^ (drawn >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        drawn ^ (drawn >> 31)
    }

    /// Hands over the spans of a call, if there is room for them. Never waits.
    pub(super) fn offer(&self, spans: Vec<Span>) {
        let count = spans.len() as u64;
        if self.queue.try_send(spans).is_err() {
            DROPPED.add(count);
        }
    }
}

/// Sends batches for as long as the process lives. While the collector does not take them, they are dropped.
async fn send(channel: Channel, mut waiting: mpsc::Receiver<Vec<Span>>) {
    let (mut calls, mut pause) = (Vec::new(), PAUSE_FIRST);
    while waiting
        .recv_many(&mut calls, TRACED_CALLS_OF_A_BATCH_MAX)
        .await
        > 0
    {
        let spans: Vec<_> = calls.drain(..).flatten().collect();
        let count = spans.len() as u64;
        match export(channel.clone(), spans).await {
            Ok(()) => {
                if pause > PAUSE_FIRST {
                    tracing::info!("the collector takes traces again");
                }
                pause = PAUSE_FIRST;
                SENT.add(count);
            }
            Err(status) => {
                DROPPED.add(count);
                if pause == PAUSE_FIRST {
                    let code = i32::from(status.code());
                    tracing::warn!(
                        code,
                        "the collector does not take traces; they are dropped until it does"
                    );
                }
                pause = PAUSE_LAST.min(pause * 2);
                tokio::time::sleep(pause).await;
            }
        }
    }
}

async fn export(channel: Channel, spans: Vec<Span>) -> Result<(), tonic::Status> {
    let mut client = Grpc::new(channel);
    let ready = client.ready().await;
    ready.map_err(|error| tonic::Status::unavailable(error.to_string()))?;
    let codec = ProstCodec::<ExportRequest, ExportResponse>::default();
    let request = Request::new(ExportRequest::of(spans));
    let path = PathAndQuery::from_static(EXPORT);
    client.unary(request, path, codec).await.map(drop)
}
