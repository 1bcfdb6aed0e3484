//! `indelible access`: who may do what, as a configuration file says, without a daemon.

mod check;
mod export;
mod lint;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use indelible_access::{Binding, DualControl, Principal, Table};
use indelible_server::config;

use crate::cli::{
    error::{CliError, chain},
    session::Session,
};

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

/// The file whose bindings are looked at.
#[derive(Debug, Args)]
struct Bindings {
    /// The daemon's configuration file
    #[arg(
        long,
        value_name = "FILE",
        default_value = "/etc/indelible/indelible.toml"
    )]
    config: PathBuf,
}

impl Bindings {
    /// The table that the daemon makes of them. Its own user, who may do everything, too, is not known here.
    fn table(&self) -> Result<Table, CliError> {
        let root = Principal::unix_user(0).ok();
        let anyhow = root.iter().flat_map(Binding::everything);
        Ok(table(self.read()?.into_iter().chain(anyhow).collect()))
    }

    /// The table of what the file says, and nothing else.
    fn of_the_file(&self) -> Result<Table, CliError> {
        Ok(table(self.read()?))
    }

    fn read(&self) -> Result<Vec<Binding>, CliError> {
        config::bindings(&self.config).map_err(|error| CliError::Usage(chain(&error)))
    }
}

fn table(bindings: Vec<Binding>) -> Table {
    Table::new(bindings, DualControl::NeverInForce)
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
