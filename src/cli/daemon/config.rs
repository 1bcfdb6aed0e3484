//! `indelible config`: what a daemon would be configured with, without starting it.

use std::fmt;

use clap::{Args, Subcommand};
use indelible_server::{
    config::{Config, KekSource, SecretSource, Setting, Terminal},
    named_files::{NamedFileError, check_named_files},
};
use serde::Serialize;

use super::{credential, serve::DaemonOptions};
use crate::cli::{
    error::{CliError, chain},
    exit::Exit,
    session::Session,
    ui::columns::{Column, Columns, Row},
};

/// Check a daemon's configuration, or show what is in force
///
/// Both take the options of `serve`, and its environment: a variable such as INDELIBLE__MEMORY__BUDGET_MIB sets
/// memory.budget_mib in the place of the file. Neither starts a daemon, opens a store or asks a key provider.
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    Check(Check),
    Show(Show),
}

/// Say whether a configuration is valid
///
/// Reads the certificates, passphrases and PINs that it names, too, and says the first thing that is wrong. The store, key
/// providers and ports are not looked at. Exit code 0 if nothing is wrong, 2 if the configuration or TLS is, 1 if a
/// passphrase or PIN can't be read. A credential that systemd gives to the daemon alone is named as not looked at.
#[derive(Debug, Args)]
pub(crate) struct Check {
    #[command(flatten)]
    options: DaemonOptions,
}

/// Show each setting that would be in force, and where it comes from
///
/// A setting comes from an option, the environment, the file or the default, in this order. Secrets are not
/// settings: files hold them, and they are named and not read.
#[derive(Debug, Args)]
pub(crate) struct Show {
    #[command(flatten)]
    options: DaemonOptions,
}

impl ConfigCommand {
    pub(crate) fn run(self, session: &mut Session) -> Result<(), CliError> {
        match self {
            Self::Check(command) => command.run(session),
            Self::Show(command) => command.run(session),
        }
    }
}

impl Check {
    fn run(self, session: &mut Session) -> Result<(), CliError> {
        let config = Config::load(
            &self.options.flags(session.output.is_json()),
            Terminal::Present,
        );
        let config = config.map_err(|error| usage(&error))?;
        let (seen, unseen) = credential::seen(&config);
        check_named_files(&seen, None).map_err(|error| CliError::Serve {
            exit: match &error {
                NamedFileError::Tls(_) => Exit::Usage,
                NamedFileError::Passphrase(_) | NamedFileError::Pin(_) => Exit::Refused,
            },
            problem: chain(&error),
        })?;
        session.output.answer(&Valid {
            file: config.file.map(|file| file.display().to_string()),
            needs_a_terminal: config.kek.asks_somebody(),
            may_be_named: matches!(
                config.kek.current,
                KekSource::Passphrase(SecretSource::Prompt)
            ),
            not_seen: unseen.iter().map(|file| credential::told(file)).collect(),
        })
    }
}

impl Show {
    fn run(self, session: &mut Session) -> Result<(), CliError> {
        let flags = self.options.flags(session.output.is_json());
        let settings =
            Config::effective(&flags, Terminal::Present).map_err(|error| usage(&error))?;
        if session.output.is_json() {
            let mut settings = settings.iter();
            return settings.try_for_each(|setting| session.output.object_line(setting));
        }
        let rows: Vec<_> = settings.iter().map(row).collect();
        Columns::new(COLUMNS).show(&mut session.output, &rows)
    }
}

const COLUMNS: &[Column] = &[
    Column::text("SETTING"),
    Column::text("VALUE"),
    Column::text("FROM"),
];

fn row(setting: &Setting) -> Row {
    let cells = vec![
        setting.key.clone(),
        setting.value.to_string(),
        setting.source.to_string(),
    ];
    Row { cells, paint: None }
}

fn usage(error: &dyn std::error::Error) -> CliError {
    CliError::Usage(chain(error))
}

/// A configuration in which nothing is wrong.
#[derive(Serialize)]
struct Valid {
    /// Its file, if there is one.
    file: Option<String>,
    /// Whether the daemon asks for a passphrase or a PIN on a terminal when it starts.
    needs_a_terminal: bool,
    /// Whether the daemon's own command line may name a file with the passphrase.
    #[serde(skip)]
    may_be_named: bool,
    /// The secrets that the daemon alone can read, in words.
    not_seen: Vec<String>,
}

impl fmt::Display for Valid {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.file {
            Some(file) => write!(out, "{file} is valid")?,
            None => out.write_str("the options are valid")?,
        }
        out.write_str(", and the files of TLS, passphrases and PINs that it names can be read")?;
        if self.needs_a_terminal {
            out.write_str("; the daemon asks for a passphrase or PIN on a terminal")?;
            if self.may_be_named {
                out.write_str(", unless its own command line names the passphrase's file")?;
            }
        }
        for not_seen in &self.not_seen {
            write!(out, "; but {not_seen}")?;
        }
        out.write_str(". Not looked at: the store and what opens it, key providers, and whether ports are free")
    }
}
