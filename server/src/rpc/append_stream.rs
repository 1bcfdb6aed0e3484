//! AppendStream: two halves with a bounded channel between them.
//!
//! The reader takes messages from the client, prepares them and puts them into the ledger's queue
//! without waiting for their commits. The acknowledger is the answer's stream itself: it is polled
//! only while the client takes what it is sent, and awaits the commits in order. When the client
//! does not read, the channel fills, the reader stops, and HTTP/2's window does the rest: what one
//! stream may hold is [`STREAM_IN_FLIGHT_MESSAGES_MAX`] messages and [`STREAM_IN_FLIGHT_BYTES_MAX`].
//! Acknowledgements take room like other answers, before their messages are prepared: those of repeats
//! may be as large as the events.

use std::{
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll, ready},
};

use indelible_access::Table;
use indelible_ledger::{AppendError, Ledger, PendingAppend};
use indelible_proto::v1;
use prost::Message as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio_stream::Stream;
use tonic::{Request, Response, Status, Streaming};

use super::{
    append::{bytes_of, prepare_all},
    authorise::{Action, Caller, Gate, Permit, Scope, Sources},
    convert::acknowledgement,
    rates::Meter,
    refusal::Refusal,
    transport::{Held, Room},
};
use crate::limits::{
    ACKNOWLEDGEMENT_BYTES, BATCH_EVENTS_MAX, REPEAT_BYTES, STREAM_IN_FLIGHT_BYTES_MAX,
    STREAM_IN_FLIGHT_MESSAGES_MAX,
};

/// Bytes are counted in units of this size, since a semaphore's permits are counted in 32 bits.
const BYTES_PER_PERMIT: usize = 1_024;

/// What gRPC writes in front of each message.
const MESSAGE_HEAD_BYTES: usize = 5;

pub(super) fn append_stream(
    gate: &Gate,
    request: Request<Streaming<v1::AppendStreamRequest>>,
) -> Response<Acknowledgements> {
    let (sender, receiver) = mpsc::channel(STREAM_IN_FLIGHT_MESSAGES_MAX);
    let answers = Room::current();
    let reader = Reader {
        caller: Caller::of(&request),
        bindings: gate.bindings().watched(),
        gate: gate.clone(),
        messages: request.into_inner(),
        room: Arc::new(Semaphore::new(
            STREAM_IN_FLIGHT_BYTES_MAX / BYTES_PER_PERMIT,
        )),
        answers: answers.clone(),
        sender,
    };
    tokio::spawn(reader.run());
    Response::new(Acknowledgements {
        receiver,
        answers,
        pending: None,
        next_index: 0,
        ended: false,
    })
}

/// A message on its way to its acknowledgement, with the room that it takes until then.
struct InFlight {
    pending: PendingAppend,
    room: OwnedSemaphorePermit,
    /// Room for its acknowledgement.
    answer: Option<Held>,
}

/// Where a stream's events go, and of which sources they may be.
struct Target {
    /// As the first message names it.
    name: String,
    ledger: Ledger,
    sources: Sources,
    meter: Meter,
}

/// The half that reads.
struct Reader {
    caller: Caller,
    gate: Gate,
    /// Tells when other bindings are in force.
    bindings: watch::Receiver<Arc<Table>>,
    messages: Streaming<v1::AppendStreamRequest>,
    room: Arc<Semaphore>,
    /// Where acknowledgements get their room.
    answers: Option<Arc<Room>>,
    sender: mpsc::Sender<Result<InFlight, Status>>,
}

impl Reader {
    /// Reads until the client ends its half, a message is refused, the client is gone, or the daemon
    /// drains. What was put into the queue by then is still acknowledged.
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
        let mut opened: Option<Target> = None;
        loop {
            let message = tokio::select! {
                biased;
                () = &mut drain => return Err(Refusal::draining().into()),
                () = self.sender.closed() => return Ok(()),
                // The gate has the other end, and lives as long.
                _changed = self.bindings.changed() => {
                    self.hold(&mut opened)?;
                    continue;
                }
                message = self.messages.message() => message?,
            };
            let Some(message) = message else {
                return Ok(());
            };
            let of_message = |refusal: Refusal| Status::from(refusal.of_message(number));
            match self.open(&mut opened, &message.ledger) {
                Ok(()) => {}
                Err(Refused::Field(refusal)) => return Err(of_message(refusal)),
                Err(Refused::Call(status)) => return Err(status),
            }
            // A stream goes on for long, and the permit of its first message says nothing of now.
            self.gate.check_system().map_err(of_message)?;
            let bytes = message.events.iter().map(bytes_of).sum();
            if let Some(target) = &opened {
                tokio::select! {
                    () = target.meter.await_bytes(bytes) => {}
                    () = self.sender.closed() => return Ok(()),
                }
            }
            let Some(answer) = self.answer_for(message.events.len()).await else {
                return Ok(());
            };
            let Some(room) = self.room_for(bytes).await else {
                return Ok(());
            };
            // Boxed, so that a stream that waits for a message takes little.
            let enqueued = Box::pin(self.enqueue(&mut opened, message, &of_message));
            let Some(pending) = enqueued.await? else {
                return Ok(());
            };
            number += 1;
            let in_flight = InFlight {
                pending,
                room,
                answer,
            };
            if self.sender.send(Ok(in_flight)).await.is_err() {
                return Ok(());
            }
        }
    }

    /// The first message names the ledger, and no later one another.
    fn open(&self, opened: &mut Option<Target>, name: &str) -> Result<(), Refused> {
        match opened {
            Some(target) if name.is_empty() || name == target.name => Ok(()),
            Some(_) => {
                let problem = "must be empty or the same as in the first message";
                Err(Refused::Field(Refusal::field("ledger", problem)))
            }
            None => {
                let scope = Scope::Ledger(name);
                let permit = self.gate.authorise(&self.caller, Action::Append, scope);
                let found = permit.and_then(|permit| Target::of(&permit, name));
                *opened = Some(found.map_err(Refused::Call)?);
                Ok(())
            }
        }
    }

    /// Asks anew whether the stream may go on, if other bindings are in force.
    fn hold(&mut self, opened: &mut Option<Target>) -> Result<(), Status> {
        self.bindings.mark_unchanged();
        if let Some(target) = opened {
            let renewed = {
                let scope = Scope::Ledger(&target.name);
                let permit = self
                    .gate
                    .authorise_on(&self.caller, Action::Append, scope)?;
                Target::of(&permit, &target.name)?
            };
            *target = renewed;
        }
        Ok(())
    }

    /// Waits until the message fits in beside what is in flight; nothing if the client is gone.
    async fn room_for(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        let permits = bytes.div_ceil(BYTES_PER_PERMIT);
        let permits = permits.min(STREAM_IN_FLIGHT_BYTES_MAX / BYTES_PER_PERMIT);
        let room = Arc::clone(&self.room).acquire_many_owned(u32::try_from(permits).ok()?);
        tokio::select! {
            room = room => room.ok(),
            () = self.sender.closed() => None,
        }
    }

    /// Waits until there is room for the acknowledgement of a message of so many events; nothing if the client is gone.
    async fn answer_for(&self, events: usize) -> Option<Option<Held>> {
        let Some(answers) = &self.answers else {
            return Some(None);
        };
        let bytes = ACKNOWLEDGEMENT_BYTES + events.min(BATCH_EVENTS_MAX) * REPEAT_BYTES;
        tokio::select! {
            held = answers.take_acknowledgement(bytes) => Some(held),
            () = self.sender.closed() => None,
        }
    }

    /// Puts a message into the ledger's queue. A full queue presses back on the client instead of
    /// failing the stream; nothing if the client went while it waited. Bindings may have changed meanwhile.
    async fn enqueue(
        &mut self,
        opened: &mut Option<Target>,
        message: v1::AppendStreamRequest,
        of_message: &impl Fn(Refusal) -> Status,
    ) -> Result<Option<PendingAppend>, Status> {
        if self.bindings.has_changed().unwrap_or_default() {
            self.hold(opened)?;
        }
        let Some(target) = opened.as_ref() else {
            return Ok(None);
        };
        let bytes = message.events.iter().map(bytes_of).sum();
        let within = target.meter.check_quota(message.events.len(), bytes);
        within.await.map_err(of_message)?;
        let prepared = prepare_all(&target.ledger, &target.sources, &message.events).await;
        let mut prepared = prepared.map_err(of_message)?;
        let within = target.meter.quota(prepared.len(), bytes).await;
        within.map_err(of_message)?;
        // The message is as large as its payload; only what bindings are about is kept of it.
        let named: Vec<_> = message
            .events
            .into_iter()
            .map(|event| event.source)
            .collect();
        loop {
            if self.bindings.has_changed().unwrap_or_default() {
                self.hold(opened)?;
                let held = opened.as_ref().map(|target| target.check(&named));
                held.unwrap_or(Ok(())).map_err(of_message)?;
            }
            let Some(target) = opened.as_ref() else {
                return Ok(None);
            };
            match target.ledger.try_enqueue(&mut prepared, None) {
                Ok(pending) => return Ok(Some(pending)),
                Err(AppendError::QueueFull { retry_after }) => tokio::select! {
                    () = tokio::time::sleep(retry_after) => {}
                    () = self.sender.closed() => return Ok(None),
                },
                Err(error) => return Err(of_message(error.into())),
            }
        }
    }
}

impl Target {
    fn of(permit: &Permit<'_>, name: &str) -> Result<Self, Status> {
        Ok(Self {
            name: name.to_owned(),
            ledger: permit.ledger()?,
            sources: permit.sources(),
            meter: permit.meter(),
        })
    }

    /// Refuses events of these sources if one is not among those that may be appended.
    fn check(&self, named: &[String]) -> Result<(), Refusal> {
        for (index, source) in named.iter().enumerate() {
            let foreign = |refusal: Refusal| refusal.with("index", index);
            self.sources.check(source).map_err(foreign)?;
        }
        Ok(())
    }
}

/// Why a message has nowhere to go: what it says of the ledger, or that the call may not be.
enum Refused {
    Field(Refusal),
    Call(Status),
}

/// The half that acknowledges. It ends with the first message that is refused.
pub(crate) struct Acknowledgements {
    receiver: mpsc::Receiver<Result<InFlight, Status>>,
    answers: Option<Arc<Room>>,
    pending: Option<InFlight>,
    next_index: u64,
    ended: bool,
}

impl Stream for Acknowledgements {
    type Item = Result<v1::AppendStreamResponse, Status>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.ended {
            return Poll::Ready(None);
        }
        let mut in_flight = match self.pending.take() {
            Some(in_flight) => in_flight,
            None => match ready!(self.receiver.poll_recv(context)) {
                Some(Ok(in_flight)) => in_flight,
                Some(Err(refused)) => return self.end(refused),
                None => return Poll::Ready(None),
            },
        };
        let Poll::Ready(outcome) = pin!(&mut in_flight.pending).poll(context) else {
            self.pending = Some(in_flight);
            return Poll::Pending;
        };
        drop(in_flight.room);
        let index = self.next_index;
        self.next_index += 1;
        match outcome {
            Ok(appended) => {
                let message = acknowledgement::message(index, &appended);
                if let (Some(answers), Some(mut held)) = (&self.answers, in_flight.answer) {
                    held.shrink(MESSAGE_HEAD_BYTES + message.encoded_len());
                    answers.keep(held);
                }
                Poll::Ready(Some(Ok(message)))
            }
            Err(error) => self.end(Refusal::from(error).of_message(index).into()),
        }
    }
}

impl Acknowledgements {
    /// Says why, and tells the reader to stop. What it has put into the queue since may still commit;
    /// the client is told nothing about it.
    fn end(&mut self, refused: Status) -> Poll<Option<Result<v1::AppendStreamResponse, Status>>> {
        self.ended = true;
        self.receiver.close();
        Poll::Ready(Some(Err(refused)))
    }
}
