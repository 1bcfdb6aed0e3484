//! Progress of long work, on a terminal's standard error, and only once it has taken a second.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::ui::output::Output;

const SHOWN_AFTER: Duration = Duration::from_secs(1);
const DRAWN_PER_SECOND: u8 = 5;

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Records.
    Records,
    /// Rows of a table.
    Rows,
    /// Bytes.
    Bytes,
}

/// The progress of one piece of work.
pub(crate) struct Progress {
    shown: bool,
    started: Instant,
    doing: &'static str,
    unit: Unit,
    total: Option<u64>,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Begins; nothing is drawn yet.
    #[must_use]
    pub(crate) fn new(output: &Output, doing: &'static str, unit: Unit) -> Self {
        Self {
            shown: output.shows_progress(),
            started: Instant::now(),
            doing,
            unit,
            total: None,
            bar: None,
        }
    }

    /// Says how far the work has come, and how far it goes if that is known.
    pub(crate) fn set(&mut self, position: u64, total: Option<u64>) {
        self.total = total.or(self.total);
        if !self.shown || self.started.elapsed() < SHOWN_AFTER {
            return;
        }
        let (total, doing, unit) = (self.total, self.doing, self.unit);
        let bar = self.bar.get_or_insert_with(|| drawn(doing, unit, total));
        if let Some(total) = self.total {
            bar.set_length(total);
        }
        bar.set_position(position);
    }

    /// Takes the line away again.
    pub(crate) fn clear(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}

fn drawn(doing: &'static str, unit: Unit, total: Option<u64>) -> ProgressBar {
    let target = ProgressDrawTarget::stderr_with_hz(DRAWN_PER_SECOND);
    let bar = ProgressBar::with_draw_target(total, target);
    let template = match (unit, total) {
        (Unit::Records | Unit::Rows, Some(_)) => {
            "{msg} [{bar:30}] {human_pos} of {human_len}, {per_sec}, {eta} left"
        }
        (Unit::Records | Unit::Rows, None) => "{msg} {human_pos}, {per_sec}",
        (Unit::Bytes, Some(_)) => "{msg} [{bar:30}] {bytes} of {total_bytes}, {eta} left",
        (Unit::Bytes, None) => "{msg} {bytes}, {bytes_per_sec}",
    };
    // No colours, so that there is nothing for NO_COLOR to turn off.
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.set_message(doing);
    bar
}
