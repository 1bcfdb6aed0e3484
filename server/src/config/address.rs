//! Where the daemon may listen: only on this machine.

use std::{fmt, net::SocketAddr};

use super::error::ConfigError;

/// An address that only processes of this machine reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoopbackAddress(SocketAddr);

impl LoopbackAddress {
    /// Reads address and port. A host name is not looked up.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let address: SocketAddr = text.parse().map_err(|_| ConfigError::ListenMalformed {
            text: text.to_owned(),
        })?;
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
