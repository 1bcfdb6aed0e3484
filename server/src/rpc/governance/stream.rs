//! DecideStream: requests are asked of the writer in their order, without waiting for the answers, which come in the same order.

use std::{
    future::Future,
    pin::{Pin, pin},
    task::{Context, Poll, ready},
};

use indelible_ledger::Decided;
use indelible_proto::v1;
use tokio::sync::mpsc;
use tokio_stream::Stream;
use tonic::{Request, Response, Status, Streaming};

use super::decisions::{Admitted, admitted, answer};
use crate::{
    limits::STREAM_DECISIONS_MAX,
    rpc::{
        authorise::{Caller, Gate},
        refusal::Refusal,
    },
};

/// A decision, and why nobody can grant what it asks for.
type Answered = (Decided, String);

/// A decision on its way.
type Deciding = Pin<Box<dyn Future<Output = Result<Answered, Refusal>> + Send>>;

/// What one request came to: a decision on its way, or one that is there.
enum Asked {
    Pending(Deciding),
    Done(Box<Result<Answered, Refusal>>),
}

pub(crate) fn decide(
    gate: &Gate,
    request: Request<Streaming<v1::DecideStreamRequest>>,
) -> Response<Decisions> {
    let (sender, receiver) = mpsc::channel(STREAM_DECISIONS_MAX);
    let reader = Reader {
        caller: Caller::of(&request),
        gate: gate.clone(),
        messages: request.into_inner(),
        sender,
    };
    tokio::spawn(reader.run());
    Response::new(Decisions {
        receiver,
        pending: None,
        next_index: 0,
        ended: false,
    })
}

/// The half that reads.
struct Reader {
    caller: Caller,
    gate: Gate,
    messages: Streaming<v1::DecideStreamRequest>,
    sender: mpsc::Sender<Result<Asked, Status>>,
}

impl Reader {
    /// Reads until the client ends its half, a request is refused, the client is gone, or the daemon drains. What was asked
    /// of the writer by then is still answered.
    async fn run(mut self) {
        if let Err(refused) = self.read().await {
            // A client that is gone needs no answer.
            let _gone = self.sender.send(Err(refused)).await;
        }
    }

    async fn read(&mut self) -> Result<(), Status> {
        let mut number = 0;
        let mut draining = self.gate.draining();
        let mut drain = pin!(draining.begun());
        loop {
            let message = tokio::select! {
                biased;
                () = &mut drain => return Err(Refusal::draining().into()),
                () = self.sender.closed() => return Ok(()),
                message = self.messages.message() => message?,
            };
            let Some(message) = message else {
                return Ok(());
            };
            // A place among those on their way, before the writer is asked.
            let Ok(place) = self.sender.clone().reserve_owned().await else {
                return Ok(());
            };
            let request = request_of(message, number)?;
            // A stream goes on for long, and the permit of a request says nothing of the next.
            let let_in = admitted(&self.gate, &self.caller, &request).await?;
            let mut deciding: Deciding = Box::pin(decided(let_in));
            // The first poll gives it to the writer, so that the next comes after it.
            let first =
                std::future::poll_fn(|context| Poll::Ready(deciding.as_mut().poll(context)));
            let asked = match first.await {
                Poll::Ready(done) => Asked::Done(Box::new(done)),
                Poll::Pending => Asked::Pending(deciding),
            };
            place.send(Ok(asked));
            number += 1;
        }
    }
}

async fn decided(let_in: Admitted) -> Result<Answered, Refusal> {
    let Admitted {
        ledger,
        asked,
        trace,
        granters,
    } = let_in;
    let decided = ledger.decide(asked).await.map_err(Refusal::from);
    let decided = trace.done(decided).await?;
    let lack = granters.lack_of(&decided).await?;
    Ok((decided, lack))
}

fn request_of(message: v1::DecideStreamRequest, number: u64) -> Result<v1::DecideRequest, Status> {
    let v1::DecideStreamRequest { ledger, request } = message;
    let mut request = request.unwrap_or_default();
    let problem = match &request {
        one if !one.ledger.is_empty() && one.ledger != ledger => Some((
            "request.ledger",
            "must be empty or the same as the message's",
        )),
        one if one.wait_seconds > 0 => Some(("request.wait_seconds", "must be 0 in a stream")),
        _ => None,
    };
    if let Some((field, problem)) = problem {
        return Err(Refusal::field(field, problem).of_message(number).into());
    }
    request.ledger = ledger;
    Ok(request)
}

/// The half that answers. It ends with the first request that is refused.
pub(crate) struct Decisions {
    receiver: mpsc::Receiver<Result<Asked, Status>>,
    pending: Option<Deciding>,
    next_index: u64,
    ended: bool,
}

impl Stream for Decisions {
    type Item = Result<v1::DecideStreamResponse, Status>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.ended {
            return Poll::Ready(None);
        }
        let mut deciding = match self.pending.take() {
            Some(deciding) => deciding,
            None => match ready!(self.receiver.poll_recv(context)) {
                Some(Ok(Asked::Pending(deciding))) => deciding,
                Some(Ok(Asked::Done(done))) => return self.answered(*done),
                Some(Err(refused)) => return self.end(refused),
                None => return Poll::Ready(None),
            },
        };
        match deciding.as_mut().poll(context) {
            Poll::Ready(done) => self.answered(done),
            Poll::Pending => {
                self.pending = Some(deciding);
                Poll::Pending
            }
        }
    }
}

impl Decisions {
    fn answered(
        &mut self,
        done: Result<Answered, Refusal>,
    ) -> Poll<Option<Result<v1::DecideStreamResponse, Status>>> {
        let index = self.next_index;
        self.next_index += 1;
        let decided = done.and_then(|(decided, lack)| answer(decided, lack));
        match decided {
            Ok(decision) => Poll::Ready(Some(Ok(v1::DecideStreamResponse {
                index,
                decision: Some(decision),
            }))),
            Err(refusal) => self.end(refusal.of_message(index).into()),
        }
    }

    fn end(&mut self, refused: Status) -> Poll<Option<Result<v1::DecideStreamResponse, Status>>> {
        self.ended = true;
        Poll::Ready(Some(Err(refused)))
    }
}
