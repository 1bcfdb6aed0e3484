//! Clients that append until they are told to stop or the daemon is gone: one event at a time, in
//! batches, and streamed.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use indelible_proto::v1::{AppendStreamRequest, ledger_service_client::LedgerServiceClient};
use tokio::{sync::mpsc, task::JoinHandle};
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

use super::{
    calls::{append, batch, event, sequences},
    daemon::{Client, connect},
};

/// Clients that append one event at a time.
const SINGLE: usize = 3;
/// Clients that append batches.
const BATCHING: usize = 1;
/// Clients that stream.
const STREAMING: usize = 2;
/// Events of one batch or message of a stream, at most.
const BATCH_EVENTS: usize = 20;
/// Messages that a streaming client sends before it waits for acknowledgements.
const AHEAD: usize = 8;

/// What one client has seen.
#[derive(Default)]
pub(crate) struct Sent {
    /// Ids with the sequence numbers that were acknowledged.
    pub(crate) acknowledged: Vec<(String, u64)>,
    /// Ids of events that were sent and of which nothing is known.
    pub(crate) in_doubt: Vec<String>,
    /// The error that ended it, if the daemon gave one.
    pub(crate) failure: Option<Status>,
}

/// Clients at work.
pub(crate) struct Load {
    stop: Arc<AtomicBool>,
    clients: Vec<JoinHandle<Sent>>,
}

impl Load {
    /// Sets clients to work on a ledger. `name` makes their events' ids their own.
    pub(crate) fn start(address: &str, ledger: &str, name: &str) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let worker = |kind: &str, number: usize| Worker {
            address: address.to_owned(),
            ledger: ledger.to_owned(),
            name: format!("{name}-{kind}{number}"),
            stop: Arc::clone(&stop),
            events: 0,
            sent: Sent::default(),
        };
        let mut clients = Vec::new();
        clients.extend((0..SINGLE).map(|n| tokio::spawn(worker("s", n).single())));
        clients.extend((0..BATCHING).map(|n| tokio::spawn(worker("b", n).batching())));
        clients.extend((0..STREAMING).map(|n| tokio::spawn(worker("t", n).streaming())));
        Self { stop, clients }
    }

    /// Tells the clients to stop, and waits until they have. Those of a daemon that is gone stop
    /// by themselves.
    pub(crate) async fn finish(self) -> Vec<Sent> {
        self.stop.store(true, Ordering::Relaxed);
        let mut sent = Vec::new();
        for client in self.clients {
            sent.push(client.await.unwrap());
        }
        sent
    }
}

struct Worker {
    address: String,
    ledger: String,
    name: String,
    stop: Arc<AtomicBool>,
    events: u64,
    sent: Sent,
}

impl Worker {
    async fn client(&self) -> Option<Client> {
        Some(LedgerServiceClient::new(connect(&self.address).await.ok()?))
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn next_ids(&mut self, count: usize) -> Vec<String> {
        let first = self.events;
        self.events += count as u64;
        (first..self.events)
            .map(|number| format!("{}-{number}", self.name))
            .collect()
    }

    async fn single(mut self) -> Sent {
        let Some(mut client) = self.client().await else {
            return self.sent;
        };
        while !self.stopped() {
            let id = self.next_ids(1).remove(0);
            match append(&mut client, &self.ledger, event(&id)).await {
                Ok(acknowledgement) => {
                    assert!(!acknowledgement.repeat, "{id} was never sent before");
                    self.sent.acknowledged.push((id, acknowledgement.sequence));
                }
                Err(failure) => {
                    self.sent.failure = Some(failure);
                    self.sent.in_doubt.push(id);
                    break;
                }
            }
        }
        self.sent
    }

    async fn batching(mut self) -> Sent {
        let Some(mut client) = self.client().await else {
            return self.sent;
        };
        while !self.stopped() {
            let ids = self.next_ids(1 + self.events as usize % BATCH_EVENTS);
            let events = ids.iter().map(|id| event(id)).collect();
            match batch(&mut client, &self.ledger, events).await {
                Ok(answer) => {
                    let sequences = sequences(ids.len(), answer.appended.as_ref(), &answer.repeats);
                    self.sent
                        .acknowledged
                        .extend(ids.into_iter().zip(sequences));
                }
                Err(failure) => {
                    self.sent.failure = Some(failure);
                    self.sent.in_doubt.extend(ids);
                    break;
                }
            }
        }
        self.sent
    }

    async fn streaming(mut self) -> Sent {
        let Some(mut client) = self.client().await else {
            return self.sent;
        };
        let (sender, receiver) = mpsc::channel(AHEAD);
        let (noted, mut notes) = mpsc::channel::<Vec<String>>(AHEAD);
        let ledger = self.ledger.clone();
        let Ok(answers) = client.append_stream(ReceiverStream::new(receiver)).await else {
            return self.sent;
        };
        let mut answers = answers.into_inner();
        let mut unread = self.sent;
        self.sent = Sent::default();
        let writer = tokio::spawn(async move {
            while !self.stopped() {
                let ids = self.next_ids(1 + self.events as usize % BATCH_EVENTS);
                let events = ids.iter().map(|id| event(id)).collect();
                // What is to be sent is noted first, or it would be missed in the account.
                if noted.send(ids).await.is_err() {
                    break;
                }
                let message = AppendStreamRequest {
                    ledger: ledger.clone(),
                    events,
                };
                if sender.send(message).await.is_err() {
                    break;
                }
            }
        });
        let mut index = 0;
        loop {
            let answer = match answers.message().await {
                Ok(Some(answer)) => answer,
                Ok(None) => break,
                Err(failure) => {
                    unread.failure = Some(failure);
                    break;
                }
            };
            assert_eq!(
                answer.message_index, index,
                "acknowledgements in the order of the messages"
            );
            index += 1;
            let ids = notes.recv().await.unwrap();
            let sequences = sequences(ids.len(), answer.appended.as_ref(), &answer.repeats);
            unread.acknowledged.extend(ids.into_iter().zip(sequences));
        }
        // Let the writer go if it waits for room, and count what it noted.
        drop(answers);
        notes.close();
        while let Some(ids) = notes.recv().await {
            unread.in_doubt.extend(ids);
        }
        writer.await.unwrap();
        unread
    }
}
