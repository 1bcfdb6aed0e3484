//! `indelible system`: the store's own ledger, without a daemon.

use std::{
    fmt,
    io::{self, IsTerminal as _},
    path::PathBuf,
};

use clap::{Args, Subcommand};
use indelible_server::{
    config::{Config, Flags, Log, Terminal},
    daemon,
};
use serde::Serialize;

use crate::cli::{
    daemon::serve::{self, STOP_FIRST},
    error::CliError,
    session::Session,
    ui::{confirm, table::Table},
};

/// The name that is typed to confirm.
const SYSTEM: &str = "_system";

/// Repair the store's own ledger, in which the daemon records what its operators do
#[derive(Debug, Subcommand)]
pub(crate) enum SystemCommand {
    Succeed(Succeed),
}

impl SystemCommand {
    pub(crate) fn run(self, session: &mut Session) -> Result<(), CliError> {
        match self {
            Self::Succeed(command) => command.run(session),
        }
    }
}

/// Close a quarantined _system and start its successor, while no daemon runs
///
/// While _system is in quarantine, a daemon does nothing but read. Restore what is missing first, if there is a copy of it:
/// a successor records what was lost, and does not bring it back. From then on erasing a person, putting other rules of
/// retention in force, ending a ledger, revoking a signing key, giving a ledger a successor, and making a privileged token take
/// two people, since what said whether they do may be lost: bind two approvers.
#[derive(Debug, Args)]
pub(crate) struct Succeed {
    /// The data directory
    #[arg(long, value_name = "DIR", required_unless_present = "config")]
    data: Option<PathBuf>,
    /// A file with the passphrase
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// The daemon's configuration file; options given here override it
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// What the origin begins with if the predecessor is missing; otherwise it is the predecessor's [default: localhost]
    #[arg(long, value_name = "PREFIX")]
    origin_prefix: Option<String>,
    /// The anchor [default: DIR.anchor]
    #[arg(long, value_name = "FILE")]
    anchor: Option<PathBuf>,
    /// Do not ask for confirmation
    #[arg(long, short)]
    yes: bool,
}

/// The successor.
#[derive(Serialize)]
struct Succeeded {
    origin: String,
    verifier_key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    predecessor: Option<String>,
}

impl fmt::Display for Succeeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::default();
        table
            .row("origin", &self.origin)
            .row("verifier key", &self.verifier_key)
            .row_if(
                "predecessor",
                self.predecessor.as_deref().unwrap_or_default(),
            );
        table.fmt(f)
    }
}

impl Succeed {
    fn run(self, session: &mut Session) -> Result<(), CliError> {
        if !self.yes {
            let what = "The store's own ledger _system will be closed, and a successor takes its place. From then on what can't \
                        be undone takes two people: bind two approvers in the configuration.";
            confirm::ledger(&mut session.output, what, SYSTEM)?;
        }
        let terminal = match io::stdin().is_terminal() {
            true => Terminal::Present,
            false => Terminal::Absent,
        };
        let flags = Flags {
            config: self.config,
            data: self.data,
            origin_prefix: self.origin_prefix,
            anchor: self.anchor,
            passphrase_file: self.passphrase_file,
            ..Flags::default()
        };
        let config =
            Config::load(&flags, terminal).map_err(|error| CliError::of_configuration(&error))?;
        // What the log says stands in the one document that programs read.
        let kept = match session.output.is_json() {
            true => Some(daemon::keep_log(&warnings_alone(&config.log))),
            false => {
                daemon::start_log(&config.log);
                None
            }
        };
        let made = daemon::repair::succeed_system(config);
        let told = kept.iter().flat_map(daemon::KeptLog::lines);
        told.for_each(|line| session.output.warn(line));
        let made = made.map_err(|error| serve::told(&error, STOP_FIRST))?;
        session.output.item(&Succeeded {
            origin: made.origin,
            verifier_key: made.verifier_key,
            predecessor: made.predecessor,
        })
    }
}

/// The log without what is only said so that it is known.
fn warnings_alone(log: &Log) -> Log {
    let filter = match log.filter.as_str() {
        "info" => "warn".to_owned(),
        other => other.to_owned(),
    };
    Log {
        filter,
        ..log.clone()
    }
}
