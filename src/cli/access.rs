//! `indelible access`: who may do what, as a configuration file says, without a daemon.

mod bindings;
mod check;
mod export;
mod lint;

use clap::{Args, Subcommand};

use self::bindings::Bindings;
use crate::cli::{error::CliError, session::Session};

/// See who may do what, as a configuration file says
#[derive(Debug, Subcommand)]
pub(crate) enum AccessCommand {
    Check(check::Check),
    List(List),
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

/// List the bindings
#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    bindings: Bindings,
}

impl List {
    fn run(&self, session: &mut Session) -> Result<(), CliError> {
        for binding in self.bindings.of_the_file()?.bindings() {
            session.output.item(&check::BindingView::of(binding))?;
        }
        Ok(())
    }
}
