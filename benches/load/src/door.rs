//! How the load generator comes to the daemon: where it listens, and what each call shows.

use std::fmt;

use tonic::{
    Request, Status,
    metadata::{Ascii, MetadataValue},
    service::{Interceptor, interceptor::InterceptedService},
    transport::{Channel, Endpoint},
};

use super::errors::BenchError;

const WINDOW_BYTES: u32 = 4 << 20;

/// What the calls go through: a connection, and what each call on it shows.
pub(super) type Calls = InterceptedService<Channel, Shown>;

/// Where the daemon listens, with the TLS that it is spoken to with, and a token for each call.
#[derive(Clone, Debug)]
pub struct Door {
    address: String,
    endpoint: Endpoint,
    shown: Shown,
}

/// The value of `authorization` that each call brings, if it brings one.
#[derive(Clone, Default)]
pub(super) struct Shown(Option<MetadataValue<Ascii>>);

impl Door {
    /// `address` is what errors call it. `authorization` is the same for all calls of a run: a token that is exchanged
    /// meanwhile is not taken.
    pub fn new(
        address: &str,
        endpoint: Endpoint,
        authorization: Option<MetadataValue<Ascii>>,
    ) -> Self {
        let endpoint = endpoint
            .tcp_nodelay(true)
            .initial_stream_window_size(WINDOW_BYTES)
            .initial_connection_window_size(2 * WINDOW_BYTES);
        Self {
            address: address.to_owned(),
            endpoint,
            shown: Shown(authorization),
        }
    }

    /// One connection more.
    pub(super) async fn open(&self) -> Result<Calls, BenchError> {
        let connected = self.endpoint.connect().await;
        let channel = connected.map_err(|source| BenchError::Connect {
            address: self.address.clone(),
            source,
        })?;
        Ok(InterceptedService::new(channel, self.shown.clone()))
    }
}

impl Interceptor for Shown {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(value) = &self.0 {
            request
                .metadata_mut()
                .insert("authorization", value.clone());
        }
        Ok(request)
    }
}

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() {
            "a token"
        } else {
            "nothing"
        })
    }
}
