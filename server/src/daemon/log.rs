//! The daemon's log: on standard error, as text or as one JSON object on each line, or kept for whoever asks for it.
//!
//! Only fields that are listed are written, and of libraries nothing but warnings and errors, whatever the filter asks for: at
//! the level of traces they tell of headers and frames, in which tokens and payloads are.

mod fields;
mod lines;

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
};

use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::{
    EnvFilter, Layer,
    filter::{FilterExt as _, filter_fn},
    fmt,
    layer::{Filter, SubscriberExt as _},
    registry,
    util::SubscriberInitExt as _,
};

use self::{fields::Listed, lines::JsonLines};
use crate::config::{Log, LogFormat};

/// What the targets of this program's own lines begin with.
const OWN: &str = "indelible";

/// Starts the log of this process. Once it has one, calling again changes nothing.
pub fn start_log(log: &Log) {
    let to_stderr = fmt::layer()
        .with_ansi(false)
        .fmt_fields(Listed)
        .with_writer(io::stderr);
    let started = match log.format {
        LogFormat::Text => registry()
            .with(to_stderr.with_filter(filter(log)))
            .try_init(),
        LogFormat::Json => {
            let lines = to_stderr.event_format(JsonLines);
            registry().with(lines.with_filter(filter(log))).try_init()
        }
    };
    tell(started.is_err());
}

/// Starts the log of this process, and keeps its lines instead of writing them.
pub fn keep_log(log: &Log) -> KeptLog {
    let kept = KeptLog::default();
    let writer = kept.clone();
    let lines = fmt::layer()
        .with_ansi(false)
        .without_time()
        .with_target(false)
        .with_level(false)
        .fmt_fields(Listed)
        .with_writer(move || writer.clone());
    let started = registry().with(lines.with_filter(filter(log))).try_init();
    tell(started.is_err());
    kept
}

fn tell(was_started: bool) {
    if was_started {
        tracing::debug!("the log was started before");
    }
}

/// What is written: what the configuration asks for, and of libraries no more than may be.
fn filter<S: Subscriber>(log: &Log) -> impl Filter<S> + use<S> {
    // The filter was checked with the configuration.
    let asked = EnvFilter::try_new(&log.filter).unwrap_or_default();
    asked.and(filter_fn(may_be_written))
}

fn may_be_written(line: &Metadata<'_>) -> bool {
    line.target().starts_with(OWN) || *line.level() <= Level::WARN
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
