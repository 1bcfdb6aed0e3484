//! Two people for what can't be undone: `indelible request`, and the options of what takes two people.

mod answer;
mod id;
pub(crate) mod look;
pub(crate) mod two_people;
pub(crate) mod view;

use clap::Subcommand;

use self::{
    answer::{Approve, Decline, Withdraw},
    look::{List, Show},
};
use crate::cli::{error::CliError, session::Session};

/// See, approve, decline and withdraw requests for what takes two people
#[derive(Debug, Subcommand)]
pub(crate) enum RequestCommand {
    List(List),
    Show(Show),
    Approve(Approve),
    Decline(Decline),
    Withdraw(Withdraw),
}

impl RequestCommand {
    pub(crate) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        match self {
            Self::List(command) => command.run(session).await,
            Self::Show(command) => command.run(session).await,
            Self::Approve(command) => command.run(session).await,
            Self::Decline(command) => command.run(session).await,
            Self::Withdraw(command) => command.run(session).await,
        }
    }

    /// Whether its result may be long, and is there at once.
    pub(crate) fn is_for_reading(&self) -> bool {
        matches!(self, Self::List(_) | Self::Show(_))
    }
}
