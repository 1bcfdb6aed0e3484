//! The error of a command that reads an anchor.

use std::path::Path;

use indelible_store::anchor::AnchorError;

use super::CliError;
use crate::cli::exit::Exit;

impl CliError {
    /// An anchor that a command was given can't be read. One that a daemon has open can be read once that has stopped.
    pub(crate) fn of_anchor(path: &Path, error: &AnchorError) -> Self {
        match error {
            AnchorError::Locked { .. } => Self::Serve {
                exit: Exit::Unavailable,
                problem: format!(
                    "{error}: a daemon that runs has it open. Stop that daemon (`systemctl stop indelible`), or, if it is to go on, \
                     name a copy of the anchor with --anchor; and try again"
                ),
            },
            error => Self::Input {
                name: path.display().to_string(),
                problem: error.to_string(),
            },
        }
    }
}
