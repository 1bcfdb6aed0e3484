//! What monitoring asks over HTTP, each on an address of its own: metrics, and probes.

use std::{
    net::IpAddr,
    sync::{Arc, OnceLock},
};

use indelible_ledger::Engine;
use tokio::{net::TcpListener, sync::watch};

use super::{
    error::{DaemonError, Purpose},
    listen,
};
use crate::{
    config::Config,
    http, metrics,
    probes::Probes,
    rpc::{About, Budget},
};

/// The addresses, bound; nothing where none is configured.
pub(super) struct Monitoring {
    metrics: Option<TcpListener>,
    health: Option<TcpListener>,
}

impl Monitoring {
    /// Binds them. Nothing answers before [`Self::serve`].
    pub(super) async fn bind(config: &Config) -> Result<Self, DaemonError> {
        let metrics = match config.metrics {
            Some(wanted) => {
                let (metrics, address) = listen::loopback(Purpose::Metrics, wanted).await?;
                tracing::info!(%address, "metrics are at /metrics");
                Some(metrics)
            }
            None => None,
        };
        let health = match config.health {
            Some(wanted) => {
                let (health, address) = listen::anywhere(Purpose::Health, wanted).await?;
                tracing::info!(%address, "probes are at /livez, /readyz and /startupz");
                Some(health)
            }
            None => None,
        };
        Ok(Self { metrics, health })
    }

    /// Answers of the engine, once it is put into what is returned. It goes on while the daemon drains, and ends with the
    /// process.
    pub(super) fn serve(
        self,
        budget: Arc<Budget>,
        about: About,
        draining: watch::Receiver<bool>,
    ) -> Arc<OnceLock<Engine>> {
        let engine = Arc::new(OnceLock::<Engine>::new());
        if let Some(listener) = self.metrics {
            let engine = Arc::clone(&engine);
            let is_local = |peer: IpAddr| peer.is_loopback();
            tokio::spawn(http::serve(listener, is_local, move |path| {
                metrics::answer(path, || metrics::page(engine.get(), &budget, &about))
            }));
        }
        if let Some(listener) = self.health {
            let probes = Probes::new(Arc::clone(&engine), draining);
            let answer = move |path: &str| probes.word().answer(path);
            tokio::spawn(http::serve(listener, |_| true, answer));
        }
        engine
    }
}
