//! `indelible access`: who may do what, as a configuration file says, without a daemon; and who did what, as a daemon says.

mod binding_view;
mod bindings;
mod check;
mod export;
mod lint;
mod list;
pub(crate) mod log;
pub(crate) mod token;

use clap::Subcommand;

use crate::cli::{error::CliError, session::Session};

/// See who may do what, as a configuration file says, and who did what
#[derive(Debug, Subcommand)]
pub(crate) enum AccessCommand {
    Check(check::Check),
    List(list::List),
    Lint(lint::Lint),
    Export(export::Export),
    Log(log::Log),
}

impl AccessCommand {
    /// Whether it asks a daemon, and not a configuration file.
    pub(crate) fn calls_a_daemon(&self) -> bool {
        match self {
            Self::Log(_) => true,
            Self::Check(command) => command.is_about_a_token(),
            Self::List(_) | Self::Lint(_) | Self::Export(_) => false,
        }
    }

    pub(crate) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        match self {
            Self::Check(command) => command.run(session).await,
            Self::List(command) => command.run(session),
            Self::Lint(command) => command.run(session),
            Self::Export(command) => command.run(session),
            Self::Log(command) => command.run(session).await,
        }
    }
}
