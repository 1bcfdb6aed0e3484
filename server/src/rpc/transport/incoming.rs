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
        told: None,
        untold: 0,
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
    /// When the log last told of refused connections, and how many it has not told of.
    told: Option<Instant>,
    untold: u64,
}

impl Door {
    async fn accept(&mut self, listener: &TcpListener, sender: &mpsc::Sender<Socket>) {
        loop {
            match listener.accept().await {
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

    /// Few are waited for until they have read why, since each has a descriptor meanwhile. Others may miss it.
    fn refuse(&mut self, stream: TcpStream) {
        self.untold += 1;
        if self
            .told
            .is_none_or(|told| told.elapsed() >= TELLING_INTERVAL)
        {
            tracing::warn!(
                refused = self.untold,
                open = self.connections_max,
                "refused connections: as many are open as may be"
            );
            self.told = Some(Instant::now());
            self.untold = 0;
        }
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
