//! Streamed appends for minutes: whether the rate holds and the indexes keep up.

use std::error::Error;

use crate::{Options, daemon::Daemon, figures::Figures, load};

/// Loads a fresh daemon with streamed batches of 100 for so many seconds.
pub(crate) fn measure(
    options: &Options,
    duration: u64,
    figures: &mut Figures,
) -> Result<(), Box<dyn Error>> {
    let daemon = Daemon::start_fresh(options)?;
    let seconds = duration.to_string();
    let arguments = [
        "stream",
        "--in-flight",
        "16",
        "--duration",
        &seconds,
        "--sample",
        "10",
    ];
    let before = daemon.processor_seconds();
    let report = load::bench(&options.indelible, daemon.address(), &arguments, duration)?;
    let number = |name: &str| report["ledger"][name].as_f64().unwrap_or(f64::NAN);
    let samples: Vec<f64> = report["samples"]
        .as_array()
        .map(|samples| {
            samples
                .iter()
                .filter_map(serde_json::Value::as_f64)
                .collect()
        })
        .unwrap_or_default();
    let events = report["events_total"].as_f64().unwrap_or(f64::NAN);
    let cost = (daemon.processor_seconds() - before) * 1e6 / events;
    let lag = [
        number("index_lag_max"),
        number("size") - number("indexed_size"),
    ];
    figures.note_report("sustained.stream_16x100", report);
    figures.note(
        "sustained.slowest_10_seconds",
        samples.iter().copied().fold(f64::NAN, f64::min),
    );
    figures.note(
        "sustained.fastest_10_seconds",
        samples.iter().copied().fold(f64::NAN, f64::max),
    );
    figures.note("sustained.index_lag_max", lag[0]);
    figures.note("sustained.index_lag_at_end", lag[1]);
    figures.note("sustained.daemon_cpu_us_per_event", cost);
    daemon.stop()?;
    Ok(())
}
