//! Commands about keys: those that sign and those that encrypt, and what is erased or must not be.

pub(crate) mod erase;
pub(crate) mod erasures;
pub(crate) mod hold;
pub(crate) mod producer;
pub(crate) mod recorded;
mod rescue;
mod rotate;
mod rotation_reason;
mod signing_keys;

use clap::Subcommand;

use self::{
    rescue::Rescue,
    rotate::Rotate,
    signing_keys::{List, Revoke},
};
use crate::cli::{error::CliError, session::Session};

/// List, rotate and revoke keys, and open what is encrypted without the KEK
#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Replace a key that is in use
    #[command(subcommand)]
    Rotate(Rotate),
    /// Revoke a signing key: beyond a given tree size it is no longer trusted
    #[command(subcommand)]
    Revoke(Revoke),
    List(List),
    Rescue(Rescue),
}

impl KeysCommand {
    /// Whether it asks a daemon.
    pub(crate) fn calls_a_daemon(&self) -> bool {
        !matches!(self, Self::Rescue(_))
    }

    pub(crate) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        match self {
            Self::Rotate(command) => command.run(session).await,
            Self::Revoke(command) => command.run(session).await,
            Self::List(command) => command.run(session).await,
            Self::Rescue(command) => command.run(session),
        }
    }
}
