//! Sends many events through one append stream, and finds out what became of each.

mod acknowledged;
mod length;
mod tally;

use std::{collections::VecDeque, time::Duration};

use indelible_compliance::reports::inert::inert;
use indelible_proto::v1::{
    Acknowledgement, AppendRequest, AppendStreamRequest, AppendStreamResponse, ErrorReason, Event,
};
use prost::Message as _;
use tokio::sync::mpsc::{self, Receiver};
use tokio_stream::wrappers::ReceiverStream;

use self::acknowledged::acknowledgements;
pub(crate) use self::tally::Tally;
use crate::cli::{
    connection::{Client, Connection},
    error::{CliError, Refusal},
    events::{
        reading::{Incoming, Item, RefusedRecord},
        refused::Refusing,
    },
};

/// Events of one message. The wire allows 1,024.
const MESSAGE_EVENTS_MAX: usize = 512;
/// Bytes of one message's events. The wire allows 4 MiB; one event has at most a little over 1 MiB.
const MESSAGE_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Messages sent and not yet acknowledged.
const MESSAGES_FLYING_MAX: usize = 16;
/// How often to try again without getting any further.
const RETRIES_MAX: u32 = 8;
const RETRY_DELAY_MIN: Duration = Duration::from_millis(250);
const RETRY_DELAY_MAX: Duration = Duration::from_secs(5);
/// Told of each acknowledgement, in the order of the input.
pub(crate) type Observer<'a> =
    &'a mut dyn FnMut(&Tally, &Item, &Acknowledgement) -> Result<(), CliError>;

/// One upload to one ledger.
pub(crate) struct Upload<'a> {
    client: Client,
    connection: &'a Connection,
    ledger: String,
    refusing: &'a mut Refusing,
    incoming: Receiver<Incoming>,
    /// Read, and not yet in a message.
    waiting: VecDeque<Incoming>,
    /// In a message, and not yet acknowledged; in the order in which they were sent.
    flying: VecDeque<Vec<Item>>,
    /// Why to stop once what is flying has landed.
    stop: Option<CliError>,
    /// What became of the events so far.
    pub(crate) tally: Tally,
}

impl<'a> Upload<'a> {
    /// An upload of everything that comes in.
    pub(crate) fn new(
        client: Client,
        connection: &'a Connection,
        ledger: String,
        refusing: &'a mut Refusing,
        incoming: Receiver<Incoming>,
    ) -> Self {
        Self {
            client,
            connection,
            ledger,
            refusing,
            incoming,
            waiting: VecDeque::new(),
            flying: VecDeque::new(),
            stop: None,
            tally: Tally::default(),
        }
    }

    /// Sends until the input ends. Whatever it returns, `tally` says what has been acknowledged.
    pub(crate) async fn run(&mut self, observer: Observer<'_>) -> Result<(), CliError> {
        let mut retries = 0;
        loop {
            if self.flying.is_empty() {
                match self.next_message().await {
                    Some(message) => self.flying.push_back(message),
                    None => break,
                }
            }
            let acknowledged = self.tally.progress();
            let Err(failure) = self.stream(observer).await else {
                break;
            };
            let CliError::Daemon(refusal) = failure else {
                return Err(failure);
            };
            if self.tally.progress() > acknowledged {
                retries = 0;
            }
            // Of a message that is too much for a quota, its first events may be within it.
            if is_about_an_event(&refusal) || refusal.is(ErrorReason::QuotaExceeded) {
                self.append_singly(observer).await?;
                continue;
            }
            let patience = self.connection.deadline();
            if let Err(refusal) = wait_to_retry(&mut retries, *refusal, patience).await {
                let first = self.flying.front().and_then(|message| message.first());
                return Err(self.ended_before(first, *refusal));
            }
        }
        self.stop.take().map_or(Ok(()), Err)
    }

    /// Runs one append stream until the input has ended and all is acknowledged, or it breaks.
    async fn stream(&mut self, observer: Observer<'_>) -> Result<(), CliError> {
        let (sender, receiver) = mpsc::channel(MESSAGES_FLYING_MAX);
        for message in &self.flying {
            let request = self.request(message);
            // There is room for all that can be flying, and the receiver is still here.
            let _sent = sender.try_send(request);
        }
        let requests = ReceiverStream::new(receiver);
        let mut answers = self.client.append_stream(requests).await?.into_inner();
        let mut sender = Some(sender);
        let mut answered = 0;
        loop {
            let may_send = sender.is_some() && self.flying.len() < MESSAGES_FLYING_MAX;
            tokio::select! {
                answer = answers.message() => {
                    let Some(answer) = answer? else {
                        return self.ended(sender.is_none());
                    };
                    if answer.message_index != answered {
                        return Err(CliError::Answer("acknowledgements are out of order"));
                    }
                    answered += 1;
                    self.land(&answer, observer)?;
                }
                message = self.next_message(), if may_send => match message {
                    None => sender = None,
                    Some(message) => {
                        let request = self.request(&message);
                        self.flying.push_back(message);
                        if let Some(sender) = &sender {
                            // If the stream has just broken, the answers say so next.
                            let _sent = sender.send(request).await;
                        }
                    }
                },
            }
        }
    }

    /// A stream that ends without an error is complete only when both sides are done.
    fn ended(&self, sent_all: bool) -> Result<(), CliError> {
        if sent_all && self.flying.is_empty() {
            return Ok(());
        }
        Err(tonic::Status::unavailable("the daemon ended the stream").into())
    }

    fn request(&self, message: &[Item]) -> AppendStreamRequest {
        AppendStreamRequest {
            ledger: self.ledger.clone(),
            events: message.iter().map(|item| item.event.clone()).collect(),
        }
    }

    /// Takes what has been read as the next message; nothing at the end of the input. Can be cancelled
    /// without losing anything: what it has received stands in `waiting`.
    async fn next_message(&mut self) -> Option<Vec<Item>> {
        loop {
            if self.waiting.is_empty() && self.stop.is_none() {
                let mut received = Vec::new();
                let limit = MESSAGE_EVENTS_MAX;
                if self.incoming.recv_many(&mut received, limit).await == 0 {
                    return None;
                }
                self.waiting.extend(received);
            }
            let message = self.take_message();
            if !message.is_empty() {
                return Some(message);
            }
            if self.stop.is_some() {
                return None;
            }
        }
    }

    fn take_message(&mut self) -> Vec<Item> {
        let (mut message, mut bytes) = (Vec::new(), 0);
        while self.stop.is_none()
            && message.len() < MESSAGE_EVENTS_MAX
            && let Some(next) = self.waiting.pop_front()
        {
            match next {
                Incoming::Event(item) => {
                    let length = item.event.encoded_len();
                    if let Some(problem) = length::problem(&item.event, length) {
                        let refused = RefusedRecord::by_length(&item, problem);
                        self.refuse(refused, RefusedRecord::to_error);
                        continue;
                    }
                    bytes += length;
                    if bytes > MESSAGE_BYTES_MAX && !message.is_empty() {
                        self.waiting.push_front(Incoming::Event(item));
                        break;
                    }
                    message.push(item);
                }
                Incoming::Refused(refused) => {
                    self.refuse(refused, RefusedRecord::to_error);
                }
                Incoming::Failed(failure) => self.stop = Some(failure),
            }
        }
        message
    }

    /// Counts a refused record, and says whether it ends the work.
    fn refuse(
        &mut self,
        refused: RefusedRecord,
        to_error: impl FnOnce(&RefusedRecord) -> CliError,
    ) -> bool {
        let listed = self.refusing.write(&refused);
        let stop = match listed {
            Err(failure) => Some(failure),
            Ok(()) if self.refusing.keeps_going() => None,
            Ok(()) => Some(to_error(&refused)),
        };
        self.tally.refuse(refused, self.refusing.keeps_all());
        let stops = stop.is_some();
        if stops {
            self.stop = stop;
        }
        stops
    }

    /// Hands out the acknowledgements of the oldest message.
    fn land(
        &mut self,
        answer: &AppendStreamResponse,
        observer: Observer<'_>,
    ) -> Result<(), CliError> {
        let message = self
            .flying
            .pop_front()
            .ok_or(CliError::Answer("more acknowledgements than messages"))?;
        let acknowledgements = acknowledgements(answer, message.len())?;
        for (item, acknowledgement) in message.iter().zip(&acknowledgements) {
            self.tally.count(item.place, acknowledgement);
            observer(&self.tally, item, acknowledgement)?;
        }
        Ok(())
    }

    /// Appends the events of the oldest message one by one, since one of them is refused and nobody but the
    /// daemon can say which. What is there already is only repeated.
    async fn append_singly(&mut self, observer: Observer<'_>) -> Result<(), CliError> {
        let message = self.flying.pop_front().unwrap_or_default();
        for item in message {
            match self.append_one(item.event.clone()).await {
                Ok(acknowledgement) => {
                    self.tally.count(item.place, &acknowledgement);
                    observer(&self.tally, &item, &acknowledgement)?;
                }
                Err(refusal) if is_about_an_event(&refusal) => {
                    let refused = RefusedRecord::by_daemon(&item, &refusal);
                    let refusal = refusal.of_event(&self.ledger, &item.event);
                    if self.refuse(refused, |_| at_place(&item, refusal)) {
                        // What flew behind it has not been appended, and is not to be.
                        self.flying.clear();
                        self.waiting.clear();
                        return Ok(());
                    }
                }
                Err(refusal) => return Err(self.ended_before(Some(&item), refusal)),
            }
        }
        Ok(())
    }

    /// What ended the upload before this event and all that follows it. Where the daemon said when to come back, it refused
    /// the event; otherwise nobody knows what became of it.
    fn ended_before(&self, first: Option<&Item>, refusal: Refusal) -> CliError {
        let Some(first) = first else {
            return CliError::Daemon(Box::new(refusal));
        };
        let Tally {
            appended, repeated, ..
        } = self.tally;
        let left = match refusal.retry_after {
            Some(_) => "left, and not appended",
            None => "not acknowledged, and perhaps not appended",
        };
        let daemon = match refusal.reason {
            Some(_) => "",
            None => "the daemon does not answer any more: ",
        };
        let message = format!(
            "{daemon}{refusal}; appended {appended}, repeated {repeated}; {left}: {}: {} (id {}) and all that follows it",
            first.input,
            first.place,
            inert(&first.event.id)
        );
        CliError::Daemon(Box::new(Refusal { message, ..refusal }))
    }

    async fn append_one(&mut self, event: Event) -> Result<Acknowledgement, Refusal> {
        let mut retries = 0;
        loop {
            let request = self.connection.request(AppendRequest {
                ledger: self.ledger.clone(),
                event: Some(event.clone()),
                expected_sequence: None,
            });
            match self.client.append(request).await.map_err(Refusal::from) {
                Ok(response) => {
                    return Ok(response.into_inner().acknowledgement.unwrap_or_default());
                }
                Err(refusal) if is_about_an_event(&refusal) => return Err(refusal),
                Err(refusal) => {
                    let patience = self.connection.deadline();
                    let waited = wait_to_retry(&mut retries, refusal, patience).await;
                    waited.map_err(|refusal| *refusal)?;
                }
            }
        }
    }
}

/// Whether one of the events is to blame, and not the ledger, the daemon or the way to it.
fn is_about_an_event(refusal: &Refusal) -> bool {
    use tonic::Code;
    let about_ledger = refusal
        .violations
        .iter()
        .any(|(field, _)| field == "ledger");
    let about_its_producer = refusal.is(ErrorReason::ProducerSourceMismatch)
        || refusal.is(ErrorReason::ProducerSignatureMissing);
    match refusal.code {
        _ if about_its_producer => true,
        Code::InvalidArgument | Code::OutOfRange => !about_ledger,
        Code::AlreadyExists => true,
        _ => false,
    }
}

/// Waits before another attempt, if one makes sense; otherwise gives the refusal back. What takes longer than `patience`,
/// which is what a call may take, is not waited for.
async fn wait_to_retry(
    retries: &mut u32,
    refusal: Refusal,
    patience: Duration,
) -> Result<(), Box<Refusal>> {
    let is_too_late = refusal.retry_after.is_some_and(|after| after > patience);
    if !refusal.is_temporary() || is_too_late || *retries >= RETRIES_MAX {
        return Err(Box::new(refusal));
    }
    let delay = refusal
        .retry_after
        .unwrap_or(RETRY_DELAY_MIN * 2_u32.saturating_pow(*retries))
        .min(RETRY_DELAY_MAX);
    *retries += 1;
    tokio::time::sleep(delay).await;
    Ok(())
}

fn at_place(item: &Item, refusal: Refusal) -> CliError {
    let message = format!("{}: {}: {refusal}", item.input, item.place);
    CliError::Daemon(Box::new(Refusal { message, ..refusal }))
}

#[cfg(test)]
mod tests;
