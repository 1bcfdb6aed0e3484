//! One connection: its handshake, its requests, its age, and whether its peer is still there.

use std::{
    convert::Infallible,
    future::poll_fn,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use h2::{
    Ping, PingPong, Reason, RecvStream,
    server::{Builder, Connection, SendResponse},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::{Notify, watch},
    task::yield_now,
    time::{Instant, sleep_until, timeout},
};
use tonic::{
    body::Body,
    codegen::{
        Service,
        http::{Request, Response},
    },
};

use super::{
    answer::answer,
    budget::{Widened, calls::Entry},
    calls,
    calm::{Begun, Measured},
    listener::Standing,
    peer::Peer,
};
use crate::{
    limits::{
        CALLS_BEGUN_IN_A_TURN_MAX, CERTIFICATE_LOST_SECONDS_MAX, CONNECTION_AGE_SECONDS_MAX,
        CONNECTION_WINDOW_BYTES, FRAME_BYTES_MAX, HEADER_LIST_BYTES_MAX, HELD_AFTER_FAULT_MS,
        KEEPALIVE_INTERVAL_SECONDS, KEEPALIVE_TIMEOUT_SECONDS, LINGER_MS,
        LOCAL_ERROR_RESET_STREAMS_MAX, PENDING_ACCEPT_RESET_STREAMS_MAX, SEND_BYTES_MAX,
        STREAM_WINDOW_BYTES, STREAMS_PER_CONNECTION_MAX, WIDE_WINDOW_BYTES, WINDOW_BYTES_SPARE,
    },
    refusals::{Kind, counted},
};

/// What is known of a connection before it speaks HTTP/2.
pub(super) struct Arrival {
    /// When it was accepted.
    pub(super) accepted: Instant,
    /// Counts how often something was read of it.
    pub(super) activity: Arc<AtomicU64>,
    /// What its client showed in the handshake of TLS.
    pub(super) standing: Option<Standing>,
}

/// Serves one connection to its end.
pub(super) async fn serve<T, S>(
    socket: T,
    arrival: Arrival,
    peer: Arc<Peer>,
    services: S,
    mut stopped: watch::Receiver<bool>,
) where
    T: AsyncRead + AsyncWrite + Unpin,
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>
        + Clone
        + Send
        + 'static,
    S::Future: Send,
{
    let first_request = arrival.accepted + peer.deadlines.first_request;
    let socket = Measured::new(socket);
    let (excess, begun_calls) = (socket.excess(), socket.begun());
    let connection = tokio::select! {
        biased;
        // A peer that has not said anything yet has nothing to wait for.
        () = told_to_stop(&mut stopped) => return,
        connection = tokio::time::timeout_at(first_request, handshake(socket)) => connection,
    };
    let mut connection = match connection {
        Ok(Ok(connection)) => connection,
        Ok(Err(error)) => {
            counted(Kind::NotHttp2);
            return tracing::debug!(%error, "a connection was not HTTP/2");
        }
        Err(_late) => {
            counted(Kind::NotHttp2);
            return tracing::debug!("a peer said nothing, and its connection was closed");
        }
    };
    let Some(pings) = connection.ping_pong() else {
        return;
    };
    let serving = Serving {
        connection,
        services,
        peer,
        pulse: Pulse::new(pings, arrival.activity),
        standing: arrival.standing,
        first_request: Some(first_request),
        wide: None,
        excess,
        begun_calls,
        begun: 0,
    };
    serving.run(stopped).await;
}

async fn handshake<T: AsyncRead + AsyncWrite + Unpin>(
    socket: T,
) -> Result<Connection<T, Bytes>, h2::Error> {
    Builder::new()
        .max_concurrent_streams(STREAMS_PER_CONNECTION_MAX)
        .initial_window_size(STREAM_WINDOW_BYTES)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
        .max_frame_size(FRAME_BYTES_MAX)
        .max_header_list_size(HEADER_LIST_BYTES_MAX)
        .max_pending_accept_reset_streams(PENDING_ACCEPT_RESET_STREAMS_MAX)
        .max_local_error_reset_streams(Some(LOCAL_ERROR_RESET_STREAMS_MAX))
        .max_send_buffer_size(SEND_BYTES_MAX)
        .handshake(socket)
        .await
}

/// A connection that has shaken hands.
struct Serving<T, S>
where
    T: AsyncRead + AsyncWrite + Unpin,
{
    connection: Connection<Measured<T>, Bytes>,
    services: S,
    peer: Arc<Peer>,
    pulse: Pulse,
    /// What its client showed in the handshake of TLS.
    standing: Option<Standing>,
    /// When it is closed, unless a request has come by then.
    first_request: Option<Instant>,
    /// The window of a connection that is used, while there is enough for all.
    wide: Option<Widened>,
    /// Told when the peer has sent more frames than it may.
    excess: Arc<Notify>,
    /// Told when all calls were taken that h2 has begun.
    begun_calls: Arc<Begun>,
    /// Calls that began since others had their turn.
    begun: usize,
}

impl<T, S> Serving<T, S>
where
    T: AsyncRead + AsyncWrite + Unpin,
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>
        + Clone
        + Send
        + 'static,
    S::Future: Send,
{
    async fn run(mut self, mut stopped: watch::Receiver<bool>) {
        let old = Instant::now() + Duration::from_secs(CONNECTION_AGE_SECONDS_MAX);
        let mut is_ending = false;
        let mut cut = None;
        loop {
            let share = Arc::clone(&self.peer.share);
            tokio::select! {
                request = next(&mut self.connection, &self.begun_calls) => match request {
                    Some(Ok((request, respond))) => self.take(request, respond).await,
                    Some(Err(error)) => {
                        tracing::debug!(%error, "a connection ended with an error");
                        let is_peers_fault = !error.is_io() && !error.is_remote();
                        if is_peers_fault {
                            self.hold(stopped).await;
                        }
                        return;
                    }
                    None => return,
                },
                () = self.excess.notified() => return self.refuse_restless(stopped).await,
                () = share.window_changed() => {
                    self.connection.set_target_window_size(share.window_bytes());
                }
                alive = self.pulse.beat() => match alive {
                    Alive::Yes => {
                        // Whoever has sent nothing for so long needs no wide window.
                        self.wide = None;
                    }
                    Alive::Active => {}
                    Alive::No => return tracing::debug!("a peer did not answer and is taken as gone"),
                },
                () = until(self.first_request) => return self.refuse_silent().await,
                () = told_to_stop(&mut stopped), if !is_ending => {
                    is_ending = true;
                    self.connection.graceful_shutdown();
                }
                () = sleep_until(old), if !is_ending => {
                    is_ending = true;
                    self.connection.graceful_shutdown();
                }
                () = lost(&mut self.standing), if cut.is_none() => {
                    tracing::info!("a client's certificate is not valid any more, and its connection ends");
                    is_ending = true;
                    self.connection.graceful_shutdown();
                    cut = Some(Instant::now() + Duration::from_secs(CERTIFICATE_LOST_SECONDS_MAX));
                }
                () = until(cut) => return tracing::info!("cut off calls of a client that is not known any more"),
            }
        }
    }

    async fn take(&mut self, request: Request<RecvStream>, respond: SendResponse<Bytes>) {
        self.first_request = None;
        if self.wide.is_none() {
            let share = &self.peer.share;
            self.wide = share.widen(WIDE_WINDOW_BYTES, WINDOW_BYTES_SPARE);
        }
        let (services, peer) = (self.services.clone(), Arc::clone(&self.peer));
        match peer.share.entry() {
            Entry::Begins(place) => {
                tokio::spawn(answer(request, respond, services, peer, place));
            }
            Entry::Waits(waits) => {
                tokio::spawn(calls::wait(request, respond, services, peer, waits));
            }
            Entry::Refused => calls::refuse(request, respond, &peer),
        }
        self.begun += 1;
        if self.begun >= CALLS_BEGUN_IN_A_TURN_MAX {
            self.begun = 0;
            yield_now().await;
        }
    }

    /// Tells a peer that has never asked for anything that its place is needed.
    async fn refuse_silent(mut self) {
        counted(Kind::NotHttp2);
        tracing::debug!("a peer asked for nothing, and its connection was closed");
        self.calm().await;
    }

    /// Ends the connection of a peer that sent more frames than it may.
    async fn refuse_restless(mut self, stopped: watch::Receiver<bool>) {
        tracing::debug!(
            "a peer sent too many frames that belong to no call, and its connection was closed"
        );
        self.calm().await;
        self.hold(stopped).await;
    }

    async fn calm(&mut self) {
        self.connection.abrupt_shutdown(Reason::ENHANCE_YOUR_CALM);
        let closed = poll_fn(|context| self.connection.poll_closed(context));
        let _closed = timeout(Duration::from_millis(LINGER_MS), closed).await;
    }

    /// Keeps the place of a peer that was told why its connection ends. Nothing more is read of it. So whoever does the same
    /// again and again can only do it in as many places as it may have, and in each of them not often.
    async fn hold(mut self, mut stopped: watch::Receiver<bool>) {
        self.wide = None;
        tokio::select! {
            () = told_to_stop(&mut stopped) => {}
            () = tokio::time::sleep(Duration::from_millis(HELD_AFTER_FAULT_MS)) => {}
        }
    }
}

/// The next call, once more of them have come through where all were taken.
async fn next<T: AsyncRead + AsyncWrite + Unpin>(
    connection: &mut Connection<Measured<T>, Bytes>,
    begun: &Begun,
) -> Option<Result<(Request<RecvStream>, SendResponse<Bytes>), h2::Error>> {
    poll_fn(|context| {
        let polled = pin!(connection.accept()).poll(context);
        if polled.is_pending() && begun.all_taken() {
            context.waker().wake_by_ref();
        }
        polled
    })
    .await
}

async fn told_to_stop(stopped: &mut watch::Receiver<bool>) {
    // An error says that nobody serves any more, which is as final.
    let _gone = stopped.wait_for(|stopped| *stopped).await;
}

/// Resolves when the client's certificate is not valid any more.
async fn lost(standing: &mut Option<Standing>) {
    match standing {
        Some(standing) => standing.lost().await,
        None => std::future::pending().await,
    }
}

async fn until(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}

/// Whether a peer is there.
enum Alive {
    /// It sent something.
    Active,
    /// It sent nothing of its own, and answers.
    Yes,
    /// It does not answer.
    No,
}

/// Asks a peer that is quiet whether it is there.
struct Pulse {
    pings: PingPong,
    activity: Arc<AtomicU64>,
    seen: u64,
    next: Instant,
    /// When the answer to a ping is due.
    due: Option<Instant>,
}

impl Pulse {
    fn new(pings: PingPong, activity: Arc<AtomicU64>) -> Self {
        Self {
            pings,
            seen: 0,
            activity,
            next: Instant::now() + Duration::from_secs(KEEPALIVE_INTERVAL_SECONDS),
            due: None,
        }
    }

    /// Resolves when it is known again. It can be dropped and called anew at any time.
    async fn beat(&mut self) -> Alive {
        loop {
            if let Some(due) = self.due {
                let pong = poll_fn(|context| self.pings.poll_pong(context));
                let answered = tokio::time::timeout_at(due, pong).await;
                let seen = self.activity.load(Ordering::Relaxed);
                let is_there = matches!(answered, Ok(Ok(_))) || seen != self.seen;
                self.seen = seen;
                self.due = None;
                self.next = Instant::now() + Duration::from_secs(KEEPALIVE_INTERVAL_SECONDS);
                return match is_there {
                    true => Alive::Yes,
                    false => Alive::No,
                };
            }
            sleep_until(self.next).await;
            let seen = self.activity.load(Ordering::Relaxed);
            if seen != self.seen {
                self.seen = seen;
                self.next = Instant::now() + Duration::from_secs(KEEPALIVE_INTERVAL_SECONDS);
                return Alive::Active;
            }
            if self.pings.send_ping(Ping::opaque()).is_ok() {
                self.due = Some(Instant::now() + Duration::from_secs(KEEPALIVE_TIMEOUT_SECONDS));
            } else {
                self.next = Instant::now() + Duration::from_secs(KEEPALIVE_INTERVAL_SECONDS);
            }
        }
    }
}
