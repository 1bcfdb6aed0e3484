//! Whether an append costs more as the log grows.

use std::error::Error;

use serde_json::Value;

use crate::{Options, daemon::Daemon, figures::Figures, load};

const SMALLEST: u64 = 10_000;
/// Small logs would outgrow their name in a long measurement: several are measured briefly instead.
const ROUNDS_MAX: u64 = 10;
const RECORDS_OF_ROUNDS: u64 = 200_000;

/// How events are appended to a log of some size, and how many at most.
struct Work {
    name: &'static str,
    arguments: [&'static str; 3],
    events_max: u64,
}

const WORKS: [Work; 3] = [
    Work {
        name: "unary_1",
        arguments: ["unary", "--in-flight", "1"],
        events_max: 500,
    },
    Work {
        name: "unary_64",
        arguments: ["unary", "--in-flight", "64"],
        events_max: 5_000,
    },
    Work {
        name: "batch_16x100",
        arguments: ["batch", "--in-flight", "16"],
        events_max: 200_000,
    },
];

/// Sums over the rounds at one size.
#[derive(Default)]
struct Sums {
    events: f64,
    seconds: f64,
    processor_seconds: f64,
    medians: Vec<f64>,
}

/// Measures at 10⁴ records and at each power of ten up to `records`, each time on
/// ledgers that are filled to that size first.
pub(crate) fn measure(
    options: &Options,
    records: u64,
    figures: &mut Figures,
) -> Result<(), Box<dyn Error>> {
    let daemon = Daemon::start_fresh(options)?;
    let mut size = SMALLEST;
    while size <= records {
        let mut sums: [Sums; WORKS.len()] = Default::default();
        for round in 0..(RECORDS_OF_ROUNDS / size).clamp(1, ROUNDS_MAX) {
            let ledger = format!("size-{size}-{round}");
            load::fill(options, daemon.address(), &ledger, size)?;
            for (work, sums) in WORKS.iter().zip(&mut sums) {
                daemon.settle(&ledger)?;
                append(options, &daemon, &ledger, work, size, sums)?;
            }
        }
        for (work, sums) in WORKS.iter().zip(&mut sums) {
            let name = format!("growth.{size}.{}", work.name);
            sums.medians.sort_by(f64::total_cmp);
            figures.note(
                &format!("{name}.events_per_second"),
                sums.events / sums.seconds,
            );
            figures.note(
                &format!("{name}.p50_ms"),
                sums.medians[sums.medians.len() / 2],
            );
            let cost = sums.processor_seconds * 1e6 / sums.events;
            figures.note(&format!("{name}.daemon_cpu_us_per_event"), cost);
        }
        size *= 10;
    }
    daemon.stop()?;
    Ok(())
}

fn append(
    options: &Options,
    daemon: &Daemon,
    ledger: &str,
    work: &Work,
    size: u64,
    sums: &mut Sums,
) -> Result<(), Box<dyn Error>> {
    let events = work.events_max.min(size).to_string();
    let which = ["--ledger", ledger, "--existing", "--events", &events];
    let before = daemon.processor_seconds();
    let arguments = [work.arguments.as_slice(), &which].concat();
    let report = load::bench(&options.indelible, daemon.address(), &arguments, 60)?;
    let number = |value: &Value| value.as_f64().unwrap_or(f64::NAN);
    sums.processor_seconds += daemon.processor_seconds() - before;
    sums.events += number(&report["events"]);
    sums.seconds += number(&report["seconds"]);
    sums.medians.push(number(&report["latency"]["p50_ms"]));
    Ok(())
}
