//! What is still acknowledged when three times as much is offered as a daemon takes.

use std::error::Error;

use serde_json::Value;

use crate::{
    Options,
    daemon::Daemon,
    figures::Figures,
    load::{WARM_UP, bench},
    signed::median,
};

/// How much more is offered than was acknowledged when nothing more was offered than what was answered.
const TIMES_OFFERED: f64 = 3.0;
/// The share of it that is aimed for.
const AIM: f64 = 0.9;
/// Calls that wait at once when more is offered than is taken: clients that don't wait for each other.
const CALLS_WAITING: &str = "4096";
const CONNECTIONS: &str = "8";

/// A workload, and how many of its calls reach a daemon's capacity.
const WORKLOADS: [(&str, [&str; 3]); 2] = [
    ("unary", ["unary", "--in-flight", "64"]),
    ("batch_100", ["batch", "--in-flight", "16"]),
];

/// Takes turns on fresh daemons: as much as is answered, and three times as much.
pub(crate) fn measure(
    options: &Options,
    rounds: u32,
    figures: &mut Figures,
) -> Result<(), Box<dyn Error>> {
    let mut rows = Vec::new();
    for (name, workload) in WORKLOADS {
        let (mut peaks, mut shares) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            let peak = rate(&run(options, &workload)?)?;
            let offered = format!("{:.0}", peak * TIMES_OFFERED);
            let crowd = [
                workload[0],
                "--in-flight",
                CALLS_WAITING,
                "--connections",
                CONNECTIONS,
                "--rate",
                &offered,
            ];
            let report = run(options, &crowd)?;
            let share = rate(&report)? / peak;
            println!(
                "{name}: {peak:.0} events a second at capacity; of {offered} offered {share:.3} times as many were \
                 acknowledged; refused: {}",
                report["failures"]
            );
            peaks.push(peak);
            shares.push(share);
        }
        let share = median(shares);
        figures.note(&format!("overload.{name}.peak_per_second"), median(peaks));
        figures.note(&format!("overload.{name}.share_of_peak"), share);
        let outcome = if share >= AIM { "reached" } else { "missed" };
        rows.push(format!(
            "| {name} | {share:.3} | at least {AIM}: {outcome} |"
        ));
    }
    println!(
        "\n| workload | acknowledged at 3 × capacity, of capacity | aim |\n| --- | ---: | --- |"
    );
    println!("{}", rows.join("\n"));
    Ok(())
}

/// One load on a fresh daemon.
fn run(options: &Options, workload: &[&str]) -> Result<Value, Box<dyn Error>> {
    let daemon = Daemon::start_fresh(options)?;
    let (seconds, warm_up) = (options.seconds.to_string(), WARM_UP.to_string());
    let time = ["--duration", &seconds, "--warm-up", &warm_up];
    let report = bench(
        &options.indelible,
        daemon.address(),
        &[workload, &time].concat(),
        options.seconds,
    )?;
    daemon.stop()?;
    Ok(report)
}

fn rate(report: &Value) -> Result<f64, Box<dyn Error>> {
    report["events_per_second"]
        .as_f64()
        .ok_or_else(|| "a report without a rate".into())
}
