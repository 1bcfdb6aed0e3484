//! Loads the echo and the daemon with `indelible bench`, the same way.

use std::{env, error::Error, net::SocketAddr, path::Path, process::Command, time::Duration};

use serde_json::Value;

use crate::{Options, daemon::Daemon, figures::Figures, process};

/// Seconds of load before each measurement.
pub(crate) const WARM_UP: u64 = 2;
const LEDGERS: &str = "1000";

/// The same messages, answered by a server that does nothing.
pub(crate) fn measure_echo(options: &Options, figures: &mut Figures) -> Result<(), Box<dyn Error>> {
    let address = process::free_address()?;
    let mut command = Command::new(env::current_exe()?);
    command.args(["echo-server", &address.to_string()]);
    let mut server = process::Server::start("the echo", &mut command)?;
    server.wait_for(address)?;
    for (name, workload) in [
        ("echo.unary_64", ["unary", "--in-flight", "64"].as_slice()),
        ("echo.unary_1", &["unary", "--in-flight", "1"]),
        ("echo.batch_16x100", &["batch", "--in-flight", "16"]),
        ("echo.stream_16x100", &["stream", "--in-flight", "16"]),
    ] {
        let report = bench_for(options, address, workload)?;
        server.must_run()?;
        figures.note_report(name, report);
    }
    Ok(())
}

/// The daemon, each workload on an empty data directory.
pub(crate) fn measure_ours(options: &Options, figures: &mut Figures) -> Result<(), Box<dyn Error>> {
    for (name, workload) in [
        ("ours.unary_1", ["unary", "--in-flight", "1"].as_slice()),
        ("ours.unary_64", &["unary", "--in-flight", "64"]),
        ("ours.batch_16x100", &["batch", "--in-flight", "16"]),
        ("ours.stream_16x100", &["stream", "--in-flight", "16"]),
        (
            "ours.batch_16x100_1000_ledgers",
            &["batch", "--in-flight", "16", "--ledgers", LEDGERS],
        ),
    ] {
        let daemon = Daemon::start_fresh(options)?;
        let before = daemon.processor_seconds();
        let report = bench_for(options, daemon.address(), workload)?;
        let events = report["events_total"].as_f64().unwrap_or(f64::NAN);
        let cost = (daemon.processor_seconds() - before) * 1e6 / events;
        figures.note_report(name, report);
        figures.note(&format!("{name}.daemon_cpu_us_per_event"), cost);
        daemon.stop()?;
    }
    Ok(())
}

/// Runs `indelible bench` for the usual time.
fn bench_for(
    options: &Options,
    address: SocketAddr,
    workload: &[&str],
) -> Result<Value, Box<dyn Error>> {
    let (seconds, warm_up) = (options.seconds.to_string(), WARM_UP.to_string());
    let time = ["--duration", &seconds, "--warm-up", &warm_up];
    bench(
        &options.indelible,
        address,
        &[workload, &time].concat(),
        options.seconds,
    )
}

/// Fills a ledger with streamed batches, as quickly as it goes.
pub(crate) fn fill(
    options: &Options,
    address: SocketAddr,
    ledger: &str,
    records: u64,
) -> Result<Value, Box<dyn Error>> {
    // Bounded at a twentieth of what is aimed for.
    let seconds_max = 60 + records / 10_000;
    let events = records.to_string();
    let arguments = [
        "stream",
        "--ledger",
        ledger,
        "--existing",
        "--events",
        &events,
    ];
    bench(&options.indelible, address, &arguments, seconds_max)
}

/// Runs `indelible bench` with these arguments and gives its report.
pub(crate) fn bench(
    indelible: &Path,
    address: SocketAddr,
    arguments: &[&str],
    seconds: u64,
) -> Result<Value, Box<dyn Error>> {
    let address = address.to_string();
    let whole = [arguments, &["--address", &address]].concat();
    bench_as(indelible, &whole, seconds)
}

/// The same where the arguments say where the daemon is, and what it is shown.
pub(crate) fn bench_as(
    indelible: &Path,
    arguments: &[&str],
    seconds: u64,
) -> Result<Value, Box<dyn Error>> {
    let mut command = Command::new(indelible);
    command
        .arg("bench")
        .args(arguments)
        .args(["--output", "json"]);
    let output = process::output(&mut command, Duration::from_secs(seconds + 60))?;
    Ok(serde_json::from_slice(&output.stdout)?)
}
