//! The bindings of a configuration file.

use std::path::PathBuf;

use clap::Args;
use indelible_access::{Binding, DualControl, Principal, Role, Table};
use indelible_server::config;

use crate::cli::error::{CliError, chain};

/// The file whose bindings are looked at.
#[derive(Debug, Args)]
pub(super) struct Bindings {
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
    pub(super) fn table(&self) -> Result<Table, CliError> {
        let root = Principal::unix_user(0).ok();
        let anyhow = root.iter().flat_map(Binding::everything);
        let anyhow = anyhow.filter(|binding| binding.role != Role::Approver);
        Ok(table(self.read()?.into_iter().chain(anyhow).collect()))
    }

    /// The table of what the file says, and nothing else.
    pub(super) fn of_the_file(&self) -> Result<Table, CliError> {
        Ok(table(self.read()?))
    }

    fn read(&self) -> Result<Vec<Binding>, CliError> {
        config::bindings(&self.config).map_err(|error| CliError::Usage(chain(&error)))
    }
}

fn table(bindings: Vec<Binding>) -> Table {
    Table::new(bindings, DualControl::NeverInForce)
}
