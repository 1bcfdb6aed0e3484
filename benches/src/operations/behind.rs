//! What works behind appends: the scrub, and a backup.

use std::{
    error::Error,
    process::Command,
    time::{Duration, Instant},
};

use super::{load, rate, start};
use crate::{
    Options,
    daemon::{Daemon, Home, LEDGER},
    figures::Figures,
    load::fill,
    paired::Paired,
    process::output,
};

const AIM: f64 = 0.85;
/// Nothing else reads the store.
const ALONE: &str = "[scrub]\nbytes_per_second = 0\n";

pub(super) fn measure(
    options: &Options,
    rounds: u32,
    records: u64,
    figures: &mut Figures,
) -> Result<Vec<String>, Box<dyn Error>> {
    let daemon = start(options, Home::fresh(options)?, ALONE, &[])?;
    fill(options, daemon.address(), LEDGER, records)?;
    daemon.settle(LEDGER)?;
    let home = daemon.stop()?;
    // A full store an hour.
    let pace = bytes_under(&home.data())? / 3_600;
    let scrubbed = format!("[scrub]\nbytes_per_second = {pace}\nstart_delay_seconds = 0\n");
    let place = std::cell::RefCell::new(Some(home));
    let turn = |configuration: &str, work: &dyn Fn(&Daemon) -> Result<f64, Box<dyn Error>>| {
        let home = place.borrow_mut().take().ok_or("the last turn failed")?;
        let daemon = start(options, home, configuration, &[])?;
        let done = work(&daemon)?;
        *place.borrow_mut() = Some(daemon.stop()?);
        Ok(done)
    };
    let appends = |daemon: &Daemon| rate(&load(options, daemon)?);
    let scrub = Paired::take(
        rounds,
        || turn(ALONE, &appends),
        || turn(&scrubbed, &appends),
    )?;
    let backup = Paired::take(
        rounds,
        || turn(ALONE, &appends),
        || {
            let target = tempfile::tempdir_in(&options.scratch)?;
            let configuration = format!(
                "{ALONE}[backup]\ndirectory = \"{}\"\nevery_hours = 0\n",
                std::fs::canonicalize(target.path())?.display()
            );
            turn(&configuration, &|daemon| during_backup(options, daemon))
        },
    )?;
    Ok(vec![
        scrub.note("operations.scrub", AIM, figures),
        backup.note("operations.backup", AIM, figures),
    ])
}

/// The rate of the seconds in which a backup was made.
fn during_backup(options: &Options, daemon: &Daemon) -> Result<f64, Box<dyn Error>> {
    let loaded = std::thread::scope(|scope| {
        let started = Instant::now();
        let loading = scope.spawn(|| load(options, daemon).map_err(|error| error.to_string()));
        std::thread::sleep(Duration::from_secs(crate::load::WARM_UP + 1));
        let from = started.elapsed();
        let mut command = Command::new(&options.indelible);
        command.args([
            "backup",
            "create",
            "--new-target",
            "--address",
            daemon.url(),
        ]);
        let made = output(&mut command, Duration::from_secs(600));
        let to = started.elapsed();
        let report = loading
            .join()
            .map_err(|_| "the load panicked".to_owned())??;
        made.map_err(|error| error.to_string())?;
        Ok::<_, String>((report, from, to))
    });
    let (report, from, to) = loaded?;
    // Samples begin after the warm-up and are of a second each.
    let second = |at: Duration| at.as_secs().saturating_sub(crate::load::WARM_UP);
    let samples = report["samples"]
        .as_array()
        .ok_or("a report without samples")?;
    let during = usize::try_from(second(from))?..=usize::try_from(second(to))?;
    let during: Vec<f64> = samples
        .iter()
        .enumerate()
        .filter(|(at, _)| during.contains(at))
        .filter_map(|(_, rate)| rate.as_f64())
        .collect();
    if during.is_empty() {
        return Err("the backup ended before anything was measured".into());
    }
    Ok(during.iter().sum::<f64>() / during.len() as f64)
}

/// Bytes of all files under a directory.
pub(super) fn bytes_under(directory: &std::path::Path) -> std::io::Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        // A file may go while it is looked at.
        bytes += match kind.is_dir() {
            true => bytes_under(&entry.path()).unwrap_or_default(),
            false => entry.metadata().map_or(0, |file| file.len()),
        };
    }
    Ok(bytes)
}
