//! What was found, and what could not be looked at.

use indelible_proto::{time::Timestamp, v1::Ledger};

use super::entry::Entry;
use crate::cli::{error::CliError, ui::time};

/// The records that were found, and where there may be more.
#[derive(Default)]
pub(super) struct Found {
    pub(super) entries: Vec<Entry>,
    /// What was not looked at, and why, each in a few words.
    unread: Vec<String>,
    /// The names that were looked for, as text; none where it is about a person.
    names: Option<String>,
    /// When the oldest ledger begins that was looked at.
    begins: Option<Timestamp>,
    /// What can't be found any more, though everything was looked at that is there.
    gone: Option<String>,
    /// Records of refusals that were left out because they name no ledger.
    pub(super) unplaced: u64,
}

impl Found {
    /// Notes which names are looked for, and the oldest of the store's own ledgers.
    pub(super) fn looked_for(&mut self, names: String, oldest: Option<&Ledger>) {
        self.names = Some(names);
        self.begins = oldest.and_then(|ledger| ledger.created_time);
    }

    /// What a choice of ledgers can't find, if there was such a record.
    pub(super) fn not_of_a_ledger(&self) -> Option<String> {
        let records = match self.unplaced {
            0 => return None,
            1 => "1 record of refusals names no ledger and is not shown".to_owned(),
            count => format!("{count} records of refusals name no ledger and are not shown"),
        };
        Some(format!(
            "{records}: a name is kept only if a ledger had it when the call was refused, so a refused `ledger create` has              none; leave out --ledger to see them"
        ))
    }

    /// What is said where nothing was found.
    pub(super) fn nothing(&self) -> String {
        let mut text = "there is nothing on record".to_owned();
        if let Some(names) = &self.names {
            text.push_str(&format!(" of {names}"));
        }
        if let Some(begins) = &self.begins {
            let begins = time::for_people(Some(begins));
            text.push_str(&format!(
                " since {begins}, when the oldest _system of this store begins"
            ));
        }
        text
    }

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

    /// Notes what can't be found any more.
    pub(super) fn note_gone(&mut self, what: String) {
        self.gone = Some(what);
    }

    /// What can't be found any more, if there may be something.
    pub(super) fn gone(&self) -> Option<&str> {
        self.gone.as_deref()
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
