//! A bar on standard error, for whatever takes longer than a second on a terminal.

use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

const QUIET: Duration = Duration::from_secs(1);
const REDRAW: Duration = Duration::from_millis(100);

/// Watches how far reading has come.
pub(crate) struct Progress(Option<(Sender<()>, JoinHandle<()>)>);

impl Progress {
    /// Begins to watch, if standard error is a terminal.
    pub(crate) fn watch(read: &Arc<AtomicU64>, bytes: Option<u64>) -> Self {
        if !io::stderr().is_terminal() {
            return Self(None);
        }
        let (end, ended) = mpsc::channel::<()>();
        let read = Arc::clone(read);
        let drawing = thread::spawn(move || {
            if !matches!(ended.recv_timeout(QUIET), Err(RecvTimeoutError::Timeout)) {
                return;
            }
            let bar = bar(bytes);
            while matches!(ended.recv_timeout(REDRAW), Err(RecvTimeoutError::Timeout)) {
                bar.set_position(read.load(Ordering::Relaxed));
            }
            bar.finish_and_clear();
        });
        Self(Some((end, drawing)))
    }

    /// Takes the bar away.
    pub(crate) fn end(self) {
        if let Some((end, drawing)) = self.0 {
            drop(end);
            // A bar that failed to draw changes no verdict.
            let _ = drawing.join();
        }
    }
}

fn bar(bytes: Option<u64>) -> ProgressBar {
    let (bar, template) = match bytes {
        Some(bytes) => (
            ProgressBar::new(bytes),
            "verifying {bar:30} {bytes}/{total_bytes} {bytes_per_sec}, {eta} left",
        ),
        None => (
            ProgressBar::no_length(),
            "verifying {bytes} {bytes_per_sec}",
        ),
    };
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
