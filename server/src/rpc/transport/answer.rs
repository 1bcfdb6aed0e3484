//! One call: its request handed on, and its answer sent as fast as its client reads, or given up where it does not.

use std::{
    convert::Infallible,
    future::poll_fn,
    pin::pin,
    sync::Arc,
    task::{Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use h2::{RecvStream, SendStream, server::SendResponse};
use http_body_util::BodyExt as _;
use hyper::body::Body as _;
use indelible_proto::v1::ErrorReason;
use tokio::time::{Instant, timeout_at};
use tonic::{
    Code, Status,
    body::Body,
    codegen::{
        Service,
        http::{HeaderMap, Request, Response},
    },
};

use super::{
    bearer::{self, Lost},
    budget::calls::InProgress,
    message::Messages,
    method::Method,
    peer::Peer,
    room::{Charge, Room},
    swallowed::swallow,
};
use crate::{
    limits::{SEND_BYTES_MAX, STALL_BYTES_MIN},
    rpc::refusal::Refusal,
    traffic::{Call, code_of},
};

/// Answers one request. Whatever becomes of it is the client's and this stream's alone.
pub(super) async fn answer<S>(
    request: Request<RecvStream>,
    mut respond: SendResponse<Bytes>,
    services: S,
    peer: Arc<Peer>,
    _place: InProgress,
) where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
{
    let mut measured = Call::begin(request.uri().path(), request.headers());
    let method = Method::of(request.uri().path());
    let room = Room::new(Arc::clone(&peer.share));
    let answer = {
        // Boxed, so that an answer that lasts does not keep what making it took.
        let mut calling = Box::pin(call(request, services, method, &peer, Arc::clone(&room)));
        let answer = poll_fn(|context| {
            if let Poll::Ready(answer) = calling.as_mut().poll(context) {
                return Poll::Ready(Some(answer));
            }
            // The client has given it up, or is gone.
            respond.poll_reset(context).map(|_reset| None)
        });
        answer.await
    };
    if let Some(stages) = room.stages() {
        measured.appended(stages);
    }
    let Some(Answered { answer, lost }) = answer else {
        return;
    };
    let (head, body) = answer.into_parts();
    let is_whole = body.is_end_stream();
    if is_whole {
        measured.ended(code_of(&head.headers));
    }
    let reply = Response::from_parts(head, ());
    match respond.send_response(reply, is_whole) {
        Ok(stream) if !is_whole => {
            let sending = Sending {
                stream,
                room,
                stall: peer.deadlines.stall,
                lost,
                measured,
            };
            sending.run(body, method.answer_bytes > 0).await;
        }
        Ok(_) => {}
        Err(error) => tracing::debug!(%error, "an answer could not be sent"),
    }
}

/// The answer to a call.
struct Answered {
    answer: Response<Body>,
    /// When whoever called may not have more of it.
    lost: Option<Lost>,
}

impl From<Refusal> for Answered {
    fn from(refusal: Refusal) -> Self {
        Self {
            answer: Status::from(refusal).into_http(),
            lost: None,
        }
    }
}

/// Finds out who calls, takes the room that the answer needs, and calls.
async fn call<S>(
    request: Request<RecvStream>,
    mut services: S,
    method: Method,
    peer: &Peer,
    room: Arc<Room>,
) -> Answered
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
{
    let deadlines = peer.deadlines;
    let (mut head, stream) = request.into_parts();
    let borne = match method.asks_who_calls {
        true => bearer::borne(&peer.tokens, &mut head.headers).await,
        false => Ok(None),
    };
    let borne = match borne {
        Ok(borne) => borne,
        Err(refusal) => {
            if !method.streams_requests {
                swallow(stream).await;
            }
            return refusal.into();
        }
    };
    if method.answer_bytes > 0
        && let Err(refusal) = room.reserve(method.answer_bytes, deadlines.room).await
    {
        return refusal.into();
    }
    let connected = borne.as_ref().map(|borne| borne.connected());
    let connected = connected.unwrap_or(&peer.connected);
    head.extensions.insert(Arc::clone(connected));
    // A call whose client sends on ends where it would read more, so that what it read is still answered.
    let lost = borne.filter(|_| method.answer_bytes == 0);
    let lost = lost.map(|borne| peer.tokens.lost(borne));
    let (of_request, of_answer) = match method.streams_requests {
        true => (lost, None),
        false => (None, lost),
    };
    let messages = Messages::new(
        stream,
        Arc::clone(&peer.share),
        method.streams_requests,
        deadlines.message,
        deadlines.room,
        of_request,
    );
    let request = Request::from_parts(head, Body::new(messages));
    // The services are always ready, and say so.
    let Ok(()) = poll_fn(|context| services.poll_ready(context)).await;
    let Ok(answer) = room.within(services.call(request)).await;
    Answered {
        answer,
        lost: of_answer,
    }
}

/// Why sending ended before the answer did.
enum Cut {
    /// The client reset the stream, or is gone.
    Gone,
    /// The client did not read.
    Stalled,
    /// The token of the call is over, and this is what its bearer is told.
    TokenOver(Refusal),
}

/// An answer that is being sent.
struct Sending {
    stream: SendStream<Bytes>,
    room: Arc<Room>,
    stall: Duration,
    lost: Option<Lost>,
    measured: Call,
}

impl Sending {
    /// Sends a body. `once` says that it is one message, for which room was taken before its size was known.
    async fn run(mut self, body: Body, once: bool) {
        match self.pieces(body, once).await {
            Ok(()) | Err(Cut::Gone) => {}
            // The body is dropped by now, and with it whatever worked for it.
            Err(Cut::Stalled) => self.give_up(),
            Err(Cut::TokenOver(over)) => {
                tracing::info!("ended a call whose token is over");
                self.end(over);
            }
        }
    }

    async fn pieces(&mut self, mut body: Body, mut once: bool) -> Result<(), Cut> {
        let (mut charge, mut left) = (Charge::default(), 0);
        loop {
            let frame = {
                let mut frame = pin!(body.frame());
                poll_fn(|context| {
                    if self.stream.poll_reset(context).is_ready() {
                        return Poll::Ready(Err(Cut::Gone));
                    }
                    if let Some(lost) = &mut self.lost
                        && let Poll::Ready(over) = lost.as_mut().poll(context)
                    {
                        return Poll::Ready(Err(Cut::TokenOver(over)));
                    }
                    frame.as_mut().poll(context).map(Ok)
                })
                .await?
            };
            let Some(frame) = frame else {
                return self.send_last(Bytes::new());
            };
            let Ok(frame) = frame else {
                self.stream.send_reset(h2::Reason::INTERNAL_ERROR);
                self.measured.ended(Code::Internal);
                return Err(Cut::Gone);
            };
            match frame.into_data() {
                Ok(data) => {
                    if left == 0 {
                        // What a body gives in pieces lies in memory whole until the last of them is sent.
                        left = data.len() + rest_of(&body);
                        if std::mem::take(&mut once) {
                            self.room.settle(left);
                        }
                        charge = self.room.charge(left);
                    }
                    left = left.saturating_sub(data.len());
                    self.send(data, &charge).await?;
                    if left == 0 {
                        charge = Charge::default();
                    }
                }
                Err(frame) => {
                    if let Ok(trailers) = frame.into_trailers() {
                        return self.send_trailers(trailers);
                    }
                }
            }
        }
    }

    /// Hands over what the client has room for, and waits for more room.
    async fn send(&mut self, mut data: Bytes, charge: &Charge) -> Result<(), Cut> {
        let mut deadline = Instant::now() + self.stall;
        let mut progress = 0;
        while !data.is_empty() {
            self.stream.reserve_capacity(data.len().min(SEND_BYTES_MAX));
            let capacity = match timeout_at(deadline, self.capacity()).await {
                Ok(capacity) => capacity?,
                Err(_late) => return Err(Cut::Stalled),
            };
            let piece = data.split_to(capacity.min(data.len()));
            progress += piece.len();
            if progress >= STALL_BYTES_MIN {
                progress = 0;
                deadline = Instant::now() + self.stall;
            }
            let piece = charge.with(piece);
            self.stream.send_data(piece, false).map_err(gone)?;
        }
        Ok(())
    }

    /// Waits until the client's windows have room for something.
    async fn capacity(&mut self) -> Result<usize, Cut> {
        poll_fn(|context| {
            loop {
                match self.stream.capacity() {
                    0 => {}
                    bytes => return Poll::Ready(Ok(bytes)),
                }
                if self.stream.poll_reset(context).is_ready() {
                    return Poll::Ready(Err(Cut::Gone));
                }
                match ready!(self.stream.poll_capacity(context)) {
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => return Poll::Ready(Err(Cut::Gone)),
                }
            }
        })
        .await
    }

    fn send_last(&mut self, data: Bytes) -> Result<(), Cut> {
        self.stream.send_data(data, true).map_err(gone)
    }

    fn send_trailers(&mut self, trailers: HeaderMap) -> Result<(), Cut> {
        self.measured.ended(code_of(&trailers));
        self.stream.send_trailers(trailers).map_err(gone)
    }

    /// Trailers need no window, so they reach a client that does not read.
    fn give_up(&mut self) {
        let problem = format!(
            "the answer was not read: less than {} KiB in {} s",
            STALL_BYTES_MIN / 1_024,
            self.stall.as_secs()
        );
        tracing::info!("gave up an answer whose client did not read it");
        self.end(Refusal::new(ErrorReason::AnswerUnread, problem));
    }

    /// Ends the answer with an error.
    fn end(&mut self, refusal: Refusal) {
        let status = Status::from(refusal);
        self.measured.ended(status.code());
        let mut trailers = HeaderMap::new();
        if status.add_header(&mut trailers).is_err() || self.send_trailers(trailers).is_err() {
            self.stream.send_reset(h2::Reason::ENHANCE_YOUR_CALM);
        }
    }
}

/// What a body certainly has still to give of the message that it gives in pieces.
fn rest_of(body: &Body) -> usize {
    usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX)
}

fn gone(error: h2::Error) -> Cut {
    tracing::debug!(%error, "a client was gone before its answer was sent");
    Cut::Gone
}
