//! `indelible access`: who may do what, as a configuration file says, without a daemon.

mod check;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use indelible_access::{DualControl, Principal, Table};
use indelible_server::config;

use crate::cli::{error::CliError, session::Session};

/// See who may do what, as a configuration file says
#[derive(Debug, Subcommand)]
pub(crate) enum AccessCommand {
    Check(check::Check),
    List(List),
}

impl AccessCommand {
    pub(crate) fn run(&self, session: &mut Session) -> Result<(), CliError> {
        match self {
            Self::Check(command) => command.run(session),
            Self::List(command) => command.run(session),
        }
    }
}

/// The file whose bindings are looked at.
#[derive(Debug, Args)]
struct Bindings {
    /// The daemon's configuration file
    #[arg(long, value_name = "FILE", default_value = "/etc/indelible/indelible.toml")]
    config: PathBuf,
}

impl Bindings {
    /// The table that the daemon makes of them. Its own user, who may do everything, too, is not known here.
    fn table(&self) -> Result<Table, CliError> {
        let mut bindings = config::bindings(&self.config)
            .map_err(|error| CliError::Usage(crate::cli::error::chain(&error)))?;
        let root = Principal::unix_user(0).ok();
        bindings.extend(root.iter().flat_map(indelible_access::Binding::everything));
        Ok(Table::new(bindings, DualControl::NeverInForce))
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
        let table = self.bindings.table()?;
        for binding in table.bindings().iter().filter(|binding| binding.line.is_some()) {
            session.output.item(&check::BindingView::of(binding))?;
        }
        Ok(())
    }
}
