//! `indelible doctor`: whether a daemon has, and would have, what it needs, in one list.

mod answers;
mod archive;
mod backup_ages;
mod backups;
mod check;
mod files;
mod keys;
mod listens;
mod machine;
mod places;
mod register;
mod store;

use std::fmt;

use clap::Args;
use indelible_server::config::{Config, Terminal};
use serde::Serialize;

use self::{
    check::{Check, Outcome},
    listens::Listens,
};
use super::serve::DaemonOptions;
use crate::cli::{
    error::{CliError, chain},
    exit::Exit,
    session::Session,
    ui::paint::Paint,
};

/// Check the configuration, the machine and the daemon, and say what to do
///
/// Looks at the configuration, directories and their rights, room on the volumes, how fast they sync, open files, memory, swap,
/// core dumps, the clock, certificates, the provider of keys, the place for backups, the directory of the archive, the register
/// and the places to listen, as a daemon with these options would have them; whether its store can be read, whether the passphrase opens it, also while a
/// daemon has it, and whether the anchor is that store's; then at the daemon that answers at --address, or where the configuration has it listen, its state, its version, its notices, and how old its newest backup and the newest verification of one are; and whether the places for backups and for the archive are the ones that its records know. Nothing is changed; a token is not logged in to, since a wrong PIN would count. Run it as the daemon's user.
///
/// Exit code 0 if nothing failed, and 1 if something did; with --strict a warning counts as a failure.
#[derive(Debug, Args)]
pub(crate) struct Doctor {
    #[command(flatten)]
    options: DaemonOptions,
    /// Look at no daemon
    #[arg(long)]
    offline: bool,
    /// End with exit code 1 for a warning, too
    #[arg(long)]
    strict: bool,
}

impl Doctor {
    pub(crate) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let flags = self.options.flags(session.output.is_json());
        let loaded = Config::load(&flags, Terminal::Present);
        let mut checks = Vec::new();
        match &loaded {
            Ok(config) => {
                checks.push(check::ok("configuration", "valid"));
                checks.extend(files::checks(config));
                checks.extend(keys::checks(config).await);
            }
            Err(error) => checks.push(check::fail(
                "configuration",
                chain(error),
                "correct it; `indelible config show` says where each setting comes from",
            )),
        }
        checks.extend(machine::checks(loaded.as_ref().ok()));
        let config = loaded.as_ref().ok();
        let mut status = None;
        if !self.offline {
            let listens = config.map_or(Listens::Unsaid, Listens::of);
            if let Listens::Here(places) = &listens
                && let Some(place) = places.first()
            {
                session.connection.look_at(place);
            }
            match listens.unreached(session) {
                Some(unreached) => checks.push(unreached),
                None => {
                    let (answered, told) =
                        answers::checks(session, listens.elsewhere(session)).await;
                    checks.extend(answered);
                    status = told;
                }
            }
        }
        checks.extend(
            config
                .into_iter()
                .flat_map(|config| places::checks(config, status.as_ref())),
        );
        let report = Report::of(checks);
        let least = match self.strict {
            true => Outcome::Warn,
            false => Outcome::Fail,
        };
        let is_bad = report.worst >= least;
        let told = report.told();
        session.output.answer(&report)?;
        match is_bad {
            true => Err(CliError::Serve {
                exit: Exit::Refused,
                problem: told,
            }),
            false => Ok(()),
        }
    }
}

/// All that was looked at.
#[derive(Serialize)]
struct Report {
    /// The worst of them.
    worst: Outcome,
    checks: Vec<Check>,
}

impl Report {
    fn of(checks: Vec<Check>) -> Self {
        let outcomes = checks.iter().map(|check| check.outcome);
        Self {
            worst: outcomes.max().unwrap_or(Outcome::Ok),
            checks,
        }
    }

    /// How many there are of what is not right, in words.
    fn told(&self) -> String {
        let count = |outcome| {
            let of = self.checks.iter().filter(|check| check.outcome == outcome);
            of.count()
        };
        let (failed, warned) = (count(Outcome::Fail), count(Outcome::Warn));
        format!("checks that failed: {failed}; warnings: {warned}")
    }
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.checks.iter().map(|check| check.name.len());
        let width = names.max().unwrap_or(0);
        for check in &self.checks {
            let word = format!("{:<4}", check.outcome.word());
            match check.outcome {
                Outcome::Ok => out.write_str(&word)?,
                Outcome::Warn => Paint::Head.write(out, &word)?,
                Outcome::Fail => Paint::Bad.write(out, &word)?,
            }
            writeln!(out, "  {:<width$}  {}", check.name, check.found)?;
            if let Some(remedy) = &check.remedy {
                writeln!(out, "      {:<width$}  {remedy}", "")?;
            }
        }
        out.write_str(&self.told())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_of_all_decides_and_each_is_told_with_its_remedy() {
        let report = Report::of(vec![
            check::ok("clock", "right"),
            check::warn("swap", "it is on", "turn it off"),
            check::fail("open files", "64", "raise it"),
        ]);
        assert_eq!(report.worst, Outcome::Fail);
        let text = report.to_string();
        assert_eq!(
            text,
            "OK    clock       right\n\
             WARN  swap        it is on\n                  turn it off\n\
             FAIL  open files  64\n                  raise it\n\
             checks that failed: 1; warnings: 1"
        );
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json["worst"], "fail");
        assert_eq!(json["checks"][1]["outcome"], "warn");
        assert_eq!(json["checks"][1]["do"], "turn it off");
    }
}
