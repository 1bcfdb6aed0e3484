//! Whether an append costs more as the log grows.

use std::error::Error;

use crate::{Options, daemon::Daemon, figures::Figures, load};

/// Events in each of the three measurements at a size; few, so that the size stays
/// what it is called.
const EVENTS: [(&str, &[&str]); 3] = [
    (
        "unary_1",
        &["unary", "--in-flight", "1", "--events", "2000"],
    ),
    (
        "unary_64",
        &["unary", "--in-flight", "64", "--events", "20000"],
    ),
    (
        "batch_16x100",
        &["batch", "--in-flight", "16", "--events", "200000"],
    ),
];

/// Measures at 10⁴ records and at each power of ten up to `records`.
pub(crate) fn measure(
    options: &Options,
    records: u64,
    figures: &mut Figures,
) -> Result<(), Box<dyn Error>> {
    let daemon = Daemon::start_fresh(options)?;
    let mut size = 10_000;
    let mut there = 0;
    while size <= records {
        load::fill(options, daemon.address(), size - there)?;
        for (name, arguments) in EVENTS {
            daemon.settle()?;
            let before = daemon.processor_seconds();
            let report = load::bench(&options.indelible, daemon.address(), arguments, 60)?;
            let events = report["events_total"].as_f64().unwrap_or(f64::NAN);
            let cost = (daemon.processor_seconds() - before) * 1e6 / events;
            let name = format!("growth.{size}.{name}");
            figures.note_report(&name, report);
            figures.note(&format!("{name}.daemon_cpu_us_per_event"), cost);
        }
        there = daemon.ledger()?.size;
        size *= 10;
    }
    daemon.stop()?;
    Ok(())
}
