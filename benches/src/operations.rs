//! What it costs to operate a daemon: to watch it, to scrub it, to back it up, to end it, and to let it lie.

mod backups;
mod behind;
mod still;
mod watched;

use std::{error::Error, ffi::OsStr, fs};

use clap::ValueEnum;

use crate::{
    Options,
    daemon::{Daemon, Home},
    figures::Figures,
    load::{WARM_UP, bench},
    process::free_address,
};

/// A part that can be measured alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// Metrics, traces at 1% and logs, beside none of them
    Watched,
    /// The scrub at a full store an hour, and a backup, beside appends alone
    Behind,
    /// A full and an incremental backup, verification and restore
    Backups,
    /// The time to end, and what a daemon with 500 ledgers and nothing to do takes
    Still,
}

/// Measures the parts, all of them if none is named.
pub(crate) fn measure(
    options: &Options,
    rounds: u32,
    records: u64,
    only: &[Part],
    figures: &mut Figures,
) -> Result<(), Box<dyn Error>> {
    let is_asked = |part: &&Part| only.is_empty() || only.contains(part);
    let mut rows = Vec::new();
    for part in Part::value_variants().iter().filter(is_asked) {
        rows.extend(match part {
            Part::Watched => watched::measure(options, rounds, figures)?,
            Part::Behind => behind::measure(options, rounds, records, figures)?,
            Part::Backups => backups::measure(options, records, figures)?,
            Part::Still => still::measure(options, figures)?,
        });
    }
    println!("\n| what | measured | aim |\n| --- | ---: | --- |");
    println!("{}", rows.join("\n"));
    Ok(())
}

/// Starts a daemon over a directory with a configuration of its own and these further arguments.
fn start(
    options: &Options,
    home: Home,
    configuration: &str,
    further: &[&str],
) -> Result<Daemon, Box<dyn Error>> {
    let address = free_address()?;
    let listen = address.to_string();
    let file = home.path().join("indelible.toml");
    fs::write(&file, configuration)?;
    let mut arguments = vec![
        OsStr::new("--listen"),
        OsStr::new(&listen),
        OsStr::new("--config"),
        file.as_os_str(),
    ];
    arguments.extend(further.iter().map(OsStr::new));
    Daemon::start_with(
        options,
        home,
        address,
        format!("http://{address}"),
        &arguments,
    )
}

/// Loads a daemon with streamed batches for the usual time and gives the report.
fn load(options: &Options, daemon: &Daemon) -> Result<serde_json::Value, Box<dyn Error>> {
    let (seconds, warm_up) = (options.seconds.to_string(), WARM_UP.to_string());
    let arguments = [
        "stream",
        "--in-flight",
        "16",
        "--existing",
        "--duration",
        &seconds,
        "--warm-up",
        &warm_up,
        "--sample",
        "1",
    ];
    let report = bench(
        &options.indelible,
        daemon.address(),
        &arguments,
        options.seconds,
    )?;
    let failures = report["failures"].as_object();
    if failures.is_some_and(|failures| !failures.is_empty()) {
        return Err(format!("appends failed: {}", report["failures"]).into());
    }
    Ok(report)
}

fn rate(report: &serde_json::Value) -> Result<f64, Box<dyn Error>> {
    let rate = report["events_per_second"].as_f64();
    rate.ok_or_else(|| "a report without a rate".into())
}
