//! HTTP/2 under the services: connections with deadlines, and a budget of bytes for all that is buffered.
//!
//! It stands on h2 itself and not on tonic's server or hyper's, which neither end a stream whose client does not read nor
//! let a connection's window follow the room that there is. `docs/decisions.md` says more.

mod answer;
mod bearer;
mod budget;
mod calls;
mod calm;
mod connection;
mod deadlines;
mod incoming;
mod listener;
mod message;
mod method;
mod origins;
mod peer;
mod presented;
mod process;
mod refused;
mod room;
mod socket;
mod stream;
mod swallowed;
#[cfg(test)]
mod tests;

pub(crate) use bearer::Bearers;
pub(crate) use budget::{Budget, Held};
pub(crate) use incoming::{Admitted, incoming};
pub(crate) use listener::Listener;
#[cfg(test)]
pub(crate) use presented::Process;
pub(crate) use presented::{Connected, Presented};
pub(super) use room::Room;

use std::{convert::Infallible, net::IpAddr, pin::pin, sync::Arc};

use tokio::{
    sync::watch,
    time::{Instant, timeout},
};
use tokio_stream::{Stream, StreamExt as _};
use tonic::{
    body::Body,
    codegen::{
        Service,
        http::{Request, Response},
    },
};

use self::{connection::Arrival, deadlines::Deadlines, peer::Peer, socket::Socket};
use crate::{
    refusals::{Kind, refused},
    traffic::connected,
};

/// Serves connections until `stop`, then ends what is in progress and returns.
pub(crate) async fn serve<S>(
    services: S,
    incoming: impl Stream<Item = Admitted>,
    budget: Arc<Budget>,
    bearers: Arc<Bearers>,
    stop: impl Future<Output = ()>,
) where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>
        + Clone
        + Send
        + 'static,
    S::Future: Send,
{
    let (stopping, stopped) = watch::channel(false);
    {
        let mut incoming = pin!(incoming);
        let mut stop = pin!(stop);
        loop {
            let admitted = tokio::select! {
                () = &mut stop => break,
                admitted = incoming.next() => admitted,
            };
            let Some(admitted) = admitted else { break };
            let serving = one(
                admitted,
                Arc::clone(&budget),
                Arc::clone(&bearers),
                services.clone(),
                stopped.clone(),
            );
            tokio::spawn(serving);
        }
        // The listener is closed by now: whoever comes late is refused by the system and not left waiting.
    }
    drop(stopped);
    stopping.send_replace(true);
    // Every connection holds a receiver until it has ended.
    stopping.closed().await;
}

/// Serves one connection from its accept to its end.
async fn one<S>(
    admitted: Admitted,
    budget: Arc<Budget>,
    bearers: Arc<Bearers>,
    services: S,
    mut stopped: watch::Receiver<bool>,
) where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>
        + Clone
        + Send
        + 'static,
    S::Future: Send,
{
    let deadlines = Deadlines::default();
    let accepted = Instant::now();
    let from = admitted.accepted.address();
    let _open = connected(admitted.accepted.way());
    let established = tokio::select! {
        biased;
        // A peer that has not said anything yet has nothing to wait for.
        _stopped = stopped.wait_for(|stopped| *stopped) => return,
        established = timeout(deadlines.first_request, admitted.accepted.established()) => established,
    };
    let (stream, established) = match established {
        Ok(Ok(established)) => established,
        Ok(Err(error)) => return not_established(from, &error.to_string()),
        Err(_late) => return not_established(from, "it was not finished in time"),
    };
    let socket = Socket::new(stream, admitted.place);
    let arrival = Arrival {
        accepted,
        activity: socket.activity(),
        standing: established.standing,
    };
    let peer = Peer::new(established.presented, from, &bearers, &budget, deadlines);
    connection::serve(socket, arrival, peer, services, stopped).await;
}

/// Tells of a connection whose handshake did not come to its end.
fn not_established(from: Option<IpAddr>, problem: &str) {
    let from = || from.map_or_else(|| "this machine".to_owned(), |from| from.to_string());
    refused(Kind::Handshake, from, || {
        let from = from();
        tracing::warn!(from, problem, "a handshake failed");
    });
}
