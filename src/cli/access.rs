//! `indelible access`: who may do what, as a configuration file says, without a daemon.

mod bindings;
mod check;
mod export;
mod lint;
mod list;

use clap::Subcommand;

use crate::cli::{error::CliError, session::Session};

/// See who may do what, as a configuration file says
#[derive(Debug, Subcommand)]
pub(crate) enum AccessCommand {
    Check(check::Check),
    List(list::List),
    Lint(lint::Lint),
    Export(export::Export),
}

impl AccessCommand {
    pub(crate) fn run(&self, session: &mut Session) -> Result<(), CliError> {
        match self {
            Self::Check(command) => command.run(session),
            Self::List(command) => command.run(session),
            Self::Lint(command) => command.run(session),
            Self::Export(command) => command.run(session),
        }
    }
}
