//! Who calls, as the connection of a request shows it.

use std::sync::Arc;

use indelible_access as access;
use tonic::Request;

use super::grants::Grants;
use crate::rpc::transport::{Connected, Presented};

/// Who calls, as far as the connection tells. Taken from a request before it is taken apart.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(super) connected: Option<Arc<Connected>>,
    /// Where it is written down what a call is granted that lasts.
    pub(super) grants: Option<Arc<Grants>>,
}

impl Caller {
    pub(crate) fn of<T>(request: &Request<T>) -> Self {
        Self {
            connected: request.extensions().get::<Arc<Connected>>().cloned(),
            grants: request.extensions().get::<Arc<Grants>>().cloned(),
        }
    }

    #[cfg(test)]
    pub(crate) fn at(presented: Option<Presented>) -> Self {
        Self {
            connected: presented.map(|presented| Arc::new(Connected::new(presented))),
            grants: None,
        }
    }

    /// What its connection shows.
    pub(super) fn presented(&self) -> Option<&Presented> {
        let connected = self.connected.as_ref()?;
        Some(&connected.presented)
    }

    /// Who it is; the problem says what the connection lacks.
    pub(super) fn known(&self) -> Result<(&Arc<Connected>, &Arc<access::Caller>), String> {
        let connected = self.connected.as_ref().ok_or(UNKNOWN)?;
        match &connected.caller {
            Some(Ok(caller)) => Ok((connected, caller)),
            Some(Err(error)) => Err(error.to_string()),
            None => Err(UNKNOWN.to_owned()),
        }
    }
}

/// What a connection lacks that shows nothing.
const UNKNOWN: &str = "nothing says who calls: connect over the daemon's Unix socket, with a client certificate, or with a token";
