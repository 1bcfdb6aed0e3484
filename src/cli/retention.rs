//! `indelible retention`: how long bodies and payloads are kept, and what was disposed of.

mod archive;
mod list;
mod preview;
mod rules;
mod run;
mod set;
mod show;

use clap::Subcommand;

use self::{list::List, preview::Preview, run::Run, set::Set, show::Show};
use crate::cli::{error::CliError, session::Session};

/// Keep and let go: rules that say how long bodies and payloads are kept, and disposals under them
#[derive(Debug, Subcommand)]
pub(crate) enum RetentionCommand {
    Set(Set),
    Show(Show),
    Preview(Preview),
    Run(Run),
    List(List),
}

impl RetentionCommand {
    pub(crate) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        match self {
            Self::Set(command) => command.run(session).await,
            Self::Show(command) => command.run(session).await,
            Self::Preview(command) => command.run(session).await,
            Self::Run(command) => command.run(session).await,
            Self::List(command) => command.run(session).await,
        }
    }
}
