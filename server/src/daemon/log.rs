//! The daemon's log: on standard error, as text or as one JSON object on each line.

use tracing_subscriber::{EnvFilter, fmt};

use crate::config::{Log, LogFormat};

/// Starts the log of this process. Once it has one, calling again changes nothing.
pub fn start_log(log: &Log) {
    // The filter was checked with the configuration.
    let filter = EnvFilter::try_new(&log.filter).unwrap_or_default();
    let to_stderr = fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match log.format {
        LogFormat::Text => to_stderr.with_ansi(false).try_init(),
        LogFormat::Json => to_stderr.json().flatten_event(true).try_init(),
    };
    if started.is_err() {
        tracing::debug!("the log was started before");
    }
}
