//! Answers that hold opened content. Each is known to its ledger from before the first record is opened for it, and its
//! body is kept where the ledger can take it away: an erasure ends all of them before it is called complete. What the
//! transport took before can't be taken back.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use indelible_ledger::{Ledger, OpenedAnswer};
use indelible_proto::v1::ErrorReason;
use tonic::{Response, Status, body::Body, codegen::http};

use super::refusal::Refusal;
use crate::limits::OPENED_PIECE_BYTES_MAX;

/// One such answer. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Opened(Arc<Kept>);

#[derive(Default)]
struct Kept(Mutex<State>);

#[derive(Default)]
struct State {
    /// What is still to be handed over; none before the handler has answered, and after the end.
    body: Option<Body>,
    /// The rest of a piece.
    rest: Bytes,
    /// Whether the transport has taken some of it.
    is_handed: bool,
    is_ended: bool,
    is_told: bool,
    waker: Option<Waker>,
}

impl Opened {
    /// An answer for which content of a ledger is about to be opened.
    pub(super) fn begin(ledger: &Ledger) -> Self {
        let kept: Arc<Kept> = Arc::default();
        ledger.register_opened(&kept);
        Self(kept)
    }

    /// Joins the answer with what it was begun as.
    pub(super) fn attach<T>(opened: Option<Self>, mut answer: Response<T>) -> Response<T> {
        if let Some(opened) = opened {
            answer.extensions_mut().insert(opened);
        }
        answer
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state()
    }
}

impl Kept {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OpenedAnswer for Kept {
    fn end(&self) -> bool {
        let mut state = self.state();
        state.is_ended = true;
        state.rest = Bytes::new();
        // What waits in it is dropped here, not when the client next reads.
        let body = state.body.take();
        let (waker, is_handed) = (state.waker.take(), state.is_handed);
        drop(state);
        drop(body);
        if let Some(waker) = waker {
            waker.wake();
        }
        is_handed
    }
}

/// Keeps an answer's body where it can be ended, if it holds opened content.
pub(super) fn kept(mut answer: http::Response<Body>) -> http::Response<Body> {
    let Some(opened) = answer.extensions_mut().remove::<Opened>() else {
        return answer;
    };
    answer.map(|body| {
        let mut state = opened.state();
        if !state.is_ended {
            state.body = Some(body);
        }
        drop(state);
        Body::new(OpenedBody(opened))
    })
}

/// The body that the transport takes pieces of. It goes on as one that is gone once it is dropped.
struct OpenedBody(Opened);

impl HttpBody for OpenedBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        // Held until the piece is noted as handed over: an erasure comes before it, or counts it.
        let mut state = self.0.state();
        if state.is_ended {
            let first = !std::mem::replace(&mut state.is_told, true);
            return Poll::Ready(first.then(|| Ok(Frame::trailers(ended()))));
        }
        if !state.rest.is_empty() {
            return Poll::Ready(Some(Ok(Frame::data(state.piece()))));
        }
        let Some(body) = &mut state.body else {
            return Poll::Ready(None);
        };
        match Pin::new(body).poll_frame(context) {
            Poll::Pending => {
                state.waker = Some(context.waker().clone());
                Poll::Pending
            }
            Poll::Ready(None) => {
                state.body = None;
                Poll::Ready(None)
            }
            Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(error))),
            Poll::Ready(Some(Ok(frame))) => Poll::Ready(Some(Ok(match frame.into_data() {
                Ok(data) => {
                    state.rest = data;
                    Frame::data(state.piece())
                }
                Err(trailers) => trailers,
            }))),
        }
    }

    fn is_end_stream(&self) -> bool {
        false
    }

    /// At least the rest of what was begun, unless an erasure ends it: so much lies in memory until the last piece is taken.
    fn size_hint(&self) -> SizeHint {
        let mut hint = SizeHint::default();
        hint.set_lower(self.0.state().rest.len() as u64);
        hint
    }
}

impl State {
    /// The next piece, short enough that the transport never holds much of what it can't send.
    fn piece(&mut self) -> Bytes {
        self.is_handed = true;
        let bytes = self.rest.len().min(OPENED_PIECE_BYTES_MAX);
        self.rest.split_to(bytes)
    }
}

fn ended() -> http::HeaderMap {
    let refusal = Refusal::new(
        ErrorReason::DataKeyErased,
        "a data subject of the ledger is erased, so answers with decrypted records end; ask again for what is left",
    );
    let mut trailers = http::HeaderMap::new();
    // Only a status that is not text could not be written, and this one is.
    let _written = Status::from(refusal).add_header(&mut trailers);
    trailers
}

#[cfg(test)]
mod tests {
    use http_body_util::{BodyExt as _, Full, StreamBody};
    use tonic::Code;

    use super::*;

    fn opened() -> Opened {
        Opened(Arc::default())
    }

    fn answer(opened: &Opened, body: Body) -> http::Response<Body> {
        let mut answer = http::Response::new(body);
        answer.extensions_mut().insert(opened.clone());
        kept(answer)
    }

    async fn taken(answer: &mut http::Response<Body>) -> Option<Frame<Bytes>> {
        answer.body_mut().frame().await.map(Result::unwrap)
    }

    fn status(frame: Frame<Bytes>) -> Status {
        Status::from_header_map(frame.trailers_ref().unwrap()).unwrap()
    }

    #[tokio::test]
    async fn an_answer_that_nothing_ends_is_handed_over_whole() {
        let bytes = Bytes::from(vec![7; 2 * OPENED_PIECE_BYTES_MAX + 5]);
        let full = Full::new(bytes.clone()).map_err(|never| match never {});
        let answer = answer(&opened(), Body::new(full));
        assert_eq!(
            answer.into_body().collect().await.unwrap().to_bytes(),
            bytes
        );
    }

    #[tokio::test]
    async fn an_answer_that_is_ended_hands_nothing_over_any_more() {
        let opened = opened();
        let bytes = Bytes::from(vec![7; 2 * OPENED_PIECE_BYTES_MAX]);
        let full = Full::new(bytes).map_err(|never| match never {});
        let mut answer = answer(&opened, Body::new(full));
        let first = taken(&mut answer).await.unwrap().into_data().unwrap();
        assert_eq!(first.len(), OPENED_PIECE_BYTES_MAX);
        let rest = answer.body().size_hint().lower();
        assert_eq!(rest, OPENED_PIECE_BYTES_MAX as u64, "it takes room");
        assert!(opened.0.end(), "some of it is with the transport");
        let status = status(taken(&mut answer).await.unwrap());
        assert_eq!(status.code(), Code::Aborted);
        assert!(!status.details().is_empty());
        assert!(taken(&mut answer).await.is_none());
    }

    #[tokio::test]
    async fn an_answer_that_waits_is_woken_and_one_that_is_not_there_yet_is_ended_too() {
        let waiting = opened();
        let pending = StreamBody::new(tokio_stream::pending::<Result<Frame<Bytes>, Status>>());
        let mut answer_of = answer(&waiting, Body::new(pending));
        let ending = waiting.clone();
        let ended = tokio::spawn(async move {
            tokio::task::yield_now().await;
            ending.0.end()
        });
        let told = status(taken(&mut answer_of).await.unwrap());
        assert_eq!(told.code(), Code::Aborted);
        assert!(!ended.await.unwrap(), "nothing of it was handed over");

        let early = opened();
        assert!(!early.0.end());
        let full = Full::new(Bytes::from_static(b"late")).map_err(|never| match never {});
        let mut answer_of = answer(&early, Body::new(full));
        let told = status(taken(&mut answer_of).await.unwrap());
        assert_eq!(told.code(), Code::Aborted);
    }
}
