//! What was found, and what could not be looked at.

use super::entry::Entry;
use crate::cli::error::CliError;

/// The records that were found, and where there may be more.
#[derive(Default)]
pub(super) struct Found {
    pub(super) entries: Vec<Entry>,
    /// What was not looked at, and why, each in a few words.
    unread: Vec<String>,
}

impl Found {
    /// Notes that something was not looked at.
    pub(super) fn leave_out(&mut self, what: impl Into<String>) {
        let what = what.into();
        if !self.unread.contains(&what) {
            self.unread.push(what);
        }
    }

    /// Notes that the daemon refused to give something out. What came of it stays found.
    ///
    /// # Errors
    /// If it was not the daemon that said so: then nothing more can be asked.
    pub(super) fn unless_refused<T>(
        &mut self,
        what: &str,
        answer: Result<T, CliError>,
    ) -> Result<Option<T>, CliError> {
        match answer {
            Ok(answer) => Ok(Some(answer)),
            Err(CliError::Daemon(refusal)) if refusal.reason.is_some() => {
                self.leave_out(format!("{what}: {refusal}"));
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Whether everything was looked at.
    pub(super) fn is_complete(&self) -> bool {
        self.unread.is_empty()
    }

    /// Says so where not.
    ///
    /// # Errors
    /// If something was not looked at: then there may be more.
    pub(super) fn check(self) -> Result<(), CliError> {
        match self.is_complete() {
            true => Ok(()),
            false => Err(CliError::TrailIncomplete {
                found: self.entries.len(),
                unread: self.unread,
            }),
        }
    }
}
