//! What a connection shows of who is at its other end. What that is worth, `authorise` decides.

use std::{
    fmt,
    net::IpAddr,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
};

use indelible_access::{Account, Caller, CallerError, Method, TokenRefusal};
use indelible_ledger::Party;
use indelible_proto::v1::ErrorReason;

use crate::{
    issuers::now, rpc::refusal::Refusal, tls::CertificateNames, tokens::OwnToken, users::own,
};

/// What a connection shows of who is at its other end: what the operating system or the handshake says, and nothing that
/// the peer only claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Presented {
    /// An address, and no more.
    Address(IpAddr),
    /// A process of this machine.
    Process(Process),
    /// A certificate that an authority of clients vouches for.
    Certificate(CertificateNames),
    /// TLS without a certificate.
    Encrypted(IpAddr),
}

/// In a word, and what it shows.
impl fmt::Display for Presented {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => write!(formatter, "plain {address}"),
            Self::Process(process) => write!(formatter, "unix-socket user {}", process.user),
            // The names are what makes it nobody, and may be anything.
            Self::Certificate(_) => formatter.write_str("certificate"),
            Self::Encrypted(address) => write!(formatter, "tls {address}"),
        }
    }
}

/// A process of this machine, as the kernel saw it when it connected, with names as the machine knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Process {
    pub(crate) user: u32,
    pub(crate) name: Option<String>,
    /// All groups that it was in, by number and name.
    pub(crate) groups: Vec<(u32, Option<String>)>,
}

/// A connection to those who answer its calls: who is at its other end.
#[derive(Debug)]
pub(crate) struct Connected {
    pub(crate) presented: Presented,
    /// Whom that makes a caller; nothing, if it says nothing of anybody.
    pub(crate) caller: Option<Result<Arc<Caller>, CallerError>>,
    /// What it has had of its rates, once it has called.
    pub(crate) account: OnceLock<Arc<Account>>,
    /// Whose its appends are while they wait for the writer.
    pub(crate) party: Party,
    /// The daemon's own token that the caller bears.
    own: Option<Arc<OwnToken>>,
}

impl Presented {
    /// Whether it is root or the daemon's own user, over a Unix socket.
    pub(super) fn is_the_operators(&self) -> bool {
        matches!(self, Self::Process(process) if process.user == 0 || process.user == own())
    }

    /// Where it is, in few words: an address, or a user of this machine.
    pub(crate) fn origin(&self, from: Option<IpAddr>) -> String {
        match (self, from) {
            (Self::Process(process), _) => format!("unix:#{}", process.user),
            (Self::Address(address) | Self::Encrypted(address), _) => address.to_string(),
            (Self::Certificate(_), Some(address)) => address.to_string(),
            (Self::Certificate(names), None) => names.to_string(),
        }
    }
}

impl Connected {
    /// Whoever bears a token, over a connection that shows something else, or nothing.
    pub(super) fn bearing(
        presented: Presented,
        caller: Caller,
        own: Option<Arc<OwnToken>>,
    ) -> Self {
        Self {
            own,
            party: party(Some(&caller)),
            caller: Some(Ok(Arc::new(caller))),
            account: OnceLock::new(),
            presented,
        }
    }

    pub(crate) fn new(presented: Presented) -> Self {
        let caller = caller(&presented);
        Self {
            party: party(caller.as_ref().and_then(|caller| caller.as_ref().ok())),
            caller: caller.map(|caller| caller.map(Arc::new)),
            account: OnceLock::new(),
            own: None,
            presented,
        }
    }

    /// When what the caller showed expires, if that is known.
    pub(super) fn expires(&self) -> Option<u64> {
        match &self.caller {
            Some(Ok(caller)) => caller.expires(),
            _ => None,
        }
    }

    /// Why nothing more is done for the caller: a token of the daemon's own was revoked, or has expired, since the call
    /// began.
    pub(crate) fn over(&self) -> Option<Refusal> {
        let refused = self.own.as_ref()?.refused(now())?;
        let problem = match refused {
            TokenRefusal::Revoked => "was revoked",
            TokenRefusal::Expired => "has expired",
            TokenRefusal::Unknown | TokenRefusal::OfDevelopment => "does not count any more",
        };
        let problem = format!("the token of this call {problem}; call again with a new token");
        Some(Refusal::new(ErrorReason::TokenNotAccepted, problem))
    }
}

/// Whose appends those of a caller are: whoever has shown who they are is one over all connections, and of others each
/// connection is.
fn party(caller: Option<&Caller>) -> Party {
    static CONNECTIONS: AtomicU64 = AtomicU64::new(0);
    match caller.filter(|caller| caller.method() != Method::Nothing) {
        Some(caller) => Party::Principal(caller.principal().as_str().into()),
        None => Party::Connection(CONNECTIONS.fetch_add(1, Ordering::Relaxed)),
    }
}

fn caller(presented: &Presented) -> Option<Result<Caller, CallerError>> {
    match presented {
        Presented::Address(address) if address.to_canonical().is_loopback() => {
            Some(Ok(Caller::insecure_local()))
        }
        Presented::Process(process) => {
            let groups = process.groups.iter();
            let groups: Vec<_> = groups
                .map(|(group, name)| (*group, name.as_deref()))
                .collect();
            Some(Caller::unix(process.user, process.name.as_deref(), &groups))
        }
        Presented::Certificate(names) => {
            let uris: Vec<_> = names.uris.iter().map(String::as_str).collect();
            let dns: Vec<_> = names.dns.iter().map(String::as_str).collect();
            Some(Caller::certificate(&uris, &dns))
        }
        Presented::Address(_) | Presented::Encrypted(_) => None,
    }
}
