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

/// Prints the table of ratios.
pub(crate) fn print(figures: &Figures) {
    println!(
        "\n{:<52} {:>12}  {:<44} {:>8}  aim",
        "ours", "", "beside", "ratio"
    );
    for Aim {
        ours,
        beside,
        ratio,
        more_is_better,
    } in AIMS
    {
        let Some(figure) = figures.figure(ours) else {
            continue;
        };
        let (name, other) = match beside {
            Beside::Figure(name) => (name.to_owned(), figures.figure(name)),
            Beside::Number(number) => (show(number), Some(number)),
        };
        let Some(other) = other else { continue };
        let reached = figure / other;
        let fine = if more_is_better {
            reached >= ratio
        } else {
            reached <= ratio
        };
        let aim = match (ratio, more_is_better, fine) {
            (0.0, _, _) => String::new(),
            (_, true, true) => format!("at least {ratio}: reached"),
            (_, true, false) => format!("at least {ratio}: MISSED"),
            (_, false, true) => format!("at most {ratio}: reached"),
            (_, false, false) => format!("at most {ratio}: MISSED"),
        };
        println!(
            "{ours:<52} {:>12}  {name:<44} {reached:>8.3}  {aim}",
            show(figure)
        );
    }
}
