//! Calls for which there is no room: what they are told, and what becomes of their requests.

use std::{sync::LazyLock, time::Duration};

use bytes::Bytes;
use h2::{RecvStream, server::SendResponse};
use indelible_proto::v1::ErrorReason;
use tokio::time::timeout;
use tonic::{
    Status,
    codegen::http::{HeaderMap, Request, Response},
};

use super::peer::Peer;
use crate::{
    limits::{LINGER_MS, STREAM_WINDOW_BYTES},
    refusals::{Kind, refused},
    rpc::refusal::Refusal,
};

/// How the budget of calls is called.
const BUDGET: &str = "calls in progress";

/// The headers of the answer, which are the same for all, and are made once: refusing must cost less than asking.
static NO_ROOM: LazyLock<HeaderMap> = LazyLock::new(|| {
    let problem = format!(
        "there is no room in the budget for {BUDGET}; end calls that are open, or retry later"
    );
    let refusal = Refusal::new(ErrorReason::BuffersExhausted, problem).with("budget", BUDGET);
    let (head, ()) = Status::from(refusal).into_http::<()>().into_parts();
    head.headers
});

/// Refuses a call for which there is no room. Few requests of a connection are still read after that.
pub(super) fn refuse(request: Request<RecvStream>, mut respond: SendResponse<Bytes>, peer: &Peer) {
    tell(peer);
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

/// Reads a request that is refused already, if it comes at once and is short. A stream that is answered before its request
/// was read is reset, and HTTP/2 ends the connection after some of these: a client whose token has expired would take the
/// calls of others on its connection with it.
pub(super) async fn swallow(mut request: RecvStream) {
    let read = async {
        let mut left = STREAM_WINDOW_BYTES as usize;
        while let Some(Ok(data)) = request.data().await {
            left = left.saturating_sub(data.len());
            if left == 0 {
                break;
            }
        }
    };
    // Whatever comes later is not waited for.
    let _late = timeout(Duration::from_millis(LINGER_MS), read).await;
}
