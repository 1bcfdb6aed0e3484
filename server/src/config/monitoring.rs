//! Where monitoring reads metrics and probes, and what it may read.

use std::net::SocketAddr;

use super::{
    address::{self, LoopbackAddress},
    error::ConfigError,
    file::File,
    flags::Flags,
    range::within,
};
use crate::limits::METRICS_LEDGERS_MAX;

const LEDGERS: std::ops::RangeInclusive<u64> = 0..=METRICS_LEDGERS_MAX;

/// What is said of metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metrics {
    /// Where they are served; nowhere unless it is said.
    pub at: Option<MetricsAddress>,
    /// Ledgers that have series of their own, by name.
    pub ledgers: usize,
}

/// Where metrics are served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetricsAddress {
    /// To this machine.
    Loopback(LoopbackAddress),
    /// To whoever reaches it, in the clear.
    Insecure(SocketAddr),
}

impl Metrics {
    /// Decides what command line and file mean. An empty address is none.
    pub(super) fn check(flags: &Flags, file: &File) -> Result<Self, ConfigError> {
        let text = flags.metrics.as_ref().or(file.metrics.as_ref());
        let text = text.filter(|text| !text.is_empty());
        let is_insecure = flags.metrics_insecure || file.metrics_insecure == Some(true);
        let at = text.map(|text| MetricsAddress::parse(text, is_insecure));
        let ledgers = file.metrics_ledgers.unwrap_or(0);
        within("metrics_ledgers", ledgers, LEDGERS)?;
        Ok(Self {
            at: at.transpose()?,
            ledgers: usize::try_from(ledgers).unwrap_or(0),
        })
    }
}

/// Where probes over HTTP are answered. An empty address is none.
pub(super) fn health(flags: &Flags, file: &File) -> Result<Option<SocketAddr>, ConfigError> {
    let text = flags.health.as_ref().or(file.health.as_ref());
    let text = text.filter(|text| !text.is_empty());
    text.map(|text| address::probed(text)).transpose()
}

impl MetricsAddress {
    /// Reads address and port. Beyond loopback it takes that somebody said so.
    fn parse(text: &str, is_insecure: bool) -> Result<Self, ConfigError> {
        let address = address::probed(text)?;
        match (LoopbackAddress::parse(text), is_insecure) {
            (Ok(local), _) => Ok(Self::Loopback(local)),
            (Err(_), true) => Ok(Self::Insecure(address)),
            (Err(_), false) => Err(ConfigError::MetricsNotLoopback { address }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_machines_read_metrics_only_where_somebody_calls_that_insecure() {
        let parse = MetricsAddress::parse;
        let refused = parse("192.0.2.1:7312", false).unwrap_err().to_string();
        assert!(refused.contains("metrics_insecure"), "{refused}");
        let open = parse("192.0.2.1:7312", true).unwrap();
        assert!(matches!(open, MetricsAddress::Insecure(_)), "{open:?}");
        for is_insecure in [false, true] {
            let local = parse("127.0.0.1:7312", is_insecure).unwrap();
            assert!(matches!(local, MetricsAddress::Loopback(_)), "{local:?}");
            let malformed = parse("localhost:7312", is_insecure);
            assert!(matches!(
                malformed,
                Err(ConfigError::ListenMalformed { .. })
            ));
        }
    }
}
