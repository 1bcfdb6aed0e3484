//! How long a daemon that was killed takes to serve again.

use std::{error::Error, time::Instant};

use crate::{
    Options,
    daemon::{Daemon, LEDGER},
    figures::Figures,
    load,
};

/// Starts after each kill: the first right after the load, the second with nothing to catch up.
const STARTS: [&str; 2] = ["after_load", "when_idle"];

/// Fills a ledger, kills the daemon at once, while its indexes may still be behind, and starts it.
pub(crate) fn measure(
    options: &Options,
    records: u64,
    figures: &mut Figures,
) -> Result<(), Box<dyn Error>> {
    let mut daemon = Daemon::start_fresh(options)?;
    load::fill(options, daemon.address(), LEDGER, records)?;
    for name in STARTS {
        let home = daemon.kill()?;
        let start = Instant::now();
        daemon = Daemon::start(options, home)?;
        figures.note(
            &format!("restart.{name}.serving_seconds"),
            start.elapsed().as_secs_f64(),
        );
        load::bench(
            &options.indelible,
            daemon.address(),
            &["unary", "--events", "1"],
            60,
        )?;
        let seconds = start.elapsed().as_secs_f64();
        figures.note(&format!("restart.{name}.first_append_seconds"), seconds);
        figures.note(
            &format!("restart.{name}.records"),
            daemon.ledger(LEDGER)?.size as f64,
        );
        daemon.settle(LEDGER)?;
    }
    daemon.stop()?;
    Ok(())
}
