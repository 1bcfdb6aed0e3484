//! `indelible projection`: what the log says, in values and in rows.

mod list;
mod rebuild;
mod records;
mod rows;
mod show;
pub(crate) mod view;

use clap::Subcommand;

use self::{list::List, rebuild::Rebuild, show::Show};
use crate::cli::{error::CliError, session::Session};

/// Projections: decisions, oversight, performance, agents, budgets, custody and more, folded from the records
#[derive(Debug, Subcommand)]
pub(crate) enum ProjectionCommand {
    List(List),
    Show(Box<Show>),
    Rebuild(Rebuild),
}

impl ProjectionCommand {
    pub(crate) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        match self {
            Self::List(command) => command.run(session).await,
            Self::Show(command) => command.run(session).await,
            Self::Rebuild(command) => command.run(session).await,
        }
    }
}
