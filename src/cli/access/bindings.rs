//! The bindings of a configuration file.

use std::path::PathBuf;

use clap::Args;
use indelible_access::{Binding, DualControl, Method, Principal, Table};
use indelible_server::config::{self, Access, FileAccess};

use crate::cli::error::CliError;

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

/// What a configuration file says of access.
pub(super) struct Read {
    access: Access,
    /// In which ways callers can show who they are, where the daemon listens as the file says.
    pub(super) methods: Vec<Method>,
    /// The issuers whose tokens are believed.
    pub(super) issuers: Vec<String>,
}

impl Bindings {
    pub(super) fn read(&self) -> Result<Read, CliError> {
        let FileAccess {
            access,
            methods,
            issuers,
        } = config::access_of_file(&self.config)
            .map_err(|error| CliError::of_configuration(&error))?;
        Ok(Read {
            access,
            methods,
            issuers,
        })
    }
}

impl Read {
    /// Adds what the file can't know.
    pub(super) fn add(&mut self, bindings: Vec<Binding>) {
        self.access.bindings.extend(bindings);
    }

    /// The table of what the file says, and nothing else.
    pub(super) fn of_the_file(&self) -> Table {
        table(self.access.bindings.clone())
    }

    /// The table that the daemon makes of it. Its own user, who may do everything, too, is not known here.
    pub(super) fn table(&self) -> Table {
        let anyhow = self.anyhow().into_iter();
        let anyhow = anyhow.flat_map(|principal| Binding::everything(&principal));
        let anyhow = anyhow.filter(|binding| !binding.role.answers_others());
        table(self.access.bindings.iter().cloned().chain(anyhow).collect())
    }

    /// Those who may do everything whatever is bound, by their names: root, and where nobody is asked, everybody.
    pub(super) fn anyhow(&self) -> Vec<Principal> {
        let is_open = self.methods.contains(&Method::Nothing);
        let everybody = is_open.then(Principal::insecure_local);
        Principal::unix_user(0)
            .into_iter()
            .chain(everybody)
            .collect()
    }
}

fn table(bindings: Vec<Binding>) -> Table {
    Table::new(bindings, DualControl::NeverInForce)
}
