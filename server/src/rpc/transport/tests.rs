//! Peers that send without end, do not read, or say nothing: over h2's own client, without a socket.

mod answers;
mod calls;
mod messages;
mod peers;

use std::{
    convert::Infallible,
    future::{Future, poll_fn},
    net::Ipv4Addr,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::{Duration, Instant},
};

use bytes::Bytes;
use h2::client::{Builder, ResponseFuture, SendRequest};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::{
    sync::{Notify, watch},
    task::JoinHandle,
};
use tonic::{
    Code, Status,
    body::Body,
    codegen::{
        Service,
        http::{HeaderMap, Request, Response},
    },
};
use tonic_types::StatusExt as _;

use super::{
    Bearers, Presented,
    budget::{Budget, Share},
    connection,
    connection::Arrival,
    deadlines::Deadlines,
    peer::Peer,
    room::Room,
};
use crate::{
    config::Buffers,
    issuers::Issuers,
    limits::{CONNECTION_ANSWER_BYTES_MAX, CONNECTION_MESSAGE_BYTES_MAX, REQUEST_BYTES_MAX},
    rpc::blocking::{blocking, making_page},
    tokens::OwnTokens,
};
use indelible_proto::v1::ErrorReason;

const PAGE_BYTES: usize = 3 << 20;
/// Of a page that is given in pieces.
const PIECE_BYTES: usize = 16 << 10;
const MIB: usize = 1 << 20;
/// Longer than any deadline of a test that is not about it.
const LONG: Duration = Duration::from_secs(60);

const BUFFERS: Buffers = Buffers {
    messages: 32 * MIB,
    small_messages: 16 * MIB,
    answers: 40 * MIB,
    small_answers: 16 * MIB,
    windows: 24 * MIB,
    pages_at_once: 2,
    calls: 8 * MIB,
    waiting_calls: MIB,
};

/// Answers a list with a page, and anything else once it has read all of the request.
#[derive(Clone, Default)]
struct Services {
    called: Arc<AtomicUsize>,
    /// Where work on another thread waits for its end.
    work: Arc<Mutex<()>>,
}

impl Service<Request<Body>> for Services {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        self.called.fetch_add(1, Ordering::SeqCst);
        let work = Arc::clone(&self.work);
        Box::pin(async move {
            if request.uri().path().ends_with("GetRecord") {
                let worked = blocking(move || {
                    drop(work.lock());
                    Ok(())
                });
                return Ok(worked
                    .await
                    .map_or_else(|refused| refused, |()| Status::ok(""))
                    .into_http());
            }
            if request.uri().path().ends_with("QueryProjection") {
                return Ok(Response::new(Body::new(Pieces::of_a_page())));
            }
            if request.uri().path().ends_with("ListEvents") {
                let page = Bytes::from(vec![7; PAGE_BYTES]);
                return Ok(Response::new(Body::new(Full::new(page))));
            }
            let answer = match request.into_body().collect().await {
                Ok(_) => Status::ok(""),
                Err(refused) => refused,
            };
            Ok(answer.into_http())
        })
    }
}

/// A page that is given in pieces of one buffer.
struct Pieces(Bytes);

impl Pieces {
    fn of_a_page() -> Self {
        Self(Bytes::from(vec![7; PAGE_BYTES]))
    }
}

impl HttpBody for Pieces {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let bytes = self.0.len().min(PIECE_BYTES);
        let piece = self.0.split_to(bytes);
        Poll::Ready((bytes > 0).then(|| Ok(Frame::data(piece))))
    }

    fn size_hint(&self) -> SizeHint {
        let mut hint = SizeHint::default();
        hint.set_lower(self.0.len() as u64);
        hint
    }
}

/// A connection between a client and the services.
struct Rig {
    client: SendRequest<Bytes>,
    ended: JoinHandle<Result<(), h2::Error>>,
    /// Opens the windows of all streams.
    open: Arc<Notify>,
    services: Services,
    peer: Arc<Peer>,
    _stop: watch::Sender<bool>,
}

impl Rig {
    async fn new(window: u32, deadlines: Deadlines) -> Self {
        let peer = peer(&Budget::new(BUFFERS), anybody(), deadlines);
        Self::of(peer, window).await
    }

    async fn of(peer: Arc<Peer>, window: u32) -> Self {
        let (ours, theirs) = tokio::io::duplex(1 << 16);
        let (stop, stopped) = watch::channel(false);
        let services = Services::default();
        tokio::spawn(connection::serve(
            theirs,
            Arrival {
                accepted: tokio::time::Instant::now(),
                activity: Arc::default(),
                standing: None,
            },
            Arc::clone(&peer),
            services.clone(),
            stopped,
        ));
        let (client, mut connection) = Builder::new()
            .initial_window_size(window)
            .initial_connection_window_size(1 << 24)
            .handshake(ours)
            .await
            .unwrap();
        let open = Arc::new(Notify::new());
        let opened = Arc::clone(&open);
        let ended = tokio::spawn(async move {
            tokio::select! {
                ended = &mut connection => return ended,
                () = opened.notified() => {}
            }
            connection.set_initial_window_size(1 << 20)?;
            connection.await
        });
        Self {
            client,
            ended,
            open,
            services,
            peer,
            _stop: stop,
        }
    }

    async fn call(&mut self, method: &str, ends: bool) -> (ResponseFuture, h2::SendStream<Bytes>) {
        poll_fn(|context| self.client.poll_ready(context))
            .await
            .unwrap();
        let uri = format!("http://indelible/indelible.v1.LedgerService/{method}");
        let request = Request::post(uri).body(()).unwrap();
        self.client.send_request(request, ends).unwrap()
    }

    fn called(&self) -> usize {
        self.services.called.load(Ordering::SeqCst)
    }
}

/// Somebody of this machine.
fn anybody() -> Presented {
    Presented::Address(Ipv4Addr::LOCALHOST.into())
}

/// The other end of a connection that shares a budget with others.
fn peer(budget: &Arc<Budget>, presented: Presented, deadlines: Deadlines) -> Arc<Peer> {
    let bearers = Bearers::new(
        Issuers::new(&[]),
        OwnTokens::new(false, 90),
        Box::new(|_| {}),
        None,
    );
    let from = Some(Ipv4Addr::LOCALHOST.into());
    Peer::new(presented, from, &bearers, budget, deadlines)
}

fn deadlines() -> Deadlines {
    Deadlines {
        first_request: LONG,
        message: LONG,
        stall: LONG,
        room: LONG,
    }
}

/// Waits until something is so.
async fn eventually(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < LONG / 6, "never: {what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// What does not come by then never will.
async fn soon<T>(what: &str, coming: impl Future<Output = T>) -> T {
    match tokio::time::timeout(LONG / 6, coming).await {
        Ok(come) => come,
        Err(_) => panic!("never: {what}"),
    }
}

/// Long enough for whatever would go wrong to do so.
async fn a_while() {
    tokio::time::sleep(Duration::from_millis(100)).await;
}

fn reason(headers: &HeaderMap) -> (Code, String) {
    let status = Status::from_header_map(headers).unwrap();
    let reason = status.get_details_error_info().map(|info| info.reason);
    (status.code(), reason.unwrap_or_default())
}

/// A message's head, and the beginning of the message.
fn begun(length: usize) -> Bytes {
    let mut bytes = vec![0];
    bytes.extend((length as u32).to_be_bytes());
    bytes.push(7);
    bytes.into()
}

/// Sends a whole message of that length, as fast as it is taken, and ends the request.
async fn send_all(request: &mut h2::SendStream<Bytes>, length: usize) {
    let mut left = vec![0];
    left.extend((length as u32).to_be_bytes());
    left.resize(5 + length, 7);
    let mut left = Bytes::from(left);
    while !left.is_empty() {
        request.reserve_capacity(left.len());
        let capacity = poll_fn(|context| request.poll_capacity(context));
        let capacity = capacity.await.unwrap().unwrap();
        let piece = left.split_to(capacity.min(left.len()));
        request.send_data(piece, left.is_empty()).unwrap();
    }
}

/// Reads an answer to its end.
async fn read(answer: ResponseFuture) -> usize {
    let mut body = answer.await.unwrap().into_body();
    let mut bytes = 0;
    while let Some(data) = body.data().await {
        let data = data.unwrap();
        bytes += data.len();
        body.flow_control().release_capacity(data.len()).unwrap();
    }
    bytes
}
