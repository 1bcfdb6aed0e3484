//! Where the daemon listens.

use std::{
    fmt,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use super::{defaults::own_socket, error::ConfigError, file, paths::absolute_path};

/// What a Unix socket's address begins with.
pub const UNIX_SCHEME: &str = "unix:";

/// The longest path of a socket: what `sockaddr_un` of Linux holds, less the byte that ends it.
const SOCKET_PATH_BYTES_MAX: usize = 107;

/// One place where the daemon listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListenAddress {
    /// A Unix socket, which tells who connects.
    Socket(PathBuf),
    /// TCP without TLS, for processes of this machine.
    Loopback(LoopbackAddress),
    /// TCP with TLS.
    Tls(SocketAddr),
}

impl ListenAddress {
    /// Reads `unix:PATH`, or an IP address and a port, which is with TLS where there is a certificate. A host name is not
    /// looked up.
    pub fn parse(text: &str, has_tls: bool) -> Result<Self, ConfigError> {
        if let Some(path) = text.strip_prefix(UNIX_SCHEME) {
            return socket(Path::new(path)).map(Self::Socket);
        }
        match has_tls {
            true => text.parse().map(Self::Tls).map_err(|_| malformed(text)),
            false => LoopbackAddress::parse(text).map(Self::Loopback),
        }
    }

    /// Whether only one of the two can be listened on: one path, or one port where the addresses are one, or one of them is all
    /// addresses.
    pub(super) fn meets(&self, other: &Self) -> bool {
        match (self.tcp(), other.tcp()) {
            (Some(one), Some(other)) => {
                let (a, b) = (one.ip().to_canonical(), other.ip().to_canonical());
                one.port() == other.port()
                    && one.port() != 0
                    && (a == b || a.is_unspecified() || b.is_unspecified())
            }
            (None, None) => self == other,
            _ => false,
        }
    }

    fn tcp(&self) -> Option<SocketAddr> {
        match self {
            Self::Socket(_) => None,
            Self::Loopback(address) => Some(address.address()),
            Self::Tls(address) => Some(*address),
        }
    }
}

/// Where to listen: as flags say, otherwise the file, otherwise the user's own socket.
pub(super) fn listen(
    flags: &[String],
    file: Option<file::OneOrMore>,
    has_tls: bool,
) -> Result<Vec<ListenAddress>, ConfigError> {
    let texts = match (flags.is_empty(), file) {
        (false, _) => flags.to_vec(),
        (true, Some(file::OneOrMore::One(text))) => vec![text],
        (true, Some(file::OneOrMore::More(texts))) => texts,
        (true, None) => return Ok(vec![ListenAddress::Socket(own_socket())]),
    };
    if texts.is_empty() {
        return Err(ConfigError::ListenNowhere);
    }
    texts
        .iter()
        .map(|text| ListenAddress::parse(text, has_tls))
        .collect()
}

fn socket(path: &Path) -> Result<PathBuf, ConfigError> {
    let path = absolute_path("socket", path)?;
    if path.as_os_str().len() > SOCKET_PATH_BYTES_MAX {
        return Err(ConfigError::SocketPathLong {
            path,
            bytes_max: SOCKET_PATH_BYTES_MAX,
        });
    }
    Ok(path)
}

/// Where probes are answered: an IP address and a port. A host name is not looked up.
pub(super) fn probed(text: &str) -> Result<SocketAddr, ConfigError> {
    text.parse().map_err(|_| malformed(text))
}

fn malformed(text: &str) -> ConfigError {
    ConfigError::ListenMalformed {
        text: text.to_owned(),
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Socket(path) => write!(out, "{UNIX_SCHEME}{}", path.display()),
            Self::Loopback(address) => address.fmt(out),
            Self::Tls(address) => address.fmt(out),
        }
    }
}

/// An address that only processes of this machine reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoopbackAddress(SocketAddr);

impl LoopbackAddress {
    /// Reads address and port. A host name is not looked up.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let address: SocketAddr = text.parse().map_err(|_| malformed(text))?;
        if !address.ip().to_canonical().is_loopback() {
            return Err(ConfigError::ListenNotLoopback { address });
        }
        Ok(Self(address))
    }

    /// The address.
    pub fn address(self) -> SocketAddr {
        self.0
    }
}

impl fmt::Display for LoopbackAddress {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}
