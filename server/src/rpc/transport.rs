//! HTTP/2 under the services: connections with deadlines, and a budget of bytes for all that is buffered.
//!
//! It stands on h2 itself and not on tonic's server or hyper's, which neither end a stream whose client does not read nor
//! let a connection's window follow the room that there is. `docs/decisions.md` says more.

mod answer;
mod budget;
mod connection;
mod deadlines;
mod incoming;
mod message;
mod method;
mod peer;
mod refused;
mod room;
mod socket;
#[cfg(test)]
mod tests;

pub(crate) use budget::Budget;
pub(crate) use incoming::incoming;
pub(super) use room::Room;

use std::{convert::Infallible, pin::pin, sync::Arc};

use tokio::sync::watch;
use tokio_stream::{Stream, StreamExt as _};
use tonic::{
    body::Body,
    codegen::{
        Service,
        http::{Request, Response},
    },
};

use self::{deadlines::Deadlines, peer::Peer, socket::Socket};

/// Serves connections until `stop`, then ends what is in progress and returns.
pub(crate) async fn serve<S>(
    services: S,
    incoming: impl Stream<Item = Socket>,
    budget: Arc<Budget>,
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
            let socket = tokio::select! {
                () = &mut stop => break,
                socket = incoming.next() => socket,
            };
            let Some(socket) = socket else { break };
            let peer = Peer::new(socket.info(), &budget, Deadlines::default());
            let activity = socket.activity();
            let serving =
                connection::serve(socket, activity, peer, services.clone(), stopped.clone());
            tokio::spawn(serving);
        }
        // The listener is closed by now: whoever comes late is refused by the system and not left waiting.
    }
    drop(stopped);
    stopping.send_replace(true);
    // Every connection holds a receiver until it has ended.
    stopping.closed().await;
}
