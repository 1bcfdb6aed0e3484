//! Ending under load, and having nothing to do.

use std::{
    error::Error,
    fs, thread,
    time::{Duration, Instant},
};

use indelible_proto::v1::CreateLedgerRequest;

use super::start;
use crate::{
    Options,
    daemon::{Daemon, Home},
    figures::Figures,
    load::bench,
    paired::outcome,
};

const LEDGERS: u32 = 500;
/// How long a daemon with nothing to do is watched.
const WATCHED: Duration = Duration::from_secs(60);

pub(super) fn measure(
    options: &Options,
    figures: &mut Figures,
) -> Result<Vec<String>, Box<dyn Error>> {
    let mut rows = vec![drain(options, figures)?];
    rows.extend(idle(options, figures)?);
    Ok(rows)
}

/// From SIGTERM to the end, while streams append.
fn drain(options: &Options, figures: &mut Figures) -> Result<String, Box<dyn Error>> {
    let daemon = start(options, Home::fresh(options)?, "", &[])?;
    let (indelible, address) = (options.indelible.clone(), daemon.address());
    // It ends with failures: its daemon goes away.
    let load = thread::spawn(move || {
        let arguments = ["stream", "--in-flight", "16", "--duration", "8"];
        drop(bench(&indelible, address, &arguments, 60));
    });
    thread::sleep(Duration::from_secs(5));
    let start = Instant::now();
    daemon.stop()?;
    let seconds = start.elapsed().as_secs_f64();
    load.join().map_err(|_| "the load panicked")?;
    figures.note("operations.drain_seconds", seconds);
    let outcome = outcome(seconds < 2.0);
    Ok(format!(
        "| drain under streams | {seconds:.2} s | under 2 s: {outcome} |"
    ))
}

fn idle(options: &Options, figures: &mut Figures) -> Result<Vec<String>, Box<dyn Error>> {
    let daemon = start(options, Home::fresh(options)?, "", &[])?;
    daemon.runtime().block_on(create_ledgers(&daemon))?;
    // Made anew, so that nothing of the making is left in memory.
    let daemon = start(options, daemon.stop()?, "", &[])?;
    daemon.settle("idle-0")?;
    thread::sleep(Duration::from_secs(5));
    let (processor, wakes) = (daemon.processor_seconds(), wake_ups(daemon.process())?);
    thread::sleep(WATCHED);
    let seconds = WATCHED.as_secs_f64();
    let share = (daemon.processor_seconds() - processor) / seconds;
    let wakes = (wake_ups(daemon.process())? - wakes) as f64 / seconds;
    let resident = resident_mib(daemon.process())?;
    daemon.stop()?;
    figures.note("operations.idle_core_share", share);
    figures.note("operations.idle_wake_ups_per_second", wakes);
    figures.note("operations.idle_resident_mib", resident);
    Ok(vec![
        format!(
            "| idle with {LEDGERS} ledgers, of a core | {share:.4} | under 0.01: {} |",
            outcome(share < 0.01)
        ),
        format!(
            "| the same, wake-ups in a second | {wakes:.1} | under 20: {} |",
            outcome(wakes < 20.0)
        ),
        format!(
            "| the same, MiB resident | {resident:.1} | under 80: {} |",
            outcome(resident < 80.0)
        ),
    ])
}

async fn create_ledgers(daemon: &Daemon) -> Result<(), Box<dyn Error>> {
    let mut client = daemon.client().await?;
    for number in 0..LEDGERS {
        let request = CreateLedgerRequest {
            name: format!("idle-{number}"),
            ..CreateLedgerRequest::default()
        };
        client.create_ledger(request).await?;
    }
    Ok(())
}

/// How often its threads have slept and been woken so far.
fn wake_ups(process: u32) -> Result<u64, Box<dyn Error>> {
    let mut all = 0;
    for thread in fs::read_dir(format!("/proc/{process}/task"))? {
        // A thread may end while it is looked at.
        let status = fs::read_to_string(thread?.path().join("status")).unwrap_or_default();
        all += field(&status, "voluntary_ctxt_switches:").unwrap_or_default();
    }
    Ok(all)
}

fn resident_mib(process: u32) -> Result<f64, Box<dyn Error>> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let kib = field(&status, "VmRSS:").ok_or("a process without memory")?;
    Ok(kib as f64 / 1_024.0)
}

fn field(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}
