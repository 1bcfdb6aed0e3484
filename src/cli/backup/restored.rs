//! What a restore made, for people and programs.

use std::fmt;

use indelible_store::owner;
use serde::Serialize;

use super::{archive::needs, loss::Loss, newer::Newer, whose::signed_by};
use crate::cli::ui::table::Table;

/// What is said where records may be missing.
pub(super) const ERASURES: &str = "Erasures may be among the records that are missing, and whoever they erased is there again: repeat every erasure \
                        that was made since";

/// What was restored, and what comes next.
#[derive(Serialize)]
pub(super) struct Restored<'a> {
    pub(super) backup: &'a str,
    /// The store that it is of.
    pub(super) store: &'a str,
    pub(super) data: String,
    /// The anchor to start with; none if it is lost.
    pub(super) anchor: Option<String>,
    /// Records that are missing; none if nobody knows, since no anchor tells what was acknowledged after the backup.
    pub(super) missing_records: Option<u64>,
    /// Ledgers that go into quarantine.
    pub(super) quarantined: usize,
    pub(super) ledgers: &'a Loss,
    /// The KEKs that open its keys.
    pub(super) keks: &'a [String],
    /// Files of the archive of retention that hold what the backup lacks of its records.
    pub(super) archive_files: u64,
    /// The store's own ledger, whose identity signed the backup.
    pub(super) signed_by: &'a str,
    /// Whether that was held against a key that came another way.
    pub(super) key_was_given: bool,
    /// Whether erasures may be among what is missing.
    pub(super) erasures_may_be_missing: bool,
    /// Newer backups of the same store in the same place; none if there are none.
    pub(super) newer_backups: Option<&'a Newer>,
}

impl Restored<'_> {
    /// What it needs of the archive; empty if it needs nothing.
    fn archive(&self) -> String {
        match needs(self.archive_files) {
            needs if needs.is_empty() => needs,
            needs => format!(
                "{needs}. Name that copy as retention.archive before this data directory is started: another store may write to \
                 the directory itself"
            ),
        }
    }

    /// What lies there, for a command.
    fn files(&self) -> String {
        let anchor = self.anchor.as_deref().unwrap_or_default();
        format!("USER: {} {anchor}", self.data)
            .trim_end()
            .to_owned()
    }
}

impl fmt::Display for Restored<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::default();
        table
            .row("restored", self.backup)
            .row("of store", self.store)
            .row("data", &self.data)
            .row("signed by", signed_by(self.signed_by, self.key_was_given))
            .row("anchor", self.anchor.as_deref().unwrap_or("lost"))
            .row(
                "missing records",
                match self.missing_records {
                    Some(records) => records.to_string(),
                    None => "not known: no anchor tells what was acknowledged after the backup"
                        .to_owned(),
                },
            )
            .row_if(
                "erasures",
                if self.erasures_may_be_missing {
                    ERASURES
                } else {
                    ""
                },
            )
            .row("ledgers for quarantine", self.quarantined)
            .row("needs KEK", self.keks.join(", "))
            .row_if("needs archive", &self.archive());
        let anchor = match &self.anchor {
            Some(anchor) => format!(" --anchor {anchor}"),
            None => String::new(),
        };
        table.row(
            "next",
            format!(
                "{}start the daemon with --data {}{anchor} and its provider of keys, and look at `indelible status`",
                match owner::is_root() {
                    true => format!(
                        "if the daemon runs as another user than root, give that user the files first (chown -R {}); ",
                        self.files()
                    ),
                    false => String::new(),
                },
                self.data
            ),
        );
        table.fmt(f)
    }
}
