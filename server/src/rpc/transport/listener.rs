//! Where connections come in: TCP, with TLS or without, and Unix sockets.

use std::{
    future::poll_fn,
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use indelible_access::AddressKey;
use rustls::{ServerConfig, pki_types::CertificateDer};
use tokio::{
    net::{TcpListener, TcpStream, UnixListener, UnixStream},
    task::spawn_blocking,
    time::{Instant, sleep_until},
};
use tokio_rustls::TlsAcceptor;

use super::{
    origins::Origin,
    presented::{Presented, Process},
    stream::Stream,
};
use crate::{
    limits::CERTIFICATE_SECONDS,
    tls::{CertificateNames, Watched},
    traffic::Way,
    users::own,
};

/// How often a client's certificates are held against the clock.
const INTERVAL: Duration = Duration::from_secs(CERTIFICATE_SECONDS);

/// One place where connections come in.
pub(crate) enum Listener {
    /// TCP without TLS: none but this machine's are let in.
    Plain(TcpListener),
    /// TCP with TLS.
    Tls(TcpListener, Watched),
    /// A Unix socket.
    Local(UnixListener),
}

/// A connection that has come in, before anything was read of it.
pub(super) enum Accepted {
    Plain(TcpStream, SocketAddr),
    Tls(TcpStream, SocketAddr, Watched),
    Local(UnixStream),
}

impl Listener {
    fn poll_accept(&self, context: &mut Context<'_>) -> Poll<io::Result<Accepted>> {
        match self {
            Self::Plain(listener) => {
                let accepted = listener.poll_accept(context);
                accepted.map_ok(|(stream, peer)| Accepted::Plain(stream, peer))
            }
            Self::Tls(listener, watched) => {
                let accepted = listener.poll_accept(context);
                accepted.map_ok(|(stream, peer)| Accepted::Tls(stream, peer, watched.clone()))
            }
            Self::Local(listener) => {
                let accepted = listener.poll_accept(context);
                accepted.map_ok(|(stream, _)| Accepted::Local(stream))
            }
        }
    }
}

/// The next connection of any of them. `turn` says who is asked first, so that none waits behind a busy one.
pub(super) async fn accept(listeners: &[Listener], turn: &mut usize) -> io::Result<Accepted> {
    poll_fn(|context| {
        for step in 0..listeners.len() {
            let index = (*turn + step) % listeners.len();
            if let Poll::Ready(accepted) = listeners[index].poll_accept(context) {
                *turn = index + 1;
                return Poll::Ready(accepted);
            }
        }
        Poll::Pending
    })
    .await
}

impl Accepted {
    /// Whether it comes over plain TCP from another machine.
    pub(super) fn is_foreign_and_plain(&self) -> bool {
        matches!(self, Self::Plain(_, peer) if !peer.ip().to_canonical().is_loopback())
    }

    /// Whether root or the daemon's own user comes over a Unix socket.
    pub(super) fn is_the_operators(&self) -> bool {
        let Self::Local(stream) = self else {
            return false;
        };
        let user = stream.peer_cred().map(|peer| peer.uid());
        user.is_ok_and(|user| user == 0 || user == own())
    }

    /// How it came in.
    pub(super) fn way(&self) -> Way {
        match self {
            Self::Plain(..) => Way::Tcp,
            Self::Tls(..) => Way::Tls,
            Self::Local(_) => Way::Unix,
        }
    }

    /// Its address, where it has one.
    pub(super) fn address(&self) -> Option<IpAddr> {
        match self {
            Self::Plain(_, peer) | Self::Tls(_, peer, _) => Some(peer.ip()),
            Self::Local(_) => None,
        }
    }

    /// Among whose connections it is counted: an address with TLS, or a user of this machine. Over TCP without TLS all are
    /// this machine's, and the operator is not counted.
    pub(super) fn origin(&self) -> Option<Origin> {
        match self {
            Self::Plain(..) => None,
            Self::Tls(_, peer, _) => Some(Origin::Address(AddressKey::of(peer.ip()))),
            Self::Local(_) if self.is_the_operators() => None,
            Self::Local(stream) => stream.peer_cred().ok().map(|peer| Origin::User(peer.uid())),
        }
    }

    /// Writes what the system takes without waiting, and nothing where TLS is expected.
    pub(super) fn plain(self) -> Option<Stream> {
        match self {
            Self::Plain(stream, _) => Some(Stream::Tcp(stream)),
            Self::Local(stream) => Some(Stream::Local(stream)),
            Self::Tls(..) => None,
        }
    }

    /// Shakes hands where that is due, and says who is at the other end.
    pub(super) async fn established(self) -> io::Result<(Stream, Established)> {
        match self {
            Self::Plain(stream, peer) => {
                // Acknowledgements are small and someone waits for each.
                stream.set_nodelay(true)?;
                let presented = Presented::Address(peer.ip());
                Ok((
                    Stream::Tcp(stream),
                    Established {
                        presented,
                        standing: None,
                    },
                ))
            }
            Self::Local(stream) => {
                // Names may come from a directory service, which takes its time.
                let asked = spawn_blocking(move || (Process::of(&stream), stream)).await;
                let (process, stream) = asked.map_err(io::Error::other)?;
                let presented = Presented::Process(process?);
                Ok((
                    Stream::Local(stream),
                    Established {
                        presented,
                        standing: None,
                    },
                ))
            }
            Self::Tls(stream, peer, mut watched) => {
                stream.set_nodelay(true)?;
                let config: Arc<ServerConfig> = watched.borrow_and_update().config();
                let stream = TlsAcceptor::from(config).accept(stream).await?;
                let chain = stream.get_ref().1.peer_certificates().unwrap_or_default();
                let presented = match chain.first() {
                    Some(leaf) => Presented::Certificate(CertificateNames::of(leaf)),
                    None => Presented::Encrypted(peer.ip()),
                };
                let chain = chain.iter().map(|one| one.clone().into_owned()).collect();
                let standing = Some(Standing::new(chain, watched));
                Ok((
                    Stream::Tls(Box::new(stream)),
                    Established {
                        presented,
                        standing,
                    },
                ))
            }
        }
    }
}

/// Who is at the other end of a connection, and on what that stands.
pub(crate) struct Established {
    pub(super) presented: Presented,
    /// What a client showed in its handshake; `None` where there is no TLS.
    pub(super) standing: Option<Standing>,
}

/// The certificates that a client showed, held against whatever authorities are in force.
pub(crate) struct Standing {
    chain: Vec<CertificateDer<'static>>,
    watched: Watched,
    /// When they are held against the clock again.
    due: Instant,
}

impl Standing {
    fn new(chain: Vec<CertificateDer<'static>>, watched: Watched) -> Self {
        Self {
            chain,
            watched,
            due: Instant::now() + INTERVAL,
        }
    }

    /// Resolves when the client would not be let in any more. It can be dropped and called anew at any time.
    pub(super) async fn lost(&mut self) {
        loop {
            tokio::select! {
                changed = self.watched.changed() => {
                    if changed.is_err() {
                        // The daemon is about to end.
                        std::future::pending::<()>().await;
                    }
                }
                // A certificate ends by itself, too.
                () = sleep_until(self.due) => {}
            }
            self.due = Instant::now() + INTERVAL;
            let setup = Arc::clone(&self.watched.borrow_and_update());
            if !setup.still_knows(&self.chain) {
                return;
            }
        }
    }
}
