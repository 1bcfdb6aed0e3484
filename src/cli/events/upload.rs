//! Sends many events through one append stream, and finds out what became of each.

use std::{collections::VecDeque, time::Duration};

use indelible_proto::v1::{
    Acknowledgement, AppendRequest, AppendStreamRequest, AppendStreamResponse, Event,
};
use prost::Message as _;
use tokio::sync::mpsc::{self, Receiver};
use tokio_stream::wrappers::ReceiverStream;

use crate::cli::{
    connection::{Client, Connection},
    error::{CliError, Refusal},
    events::reading::{Incoming, Item, Place, RefusedRecord},
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
/// Refused records that are kept for the report; all are counted.
const REFUSALS_KEPT_MAX: usize = 100;

/// What became of the events.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Appended now.
    pub(crate) appended: u64,
    /// There before.
    pub(crate) repeated: u64,
    /// Refused, by the mapping or by the daemon.
    pub(crate) refused: u64,
    /// The first of those refused.
    pub(crate) refusals: Vec<RefusedRecord>,
    /// The least sequence number acknowledged.
    pub(crate) first_sequence: Option<u64>,
    /// The greatest.
    pub(crate) last_sequence: Option<u64>,
}

impl Tally {
    /// How many records were read and dealt with.
    #[must_use]
    pub(crate) fn total(&self) -> u64 {
        self.appended + self.repeated + self.refused
    }

    fn count(&mut self, acknowledgement: &Acknowledgement) {
        let sequence = acknowledgement.sequence;
        if acknowledgement.repeat {
            self.repeated += 1;
        } else {
            self.appended += 1;
        }
        self.first_sequence = Some(self.first_sequence.map_or(sequence, |s| s.min(sequence)));
        self.last_sequence = Some(self.last_sequence.map_or(sequence, |s| s.max(sequence)));
    }

    fn refuse(&mut self, refused: RefusedRecord) {
        self.refused += 1;
        if self.refusals.len() < REFUSALS_KEPT_MAX {
            // What the mapping refuses is known before what the daemon refuses.
            let place = |kept: &RefusedRecord| kept.place <= refused.place;
            let index = self.refusals.partition_point(place);
            self.refusals.insert(index, refused);
        }
    }
}

/// Told of each acknowledgement, in the order of the input.
pub(crate) type Observer<'a> =
    &'a mut dyn FnMut(&Tally, &Item, &Acknowledgement) -> Result<(), CliError>;

/// One upload to one ledger.
pub(crate) struct Upload<'a> {
    client: Client,
    connection: &'a Connection,
    ledger: String,
    keep_going: bool,
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
    /// An upload of everything that comes in. With `keep_going`, a refused record does not end it.
    pub(crate) fn new(
        client: Client,
        connection: &'a Connection,
        ledger: String,
        keep_going: bool,
        incoming: Receiver<Incoming>,
    ) -> Self {
        Self {
            client,
            connection,
            ledger,
            keep_going,
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
            let acknowledged = self.tally.total();
            let Err(failure) = self.stream(observer).await else {
                break;
            };
            let CliError::Daemon(refusal) = failure else {
                return Err(failure);
            };
            if self.tally.total() > acknowledged {
                retries = 0;
            }
            if is_about_an_event(&refusal) {
                self.append_singly(observer).await?;
            } else {
                wait_to_retry(&mut retries, *refusal).await?;
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
                    bytes += item.event.encoded_len();
                    if bytes > MESSAGE_BYTES_MAX && !message.is_empty() {
                        self.waiting.push_front(Incoming::Event(item));
                        break;
                    }
                    message.push(item);
                }
                Incoming::Refused(refused) => {
                    if !self.keep_going {
                        self.stop = Some(refused.to_error());
                    }
                    self.tally.refuse(refused);
                }
                Incoming::Failed(failure) => self.stop = Some(failure),
            }
        }
        message
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
            self.tally.count(acknowledgement);
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
                    self.tally.count(&acknowledgement);
                    observer(&self.tally, &item, &acknowledgement)?;
                }
                Err(refusal) if is_about_an_event(&refusal) => {
                    let refused = RefusedRecord::by_daemon(&item, &refusal);
                    self.tally.refuse(refused);
                    if !self.keep_going {
                        // What flew behind it has not been appended, and is not to be.
                        self.flying.clear();
                        self.waiting.clear();
                        self.stop = Some(at_place(item.place, refusal));
                        return Ok(());
                    }
                }
                Err(refusal) => return Err(CliError::Daemon(Box::new(refusal))),
            }
        }
        Ok(())
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
                Err(refusal) => match wait_to_retry(&mut retries, refusal).await {
                    Err(CliError::Daemon(refusal)) => return Err(*refusal),
                    _ => continue,
                },
            }
        }
    }
}

/// The acknowledgement of each event of a message, in its order.
fn acknowledgements(
    answer: &AppendStreamResponse,
    events: usize,
) -> Result<Vec<Acknowledgement>, CliError> {
    const MISMATCH: CliError = CliError::Answer("acknowledgements do not match the events");
    let mut all: Vec<Option<Acknowledgement>> = vec![None; events];
    for repeat in &answer.repeats {
        let place = usize::try_from(repeat.index).map_err(|_| MISMATCH)?;
        let slot = all.get_mut(place).ok_or(MISMATCH)?;
        let first = repeat.acknowledgement.clone().ok_or(MISMATCH)?;
        *slot = Some(Acknowledgement {
            repeat: true,
            ..first
        });
    }
    let range = answer.appended.clone().unwrap_or_default();
    let mut new = 0;
    for slot in all.iter_mut().filter(|slot| slot.is_none()) {
        *slot = Some(Acknowledgement {
            sequence: range.first_sequence + u64::from(new),
            recorded_time: range.recorded_time,
            chain_hash: range.chain_hash.clone(),
            tree_size: range.tree_size,
            ..Acknowledgement::default()
        });
        new += 1;
    }
    if new != range.count {
        return Err(MISMATCH);
    }
    all.into_iter().collect::<Option<Vec<_>>>().ok_or(MISMATCH)
}

/// Whether one of the events is to blame, and not the ledger, the daemon or the way to it.
fn is_about_an_event(refusal: &Refusal) -> bool {
    use tonic::Code;
    let about_ledger = refusal
        .violations
        .iter()
        .any(|(field, _)| field == "ledger");
    match refusal.code {
        Code::InvalidArgument | Code::OutOfRange => !about_ledger,
        Code::AlreadyExists => true,
        _ => false,
    }
}

/// Waits before another attempt, if one makes sense; otherwise gives the refusal back as the error.
async fn wait_to_retry(retries: &mut u32, refusal: Refusal) -> Result<(), CliError> {
    if !refusal.is_temporary() || *retries >= RETRIES_MAX {
        return Err(CliError::Daemon(Box::new(refusal)));
    }
    let delay = refusal
        .retry_after
        .unwrap_or(RETRY_DELAY_MIN * 2_u32.saturating_pow(*retries))
        .min(RETRY_DELAY_MAX);
    *retries += 1;
    tokio::time::sleep(delay).await;
    Ok(())
}

fn at_place(place: Place, refusal: Refusal) -> CliError {
    let message = format!("{place}: {refusal}");
    CliError::Daemon(Box::new(Refusal { message, ..refusal }))
}

#[cfg(test)]
mod tests;
