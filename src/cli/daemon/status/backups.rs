//! How backups stand.

use indelible_proto::v1::BackupStatus;
use serde::Serialize;

use crate::cli::ui::{recipients::encrypted_to, size::bytes_for_people, table::Table, time};

/// Where backups go, and the newest.
#[derive(Serialize)]
pub(super) struct BackupsView<'a> {
    directory: &'a str,
    /// Empty if there is none.
    newest: &'a str,
    newest_time: String,
    newest_bytes: u64,
    /// None if no record says it.
    newest_copied_bytes: Option<u64>,
    every_seconds: u64,
    /// Why the last one was not made; empty if it was.
    problem: &'a str,
    /// Why it is not known which there are; empty if it is.
    unread: &'a str,
    /// Whose identities open backups that are made now; nobody, if they are not encrypted.
    encrypted_to: &'a [String],
    newest_encrypted_to: &'a [String],
    /// When somebody last reported that a backup which is there was verified; empty if nobody did.
    verified_time: String,
    /// Which backup that was, and when it was made; empty if nobody did.
    verified_backup: &'a str,
    verified_made_time: String,
    /// What tells apart the volumes or buckets where backups were made under the name that `directory` has.
    place_ids: &'a [String],
    #[serde(skip)]
    for_people: String,
    #[serde(skip)]
    verified_for_people: String,
}

impl<'a> BackupsView<'a> {
    pub(super) fn new(status: &'a BackupStatus) -> Self {
        Self {
            directory: &status.directory,
            newest: &status.newest_backup_id,
            newest_time: time::to_text(status.newest_time.as_ref()),
            newest_bytes: status.newest_bytes,
            newest_copied_bytes: status.newest_copied_bytes,
            every_seconds: status.every_seconds,
            problem: &status.problem,
            unread: &status.unread,
            encrypted_to: &status.encrypted_to,
            newest_encrypted_to: &status.newest_encrypted_to,
            verified_time: time::to_text(status.verified_time.as_ref()),
            verified_backup: &status.verified_backup_id,
            verified_made_time: time::to_text(status.verified_made_time.as_ref()),
            place_ids: &status.place_ids,
            for_people: time::for_people(status.newest_time.as_ref()),
            verified_for_people: match time::for_people(status.verified_time.as_ref()) {
                time if time.is_empty() => time,
                time => format!(
                    "{time}: {}, made {}",
                    status.verified_backup_id,
                    time::for_people(status.verified_made_time.as_ref())
                ),
            },
        }
    }

    pub(super) fn rows(&self, table: &mut Table) {
        let newest = match (self.newest, self.unread) {
            ("", "") => "none yet".to_owned(),
            ("", why) => format!("not known: {why}"),
            _ => format!(
                "{}, {}",
                self.for_people,
                bytes_for_people(self.newest_bytes)
            ),
        };
        table.row("newest backup", newest);
        table.row_if("backup verified", &self.verified_for_people);
        table.row("backups go to", self.directory);
        let mut encrypted = encrypted_to(self.encrypted_to);
        if !self.newest.is_empty() && self.newest_encrypted_to != self.encrypted_to {
            encrypted.push_str("; the newest backup: ");
            encrypted.push_str(&encrypted_to(self.newest_encrypted_to));
        }
        table.row("encrypted to", encrypted);
    }
}
