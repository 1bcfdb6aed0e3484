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
    config::{Config, MetricsAddress},
    http,
    metrics::{self, Sources},
    probes::Probes,
};

/// What the log says where metrics are for other machines, too.
const INSECURE_METRICS: &str = "metrics are served to whoever reaches their address, in the clear, because metrics_insecure is \
    set; keep the network apart";

/// The addresses, bound; nothing where none is configured.
pub(super) struct Monitoring {
    metrics: Option<TcpListener>,
    /// Whether other machines may read metrics.
    is_anywhere: bool,
    health: Option<TcpListener>,
}

impl Monitoring {
    /// Binds them. Nothing answers before [`Self::serve`].
    pub(super) async fn bind(config: &Config) -> Result<Self, DaemonError> {
        let metrics = match config.metrics.at {
            Some(wanted) => {
                let (metrics, address) = match wanted {
                    MetricsAddress::Loopback(local) => {
                        listen::loopback(Purpose::Metrics, local).await?
                    }
                    MetricsAddress::Insecure(open) => {
                        tracing::warn!(%open, "{INSECURE_METRICS}");
                        listen::anywhere(Purpose::Metrics, open).await?
                    }
                };
                tracing::info!(%address, "metrics are at /metrics");
                Some(metrics)
            }
            None => None,
        };
        let is_anywhere = matches!(config.metrics.at, Some(MetricsAddress::Insecure(_)));
        let health = match config.health {
            Some(wanted) => {
                let (health, address) = listen::anywhere(Purpose::Health, wanted).await?;
                tracing::info!(%address, "probes are at /livez, /readyz and /startupz");
                Some(health)
            }
            None => None,
        };
        Ok(Self {
            metrics,
            is_anywhere,
            health,
        })
    }

    /// Answers of the engine, once it is put into what is returned. It goes on while the daemon drains, and ends with the
    /// process.
    pub(super) fn serve(
        self,
        sources: Sources,
        draining: watch::Receiver<bool>,
    ) -> Arc<OnceLock<Engine>> {
        let engine = Arc::new(OnceLock::<Engine>::new());
        if let Some(listener) = self.metrics {
            let engine = Arc::clone(&engine);
            let admits: fn(IpAddr) -> bool = match self.is_anywhere {
                true => |_| true,
                false => |peer| peer.is_loopback(),
            };
            tokio::spawn(http::serve(listener, admits, move |asked| {
                metrics::answer(asked, &sources, engine.get())
            }));
        }
        if let Some(listener) = self.health {
            let probes = Probes::new(Arc::clone(&engine), draining);
            let answer = move |asked: &http::Asked<'_>| probes.word().answer(asked.path);
            tokio::spawn(http::serve(listener, |_| true, answer));
        }
        engine
    }
}
