//! What a comparison is held against, and whether it is reached.

use crate::figures::{Figures, show};

/// A figure of ours, what it stands beside, and the ratio that is aimed for.
struct Aim {
    ours: &'static str,
    beside: Beside,
    /// At least this when more is better, otherwise at most this.
    ratio: f64,
    more_is_better: bool,
}

enum Beside {
    Figure(&'static str),
    Number(f64),
}

const fn at_least(ours: &'static str, ratio: f64, beside: Beside) -> Aim {
    Aim {
        ours,
        beside,
        ratio,
        more_is_better: true,
    }
}

const fn at_most(ours: &'static str, ratio: f64, beside: Beside) -> Aim {
    Aim {
        ours,
        beside,
        ratio,
        more_is_better: false,
    }
}

const UNARY: &str = "ours.unary_64.events_per_second";
const BATCH: &str = "ours.batch_16x100.events_per_second";
const STREAM: &str = "ours.stream_16x100.events_per_second";
const LEDGERS: &str = "ours.batch_16x100_1000_ledgers.events_per_second";
const IDLE: &str = "ours.unary_1.p50_ms";

const AIMS: [Aim; 13] = [
    at_least(UNARY, 1.0, Beside::Figure("umadb.64x1.events_per_second")),
    at_least(
        UNARY,
        0.6,
        Beside::Figure("echo.unary_64.events_per_second"),
    ),
    at_least(BATCH, 0.5, Beside::Figure("umadb.16x100.events_per_second")),
    at_least(BATCH, 1.0, Beside::Number(300_000.0)),
    at_least(
        BATCH,
        0.0,
        Beside::Figure("echo.batch_16x100.events_per_second"),
    ),
    at_least(
        STREAM,
        0.5,
        Beside::Figure("umadb.16x100.events_per_second"),
    ),
    at_least(STREAM, 1.0, Beside::Number(300_000.0)),
    at_least(
        STREAM,
        0.0,
        Beside::Figure("echo.stream_16x100.events_per_second"),
    ),
    at_least(
        STREAM,
        0.0,
        Beside::Figure("rocksdb.synced_1024_per_second"),
    ),
    at_least(LEDGERS, 0.5, Beside::Figure(BATCH)),
    at_most(IDLE, 3.0, Beside::Figure("fdatasync.append_ms")),
    at_most(IDLE, 1.0, Beside::Figure("umadb.1x1.p50_ms")),
    at_most(IDLE, 1.0, Beside::Number(0.42)),
];

/// Prints the table of ratios, in Markdown so that it can be kept as it is.
pub(crate) fn print(figures: &Figures) {
    println!("\n| ours | | beside | | ratio | aim |\n| --- | ---: | --- | ---: | ---: | --- |");
    for aim in AIMS {
        let Some(figure) = figures.figure(aim.ours) else {
            continue;
        };
        let (name, other) = match aim.beside {
            Beside::Figure(name) => (name, figures.figure(name)),
            Beside::Number(number) => ("the aim itself", Some(number)),
        };
        let Some(other) = other else { continue };
        let (ours, figure_text, other_text) = (aim.ours, show(figure), show(other));
        let (ratio, outcome) = (figure / other, aim.outcome(figure / other));
        println!("| {ours} | {figure_text} | {name} | {other_text} | {ratio:.3} | {outcome} |");
    }
}

impl Aim {
    /// What the ratio means; nothing where it is only for comparison.
    fn outcome(&self, reached: f64) -> String {
        if self.ratio == 0.0 {
            return String::new();
        }
        let (words, fine) = match self.more_is_better {
            true => ("at least", reached >= self.ratio),
            false => ("at most", reached <= self.ratio),
        };
        let outcome = if fine { "reached" } else { "missed" };
        format!("{words} {}: {outcome}", self.ratio)
    }
}
