//! Connections as they come in: no more at once than may be, and none but this machine's.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
};
use tokio_stream::wrappers::ReceiverStream;

use super::{
    refused::{refuse, refuse_at_once},
    socket::Socket,
};
use crate::limits::REFUSALS_MAX;

/// How long accepting pauses when the system is out of descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// The log tells of refused connections no more often.
const TELLING_INTERVAL: Duration = Duration::from_secs(10);

/// Accepts connections until the stream that it gives is dropped, which closes the socket. Beyond `connections_max` a
/// connection is told so, and closed.
pub(crate) fn incoming(listener: TcpListener, connections_max: usize) -> ReceiverStream<Socket> {
    // One is handed over at a time, so that accepting waits for serving.
    let (sender, receiver) = mpsc::channel(1);
    let mut door = Door {
        places: Arc::new(Semaphore::new(connections_max)),
        refusals: Arc::new(Semaphore::new(REFUSALS_MAX)),
        connections_max,
        refused: Refused::default(),
    };
    tokio::spawn(async move {
        tokio::select! {
            () = door.accept(&listener, &sender) => {}
            () = sender.closed() => {}
        }
    });
    ReceiverStream::new(receiver)
}

struct Door {
    places: Arc<Semaphore>,
    refusals: Arc<Semaphore>,
    connections_max: usize,
    refused: Refused,
}

/// How many connections were refused, and what the log has told of it: the first at once, and each later one within
/// [`TELLING_INTERVAL`].
#[derive(Default)]
struct Refused {
    total: u64,
    untold: u64,
    /// No line comes before this.
    due: Option<Instant>,
}

impl Refused {
    fn one(&mut self) {
        self.total += 1;
        self.untold += 1;
    }

    /// What to tell now: how many more were refused, and how many since the start.
    fn take_due(&mut self, now: Instant) -> Option<(u64, u64)> {
        if self.untold == 0 || self.due.is_some_and(|due| now < due) {
            return None;
        }
        self.due = Some(now + TELLING_INTERVAL);
        Some((std::mem::take(&mut self.untold), self.total))
    }

    /// When those that are not told of are due; never, if there are none.
    fn next(&self) -> Option<Instant> {
        self.due.filter(|_| self.untold > 0)
    }
}

impl Door {
    async fn accept(&mut self, listener: &TcpListener, sender: &mpsc::Sender<Socket>) {
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = at(self.refused.next()) => {
                    self.tell();
                    continue;
                }
            };
            match accepted {
                Ok((_, peer)) if !peer.ip().to_canonical().is_loopback() => {
                    tracing::warn!(%peer, "closed a connection that is not local");
                }
                Ok((stream, _)) => match Arc::clone(&self.places).try_acquire_owned() {
                    Ok(place) => {
                        let Some(socket) = socket(stream, place) else {
                            continue;
                        };
                        if sender.send(socket).await.is_err() {
                            return;
                        }
                    }
                    Err(_) => self.refuse(stream),
                },
                Err(error) => {
                    tracing::warn!(%error, "can't accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    /// Tells the log of refused connections, if that is due.
    fn tell(&mut self) {
        if let Some((refused, total)) = self.refused.take_due(Instant::now()) {
            tracing::warn!(
                refused,
                total,
                open = self.connections_max,
                "refused connections: as many are open as may be"
            );
        }
    }

    /// Few are waited for until they have read why, since each has a descriptor meanwhile. Others may miss it.
    fn refuse(&mut self, stream: TcpStream) {
        self.refused.one();
        self.tell();
        let connections_max = self.connections_max;
        match Arc::clone(&self.refusals).try_acquire_owned() {
            Ok(place) => {
                tokio::spawn(async move {
                    refuse(stream, connections_max).await;
                    drop(place);
                });
            }
            Err(_) => refuse_at_once(&stream, connections_max),
        }
    }
}

/// Waits until then; without a time, always.
async fn at(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time.into()).await,
        None => std::future::pending().await,
    }
}

fn socket(stream: TcpStream, place: OwnedSemaphorePermit) -> Option<Socket> {
    // Acknowledgements are small and someone waits for each.
    match stream.set_nodelay(true) {
        Ok(()) => Some(Socket::new(stream, place)),
        Err(error) => {
            tracing::debug!(%error, "a connection was gone before it was served");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refused_connection_is_told_of_once() {
        let mut refused = Refused::default();
        let start = Instant::now();
        let mut told = Vec::new();
        assert_eq!(refused.next(), None);
        for step in 0..495 {
            refused.one();
            told.extend(refused.take_due(start + Duration::from_millis(50) * step));
        }
        let next = refused.next().unwrap();
        assert!(next <= start + Duration::from_millis(50) * 495 + TELLING_INTERVAL);
        told.extend(refused.take_due(next));
        assert_eq!(told.first(), Some(&(1, 1)));
        assert_eq!(told.iter().map(|(more, _)| more).sum::<u64>(), 495);
        assert_eq!(told.last().map(|(_, total)| *total), Some(495));
        assert!(told.len() <= 5, "{told:?}");
        assert_eq!(
            (refused.next(), refused.take_due(next + TELLING_INTERVAL)),
            (None, None)
        );
    }
}
