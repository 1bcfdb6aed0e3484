//! A backup as commands show it.

use indelible_proto::v1::{Backup, BackupState};
use serde::Serialize;

use crate::cli::ui::{
    columns::{Column, Row},
    paint::Paint,
    recipients::encrypted_to,
    size::bytes_for_people,
    table::Table,
    time,
};

/// A backup, as the daemon tells of it.
#[derive(Serialize)]
pub(crate) struct BackupView<'a> {
    backup: &'a str,
    directory: &'a str,
    state: &'static str,
    made_time: String,
    keep_until_time: String,
    bytes: u64,
    /// None if no record says it.
    copied_bytes: Option<u64>,
    ledgers: u64,
    may_hold_erased: bool,
    /// Whose identities open it; nobody, if it is not encrypted.
    encrypted_to: &'a [String],
    /// Whether the daemon never takes it away.
    not_pruned: bool,
    /// Files of the archive that it needs beside itself.
    archive_files: u64,
    /// When somebody last told the daemon that it verifies; empty if nobody did.
    verified_time: String,
    /// Which volume or bucket it went to, wherever that is mounted.
    place_id: &'a str,
    /// Whether another volume took that one's place under the same path.
    other_volume: bool,
    /// Whether no prune takes it away, since the store lacks, or may lack, records that it has.
    kept_ahead: bool,
    /// Whether what it lies in is not there now.
    place_away: bool,
    #[serde(skip)]
    made_for_people: String,
    #[serde(skip)]
    keep_until_for_people: String,
}

/// What is said where neither a record nor the backup tells.
const NOT_KNOWN: &str = "not known";

/// The columns of a list of backups.
pub(super) const COLUMNS: &[Column] = &[
    Column::text("backup"),
    Column::text("state"),
    Column::text("made"),
    Column::text("kept until"),
    Column::number("bytes"),
    Column::number("copied"),
    Column::text("erased data"),
    Column::text("encrypted to"),
    Column::text("directory"),
];

impl<'a> BackupView<'a> {
    pub(crate) fn new(backup: &'a Backup) -> Self {
        Self {
            backup: &backup.backup_id,
            directory: &backup.directory,
            state: match backup.state() {
                BackupState::Unspecified => "unknown",
                BackupState::Running => "running",
                BackupState::Made => "made",
                BackupState::Unfinished => "unfinished",
                BackupState::Missing => "missing",
                BackupState::Foreign => "foreign",
            },
            made_time: time::to_text(backup.made_time.as_ref()),
            keep_until_time: time::to_text(backup.keep_until_time.as_ref()),
            bytes: backup.total_bytes,
            copied_bytes: backup.copied_bytes,
            ledgers: backup.ledger_count,
            may_hold_erased: backup.may_hold_erased,
            encrypted_to: &backup.encrypted_to,
            not_pruned: backup.not_pruned,
            archive_files: backup.archive_file_count,
            verified_time: time::to_text(backup.verified_time.as_ref()),
            place_id: &backup.place_id,
            other_volume: backup.other_volume,
            kept_ahead: backup.kept_ahead,
            place_away: backup.place_away,
            made_for_people: time::for_people(backup.made_time.as_ref()),
            keep_until_for_people: match backup {
                Backup {
                    not_pruned: true, ..
                } => "not taken away".to_owned(),
                Backup {
                    kept_ahead: true, ..
                } => "not taken away: the store lacks, or may lack, records that it has".to_owned(),
                Backup {
                    place_away: true, ..
                } => "not known: it is not there now".to_owned(),
                _ => time::for_people(backup.keep_until_time.as_ref()),
            },
        }
    }

    pub(super) fn row(&self) -> Row {
        Row {
            cells: vec![
                self.backup.to_owned(),
                self.state.to_owned(),
                self.made_for_people.clone(),
                self.keep_until_for_people.clone(),
                self.if_known(bytes_for_people(self.bytes)),
                self.copied(),
                self.erased().to_owned(),
                self.if_known(encrypted_to(self.encrypted_to)),
                match self.other_volume {
                    false => self.directory.to_owned(),
                    true => format!(
                        "{}, on another volume under the same path (place id {})",
                        self.directory, self.place_id
                    ),
                },
            ],
            paint: (self.state != "made").then_some(Paint::Bad),
        }
    }

    /// What is said of a backup of which the daemon has a record: of others it knows that they are there.
    fn if_known(&self, said: String) -> String {
        let is_whole = !matches!(self.state, "running" | "unfinished");
        match is_whole && self.bytes == 0 {
            true => NOT_KNOWN.to_owned(),
            false => said,
        }
    }

    /// How much was copied for it, which only a record tells.
    fn copied(&self) -> String {
        match self.copied_bytes {
            Some(bytes) => self.if_known(bytes_for_people(bytes)),
            None => NOT_KNOWN.to_owned(),
        }
    }

    fn erased(&self) -> &'static str {
        match self.may_hold_erased {
            true => "may hold some",
            false => "none",
        }
    }

    pub(super) fn rows(&self, table: &mut Table) {
        table
            .row("backup", self.backup)
            .row("state", self.state)
            .row("made", &self.made_for_people)
            .row("directory", self.directory)
            .row_if("place id", self.place_id)
            .row("ledgers", self.ledgers)
            .row("bytes", self.if_known(bytes_for_people(self.bytes)))
            .row("copied", self.copied())
            .row(
                "encrypted to",
                self.if_known(encrypted_to(self.encrypted_to)),
            )
            .row_if("kept until", &self.keep_until_for_people)
            .row_if("needs archive", &super::archive::needs(self.archive_files));
    }
}
