//! `indelible token`: the daemon's own tokens, by which programs show who they are.

mod create;
mod list;
mod revoke;
mod view;

use clap::Subcommand;

use self::{create::Create, list::List, revoke::Revoke};
use crate::cli::{error::CliError, session::Session};

/// Make, list and revoke tokens, by which programs show the daemon who they are
#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    Create(Create),
    List(List),
    Revoke(Revoke),
}

impl TokenCommand {
    pub(crate) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        match self {
            Self::Create(command) => command.run(session).await,
            Self::List(command) => command.run(session).await,
            Self::Revoke(command) => command.run(session).await,
        }
    }
}
