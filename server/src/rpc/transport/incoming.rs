//! Connections as they come in: no more at once than may be, and over plain TCP none but this machine's.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::sync::{Semaphore, mpsc};
use tokio_stream::wrappers::ReceiverStream;

use super::{
    listener::{Accepted, Listener, accept},
    origins::{Origin, Origins, Place},
    refused::{refuse, refuse_at_once},
};
use crate::{
    limits::{OPERATOR_CONNECTIONS, REFUSALS_MAX},
    refusals::{Kind, counted, refused},
};

/// How long accepting pauses when the system is out of descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// The log tells of refused connections no more often.
const TELLING_INTERVAL: Duration = Duration::from_secs(10);

/// A connection that has come in, and its place among those that may be open.
pub(crate) struct Admitted {
    pub(super) accepted: Accepted,
    pub(super) place: Place,
}

/// Accepts connections until the stream that it gives is dropped, which closes the sockets. Beyond `connections_max` a
/// connection is told so, and closed; so is one beyond `per_address`, if that is limited.
pub(crate) fn incoming(
    listeners: Vec<Listener>,
    connections_max: usize,
    per_address: Option<usize>,
) -> ReceiverStream<Admitted> {
    // One is handed over at a time, so that accepting waits for serving.
    let (sender, receiver) = mpsc::channel(1);
    let mut door = Door {
        places: Arc::new(Semaphore::new(connections_max)),
        kept: Arc::new(Semaphore::new(OPERATOR_CONNECTIONS)),
        refusals: Arc::new(Semaphore::new(REFUSALS_MAX)),
        connections_max,
        origins: per_address.map(Origins::new),
        refused: Refused::default(),
    };
    tokio::spawn(async move {
        tokio::select! {
            () = door.accept(&listeners, &sender) => {}
            () = sender.closed() => {}
        }
    });
    ReceiverStream::new(receiver)
}

/// Why there is no place.
enum Full {
    /// As many are open as may be.
    All,
    /// One address, or one user, has as many as it may have.
    OfOrigin { most: usize },
}

struct Door {
    places: Arc<Semaphore>,
    /// Places for root and the daemon's own user over a Unix socket, once all others are taken.
    kept: Arc<Semaphore>,
    refusals: Arc<Semaphore>,
    connections_max: usize,
    origins: Option<Arc<Origins>>,
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
    async fn accept(&mut self, listeners: &[Listener], sender: &mpsc::Sender<Admitted>) {
        let mut turn = 0;
        loop {
            let accepted = tokio::select! {
                accepted = accept(listeners, &mut turn) => accepted,
                () = at(self.refused.next()) => {
                    self.tell();
                    continue;
                }
            };
            match accepted {
                Ok(accepted) if accepted.is_foreign_and_plain() => {
                    refused(
                        Kind::Foreign,
                        || from(&accepted),
                        || {
                            let from = from(&accepted);
                            tracing::warn!(
                                from,
                                "closed a connection that is neither local nor encrypted"
                            );
                        },
                    );
                }
                Ok(accepted) => match self.place(&accepted) {
                    Ok(place) => {
                        if sender.send(Admitted { accepted, place }).await.is_err() {
                            return;
                        }
                    }
                    Err(Full::All) => self.refuse(accepted),
                    Err(Full::OfOrigin { most }) => self.refuse_of_origin(accepted, most),
                },
                Err(error) => {
                    tracing::warn!(%error, "can't accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    /// A place for a connection: one of its origin's, and one of all or of those that are kept for the operator.
    fn place(&self, accepted: &Accepted) -> Result<Place, Full> {
        let of_origin = match (&self.origins, accepted.origin()) {
            (Some(origins), Some(origin)) => {
                let most = origins.most();
                Some(origins.count(origin).ok_or(Full::OfOrigin { most })?)
            }
            _ => None,
        };
        let free = Arc::clone(&self.places).try_acquire_owned();
        let free = free.or_else(|full| match accepted.is_the_operators() {
            true => Arc::clone(&self.kept).try_acquire_owned(),
            false => Err(full),
        });
        match free {
            Ok(free) => Ok(Place::new(free, of_origin)),
            Err(_) => Err(Full::All),
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
    fn refuse(&mut self, accepted: Accepted) {
        counted(Kind::Connections);
        self.refused.one();
        self.tell();
        let most = self.connections_max;
        let problem = format!("{most} connections are open, which is the most allowed");
        self.send_away(accepted, problem);
    }

    /// One address, or one user, has as many as it may have.
    fn refuse_of_origin(&self, accepted: Accepted, most: usize) {
        refused(
            Kind::ConnectionsOfAddress,
            || from(&accepted),
            || {
                let from = from(&accepted);
                tracing::warn!(
                    from,
                    open = most,
                    "refused a connection: one address or user has as many as it may have (limits.connections_per_address)"
                );
            },
        );
        let problem = format!(
            "{most} connections of this user are open, which is the most allowed to one (limits.connections_per_address)"
        );
        self.send_away(accepted, problem);
    }

    fn send_away(&self, accepted: Accepted, problem: String) {
        // Words without a handshake would be noise to whoever expects TLS.
        let Some(stream) = accepted.plain() else {
            return;
        };
        match Arc::clone(&self.refusals).try_acquire_owned() {
            Ok(place) => {
                tokio::spawn(async move {
                    refuse(stream, &problem).await;
                    drop(place);
                });
            }
            Err(_) => refuse_at_once(&stream, &problem),
        }
    }
}

/// Where a connection is from, for the log.
fn from(accepted: &Accepted) -> String {
    match (accepted.address(), accepted.origin()) {
        (Some(address), _) => address.to_string(),
        (None, Some(Origin::User(user))) => format!("unix:#{user}"),
        _ => "this machine".to_owned(),
    }
}

/// Waits until then; without a time, always.
async fn at(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time.into()).await,
        None => std::future::pending().await,
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
