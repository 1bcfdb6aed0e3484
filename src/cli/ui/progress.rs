//! Progress of long work, on a terminal's standard error, and only once it has taken a second.

mod rate;

use std::time::{Duration, Instant};

use indelible_compliance::reports::counted;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use self::rate::Rate;
use crate::cli::ui::{output::Output, source::Meter};

const SHOWN_AFTER: Duration = Duration::from_secs(1);
const DRAWN_PER_SECOND: u8 = 5;
const BAR_CHARACTERS: u64 = 30;

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

/// How far a work has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Position {
    done: u64,
    total: Option<u64>,
    /// Of the input's bytes, where its length is known: those read, and all.
    input: Option<(u64, u64)>,
}

/// The progress of one piece of work.
pub(crate) struct Progress {
    shown: bool,
    started: Instant,
    doing: &'static str,
    unit: Unit,
    total: Option<u64>,
    rate: Rate,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Begins; nothing is drawn yet.
    #[must_use]
    pub(crate) fn new(output: &Output, doing: &'static str, unit: Unit) -> Self {
        let started = Instant::now();
        Self {
            shown: output.shows_progress(),
            started,
            doing,
            unit,
            total: None,
            rate: Rate::since(started),
            bar: None,
        }
    }

    /// Says how far the work has come, and how far it goes if that is known.
    pub(crate) fn set(&mut self, position: u64, total: Option<u64>) {
        self.total = total.or(self.total);
        let total = self.total;
        self.draw(Position {
            done: position,
            total,
            input: None,
        });
    }

    /// Says how far the work has come, and how much of its input was read.
    pub(crate) fn set_by_input(&mut self, position: u64, meter: &Meter) {
        let total = meter.total().filter(|total| *total > 0);
        self.draw(Position {
            done: position,
            total: None,
            input: total.map(|total| (meter.read().min(total), total)),
        });
    }

    fn draw(&mut self, position: Position) {
        let now = Instant::now();
        if !self.shown || now - self.started < SHOWN_AFTER {
            return;
        }
        let by_input = position.input.map(|(read, _)| read);
        self.rate.see(now, position.done, by_input);
        let text = text(self.doing, self.unit, position, &self.rate);
        let bar = self.bar.get_or_insert_with(drawn);
        bar.set_message(text);
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

fn drawn() -> ProgressBar {
    let bar =
        ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(DRAWN_PER_SECOND));
    // The whole line is ours: the library's rates begin when the line does, and count what was done before it.
    if let Ok(style) = ProgressStyle::with_template("{msg}") {
        bar.set_style(style);
    }
    bar
}

/// The line.
fn text(doing: &str, unit: Unit, position: Position, rate: &Rate) -> String {
    let Position { done, total, input } = position;
    let share = input.or(total.map(|total| (done.min(total), total)));
    let mut text = doing.to_owned();
    if let Some((part, whole)) = share {
        text.push_str(&format!(" [{}]", bar(part, whole)));
    }
    match (total, input) {
        (Some(total), _) => text.push_str(&format!(
            " {} of {}",
            number(unit, done),
            amount(unit, total)
        )),
        (None, Some((read, whole))) => {
            let percent = u128::from(read) * 100 / u128::from(whole.max(1));
            let of = amount(Unit::Bytes, whole);
            text.push_str(&format!(" {percent} % of {of}, {}", amount(unit, done)));
        }
        (None, None) => text.push_str(&format!(" {}", amount(unit, done))),
    }
    if let Some(per_second) = rate.per_second() {
        text.push_str(&format!(", {}/s", speed(unit, per_second)));
    }
    let left = share.and_then(|(part, whole)| rate.seconds_left(whole - part, input.is_some()));
    if let Some(seconds) = left {
        text.push_str(&format!(", {} left", span(seconds)));
    }
    text
}

fn bar(part: u64, whole: u64) -> String {
    let filled = u128::from(part) * u128::from(BAR_CHARACTERS) / u128::from(whole.max(1));
    let filled = usize::try_from(filled).unwrap_or_default();
    let width = BAR_CHARACTERS as usize;
    let arrow = if filled < width { ">" } else { "" };
    format!("{:width$}", format!("{}{arrow}", "=".repeat(filled)))
}

/// A number with its unit.
fn amount(unit: Unit, count: u64) -> String {
    match unit {
        Unit::Bytes => bytes(count as f64),
        Unit::Records => counted(count, "record", "records"),
        Unit::Rows => counted(count, "row", "rows"),
    }
}

/// A number whose unit follows with another one.
fn number(unit: Unit, count: u64) -> String {
    match unit {
        Unit::Bytes => bytes(count as f64),
        Unit::Records | Unit::Rows => grouped(count),
    }
}

fn speed(unit: Unit, per_second: f64) -> String {
    let count = |what: &str| match per_second {
        slow if slow < 9.95 => format!("{slow:.1} {what}"),
        quick => format!("{} {what}", grouped(quick.round() as u64)),
    };
    match unit {
        Unit::Bytes => bytes(per_second),
        Unit::Records => count("records"),
        Unit::Rows => count("rows"),
    }
}

fn bytes(count: f64) -> String {
    let units = ["kB", "MB", "GB", "TB"];
    if count < 1_000.0 {
        return format!("{count:.0} B");
    }
    let mut scaled = count / 1_000.0;
    let mut names = units.iter().peekable();
    while let Some(name) = names.next() {
        if scaled < 999.95 || names.peek().is_none() {
            return format!("{scaled:.1} {name}");
        }
        scaled /= 1_000.0;
    }
    String::new()
}

fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.char_indices() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn span(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
    }
}

#[cfg(test)]
mod tests;
