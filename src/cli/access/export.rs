//! `indelible access export`: the bindings for other tools.

use clap::Args;
use indelible_access::cedar_schema;

use super::bindings::Bindings;
use crate::cli::{error::CliError, session::Session};

/// Write the bindings as Cedar policies, for people who analyse them with its tools
#[derive(Debug, Args)]
pub(crate) struct Export {
    #[command(flatten)]
    bindings: Bindings,
    /// As Cedar policies, the one form so far
    #[arg(long, required = true)]
    cedar: bool,
    /// The schema of the policies instead of the policies
    #[arg(long)]
    schema: bool,
}

impl Export {
    pub(super) fn run(&self, session: &mut Session) -> Result<(), CliError> {
        let text = match self.schema {
            true => cedar_schema(),
            false => self.bindings.read()?.table().cedar(),
        };
        session.output.bytes(text.as_bytes())
    }
}
