//! `indelible backup`: backups of the whole store. A daemon makes them and takes them away; a directory or a bucket of
//! them is listed, verified and restored without one.

mod age;
mod anchor;
mod archive;
mod copied;
mod create;
mod failed;
mod fill;
mod forget;
mod identity;
mod kek;
mod list;
mod loss;
mod newer;
mod place;
mod prune;
mod restore;
mod restored;
mod scratch;
mod stop;
mod verified;
mod verify;
mod view;
mod whose;

use clap::Subcommand;

use crate::cli::{error::CliError, session::Session};

/// Make, list, verify and restore backups of all ledgers, and take them away
///
/// The daemon backs up to the directory or the bucket that [backup] of its configuration names, by its schedule or when `create`
/// asks. What lies there can be listed, verified and restored on any machine, without a daemon and without keys; of an encrypted backup
/// (`recipients`), the contents need the identity that its operator keeps.
#[derive(Debug, Subcommand)]
pub(crate) enum BackupCommand {
    Create(create::Create),
    List(list::List),
    Verify(verify::Verify),
    Prune(prune::Prune),
    Stop(stop::Stop),
    Forget(forget::Forget),
    Restore(restore::Restore),
}

impl BackupCommand {
    /// Whether it asks a daemon.
    pub(crate) fn calls_a_daemon(&self) -> bool {
        match self {
            Self::Create(_) | Self::Prune(_) | Self::Stop(_) | Self::Forget(_) => true,
            Self::List(command) => command.calls_a_daemon(),
            Self::Verify(command) => command.calls_a_daemon(),
            Self::Restore(_) => false,
        }
    }

    pub(crate) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        match self {
            Self::Create(command) => command.run(session).await,
            Self::List(command) => command.run(session).await,
            Self::Verify(command) => command.run(session).await,
            Self::Prune(command) => command.run(session).await,
            Self::Stop(command) => command.run(session).await,
            Self::Forget(command) => command.run(session).await,
            Self::Restore(command) => command.run(session),
        }
    }
}
