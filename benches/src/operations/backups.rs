//! A full backup, one after 1% more records, verification, and a restore.

use std::{
    error::Error,
    fs,
    io::Write as _,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use serde_json::Value;

use super::start;
use crate::{
    Options,
    daemon::{Daemon, Home, LEDGER},
    figures::Figures,
    load::fill,
    paired::outcome,
    process::output,
};

/// Of a full one's, what an incremental one may take after 1% more records.
const INCREMENTAL: f64 = 0.05;
/// What is enough however fast the disk is.
const RECORDS_PER_SECOND: f64 = 400_000.0;
/// Of what the disk can write, which share a restore with verification must reach, if that is less.
const OF_DISK: f64 = 0.7;
const TIME_MAX: Duration = Duration::from_secs(3_600);

pub(super) fn measure(
    options: &Options,
    records: u64,
    figures: &mut Figures,
) -> Result<Vec<String>, Box<dyn Error>> {
    let target = tempfile::tempdir_in(&options.scratch)?;
    let target = fs::canonicalize(target.path())?;
    let configuration = format!(
        "[scrub]\nbytes_per_second = 0\n[backup]\ndirectory = \"{}\"\nevery_hours = 0\n",
        target.display()
    );
    let daemon = start(options, Home::fresh(options)?, &configuration, &[])?;
    fill(options, daemon.address(), LEDGER, records)?;
    daemon.settle(LEDGER)?;
    let (full, full_seconds) = create(options, &daemon)?;
    fill(options, daemon.address(), LEDGER, records / 100)?;
    daemon.settle(LEDGER)?;
    let (more, more_seconds) = create(options, &daemon)?;
    daemon.stop()?;
    let copied = |backup: &Value| backup["copied_bytes"].as_f64().unwrap_or(f64::NAN);
    figures.note("operations.backup_full.seconds", full_seconds);
    figures.note("operations.backup_full.bytes", copied(&full));
    figures.note("operations.backup_more.seconds", more_seconds);
    figures.note("operations.backup_more.bytes", copied(&more));
    let share = |name: &str, share: f64| {
        let outcome = outcome(share < INCREMENTAL);
        format!(
            "| {name} of a backup after 1% more records, of a full one's | {share:.3} | under {INCREMENTAL}: {outcome} |"
        )
    };
    let mut rows = vec![
        share("bytes", copied(&more) / copied(&full)),
        share("time", more_seconds / full_seconds),
    ];
    let bytes = more["bytes"].as_f64().unwrap_or(f64::NAN);
    let disk = disk_rate(&options.scratch)?;
    figures.note("operations.disk_bytes_per_second", disk);
    let all = (records + records / 100) as f64;
    let scratch = tempfile::tempdir_in(&options.scratch)?;
    let into = scratch.path().join("restored");
    let into = into.display().to_string();
    let target = target.display().to_string();
    let scratch = scratch.path().display().to_string();
    for (name, arguments) in [
        ("verify", vec!["verify", "--scratch", &scratch, &target]),
        (
            "restore",
            vec![
                "restore",
                "--anchor-of-backup",
                "--yes",
                "--into",
                &into,
                &target,
            ],
        ),
    ] {
        let seconds = run(options, &arguments)?;
        let (per_second, of_disk) = (all / seconds, bytes / seconds / disk);
        figures.note(
            &format!("operations.backup_{name}.records_per_second"),
            per_second,
        );
        figures.note(&format!("operations.backup_{name}.share_of_disk"), of_disk);
        let outcome = outcome(per_second >= RECORDS_PER_SECOND || of_disk >= OF_DISK);
        rows.push(format!(
            "| backup {name} | {per_second:.0} records/s, {of_disk:.2} of the disk | {RECORDS_PER_SECOND:.0} records/s or {OF_DISK} of the disk: {outcome} |"
        ));
    }
    Ok(rows)
}

fn run(options: &Options, arguments: &[&str]) -> Result<f64, Box<dyn Error>> {
    let mut command = Command::new(&options.indelible);
    command.arg("backup").args(arguments);
    let start = Instant::now();
    output(&mut command, TIME_MAX)?;
    Ok(start.elapsed().as_secs_f64())
}

fn create(options: &Options, daemon: &Daemon) -> Result<(Value, f64), Box<dyn Error>> {
    let mut command = Command::new(&options.indelible);
    command.args([
        "backup",
        "create",
        "--output",
        "json",
        "--address",
        daemon.url(),
    ]);
    let start = Instant::now();
    let made = output(&mut command, TIME_MAX)?;
    Ok((
        serde_json::from_slice(&made.stdout)?,
        start.elapsed().as_secs_f64(),
    ))
}

/// Bytes that the disk takes in a second, written in order and synced.
fn disk_rate(scratch: &Path) -> Result<f64, Box<dyn Error>> {
    const BYTES: usize = 1 << 30;
    let block = vec![0x5a; 1 << 20];
    let mut file = tempfile::tempfile_in(scratch)?;
    let start = Instant::now();
    for _ in 0..BYTES / block.len() {
        file.write_all(&block)?;
    }
    file.sync_all()?;
    Ok(BYTES as f64 / start.elapsed().as_secs_f64())
}
