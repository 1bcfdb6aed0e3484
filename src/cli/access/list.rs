//! `indelible access list`: who has which role where, and who may do everything anyhow.

use std::fmt;

use clap::Args;
use indelible_access::{Principal, Role};
use serde::Serialize;

use super::{binding_view::BindingView, bindings::Bindings};
use crate::cli::{error::CliError, session::Session};

/// List the bindings, and those who may do everything whatever is bound
#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    bindings: Bindings,
}

impl List {
    pub(super) fn run(&self, session: &mut Session) -> Result<(), CliError> {
        let read = self.bindings.read()?;
        for principal in read.anyhow() {
            session.output.item(&Anyhow::of(Some(&principal)))?;
        }
        session.output.item(&Anyhow::of(None))?;
        for binding in read.of_the_file().bindings() {
            session.output.item(&BindingView::of(binding))?;
        }
        Ok(())
    }
}

/// Somebody who has every role but those that answer others on the store, and needs no binding.
#[derive(Serialize)]
struct Anyhow {
    /// None where a configuration file does not know it.
    principal: Option<String>,
    roles: Vec<&'static str>,
    on: &'static str,
    /// Why no binding is needed.
    because: &'static str,
}

impl Anyhow {
    fn of(principal: Option<&Principal>) -> Self {
        let roles = Role::ALL.iter().filter(|role| !role.answers_others());
        Self {
            principal: principal.map(Principal::to_string),
            roles: roles.map(|role| role.name()).collect(),
            on: "@store",
            because: match principal.map(Principal::is_insecure) {
                None => "it could read the store itself",
                Some(false) => "root could read the store itself",
                Some(true) => "TCP on loopback without TLS does not tell who calls",
            },
        }
    }
}

impl fmt::Display for Anyhow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let who = self.principal.as_deref();
        let who = who.unwrap_or("the daemon's own user");
        let because = self.because;
        write!(
            f,
            "{who} has every role but those that answer others on @store, unbound: {because}"
        )
    }
}
