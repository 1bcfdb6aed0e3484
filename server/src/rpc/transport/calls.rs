//! Calls for which there is no room now: how they wait, what they are told, and what becomes of their requests.

use std::{
    convert::Infallible,
    future::poll_fn,
    pin::pin,
    sync::{Arc, LazyLock},
    task::Poll,
    time::Duration,
};

use bytes::Bytes;
use h2::{RecvStream, server::SendResponse};
use indelible_proto::v1::ErrorReason;
use tokio::time::{Instant, sleep};
use tonic::{
    Code,
    body::Body,
    codegen::{
        Service,
        http::{HeaderMap, Request, Response},
    },
};

use super::{
    answer::answer,
    budget::calls::{InProgress, Waits},
    peer::Peer,
    swallowed::swallow,
};
use crate::{
    limits::{STREAM_WINDOW_BYTES, WAITING_REQUEST_BYTES_MAX, WINDOW_BYTES_SPARE},
    refusals::{Kind, refused},
    rpc::refusal::Refusal,
    traffic::{Call, count_refusal},
};

/// How the budget of calls is called.
const BUDGET: &str = "calls in progress";

/// The headers of the answer, which are the same for all, and are made once: refusing must cost less than asking.
static NO_ROOM: LazyLock<HeaderMap> = LazyLock::new(|| {
    let problem = format!(
        "there is no room in the budget for {BUDGET}; end calls that are open, or retry later"
    );
    let refusal = Refusal::new(ErrorReason::BuffersExhausted, problem).with("budget", BUDGET);
    let (head, ()) = refusal.uncounted().into_http::<()>().into_parts();
    head.headers
});

/// When it is looked for the first time whether the request of a call that waits has come in. Each further look comes after
/// twice the time: many may wait of whom nothing comes.
const FIRST_LOOK: Duration = Duration::from_millis(100);

/// Answers a call once one of its connection has ended, or refuses it if none does in time.
pub(super) async fn wait<S>(
    mut request: Request<RecvStream>,
    mut respond: SendResponse<Bytes>,
    services: S,
    peer: Arc<Peer>,
    waits: Waits,
) where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
{
    match place(&mut request, &mut respond, &peer, waits).await {
        // Boxed, since more may wait than go on.
        Outcome::Begins(place) => Box::pin(answer(request, respond, services, peer, place)).await,
        Outcome::Refused => refuse(request, respond, &peer),
        Outcome::Gone => {}
    }
}

/// What comes of waiting.
enum Outcome {
    Begins(InProgress),
    Refused,
    /// The client has given it up, or is gone.
    Gone,
}

async fn place(
    request: &mut Request<RecvStream>,
    respond: &mut SendResponse<Bytes>,
    peer: &Peer,
    waits: Waits,
) -> Outcome {
    let mut place = pin!(peer.share.call(waits));
    let mut late = pin!(sleep(peer.deadlines.room));
    let (mut look, mut pause) = (pin!(sleep(FIRST_LOOK)), FIRST_LOOK);
    // What has come in fills the connection's window, which the calls in progress need to get on.
    let mut wider = None;
    poll_fn(|context| {
        if respond.poll_reset(context).is_ready() {
            return Poll::Ready(Outcome::Gone);
        }
        if let Poll::Ready(place) = place.as_mut().poll(context) {
            return Poll::Ready(Outcome::Begins(place));
        }
        while look.as_mut().poll(context).is_ready() {
            pause *= 2;
            look.as_mut().reset(Instant::now() + pause);
            let come = request.body_mut().flow_control().used_capacity();
            if wider.is_none() && come > WAITING_REQUEST_BYTES_MAX {
                let bytes = STREAM_WINDOW_BYTES as usize;
                wider = peer.share.widen(bytes, WINDOW_BYTES_SPARE);
                if wider.is_none() {
                    return Poll::Ready(Outcome::Refused);
                }
            }
        }
        late.as_mut().poll(context).map(|()| Outcome::Refused)
    })
    .await
}

/// Refuses a call for which there is no room. Few requests of a connection are still read after that.
pub(super) fn refuse(request: Request<RecvStream>, mut respond: SendResponse<Bytes>, peer: &Peer) {
    tell(peer);
    count_refusal(ErrorReason::BuffersExhausted);
    Call::begin(request.uri().path(), request.headers()).ended(Code::ResourceExhausted);
    let mut answer = Response::new(());
    *answer.headers_mut() = NO_ROOM.clone();
    if let Err(error) = respond.send_response(answer, true) {
        return tracing::debug!(%error, "a refusal could not be sent");
    }
    let stream = request.into_body();
    if stream.is_end_stream() {
        return;
    }
    if let Some(place) = peer.share.try_read_refused() {
        tokio::spawn(async move {
            swallow(stream).await;
            drop(place);
        });
    }
}

fn tell(peer: &Peer) {
    let from = || peer.tokens.origin();
    refused(Kind::Calls, from, || {
        let from = from();
        tracing::warn!(
            from,
            "refused a call: there is no room in the budget for calls in progress"
        );
    });
}
