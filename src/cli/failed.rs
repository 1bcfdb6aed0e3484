//! How a command ended that failed: the error, and what it warned of before.

use indelible_compliance::reports::inert::inert_lines;
use serde::Serialize;

use crate::cli::{error::CliError, exit::Exit};

/// A command that failed, with what programs are still to be told.
#[derive(Debug)]
pub struct Failed {
    pub(crate) error: CliError,
    /// What it warned of; none where people were told already.
    pub(crate) warnings: Vec<String>,
}

impl From<CliError> for Failed {
    fn from(error: CliError) -> Self {
        Self {
            error,
            warnings: Vec::new(),
        }
    }
}

impl Failed {
    /// The exit code.
    #[must_use]
    pub fn exit(&self) -> Exit {
        self.error.exit()
    }

    /// The whole message for people, which obeys nothing that was read or typed. Empty if nothing is to be said.
    #[must_use]
    pub fn to_text(&self) -> String {
        inert_lines(&self.error.to_text())
    }

    /// The same for programs, as one line of JSON, with the warnings in it.
    #[must_use]
    pub fn to_json(&self) -> String {
        self.error.to_json_with(&self.warnings)
    }
}

/// What programs are told on standard error by a command that was done; empty if there is nothing.
pub(crate) fn warnings_of_success(warnings: &[String]) -> String {
    #[derive(Serialize)]
    struct Told<'a> {
        warnings: &'a [String],
    }
    match warnings {
        [] => String::new(),
        // Texts can always be written.
        warnings => serde_json::to_string(&Told { warnings }).unwrap_or_default(),
    }
}
