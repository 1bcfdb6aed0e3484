//! The daemon's log: on standard error, as text or as one JSON object on each line, or kept for whoever asks for it.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
};

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

/// Starts the log of this process, and keeps its lines instead of writing them.
pub fn keep_log(log: &Log) -> KeptLog {
    let filter = EnvFilter::try_new(&log.filter).unwrap_or_default();
    let kept = KeptLog::default();
    let writer = kept.clone();
    let started = fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .without_time()
        .with_target(false)
        .with_level(false)
        .with_writer(move || writer.clone())
        .try_init();
    if started.is_err() {
        tracing::debug!("the log was started before");
    }
    kept
}

/// The lines of a log, for whoever tells them in another form. All clones are of the same.
#[derive(Clone, Default)]
pub struct KeptLog(Arc<Mutex<Vec<u8>>>);

impl KeptLog {
    /// The lines so far.
    pub fn lines(&self) -> Vec<String> {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8_lossy(&bytes);
        text.lines().map(|line| line.trim().to_owned()).collect()
    }
}

impl io::Write for KeptLog {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
