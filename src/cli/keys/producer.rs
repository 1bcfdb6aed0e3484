//! `indelible producer`: the keys under which clients sign their own events.

mod digits;
mod list;
mod register;
mod require;
mod revoke;

use clap::Subcommand;

use self::{
    list::List,
    register::{Proof, Register},
    require::Require,
    revoke::Revoke,
};
use crate::cli::{error::CliError, session::Session};

/// Register, revoke and list the keys under which producers sign their own events
#[derive(Debug, Subcommand)]
pub(crate) enum ProducerCommand {
    Register(Register),
    Proof(Proof),
    Revoke(Revoke),
    List(List),
    Require(Require),
}

impl ProducerCommand {
    pub(crate) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        match self {
            Self::Register(command) => command.run(session).await,
            Self::Proof(command) => command.run(session),
            Self::Revoke(command) => command.run(session).await,
            Self::List(command) => command.run(session).await,
            Self::Require(command) => command.run(session).await,
        }
    }
}
