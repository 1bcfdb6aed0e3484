//! The backups that may still hold what an erasure destroyed.

use std::fmt;

use indelible_proto::v1::{Backup, BackupState, Erasure, ListErasureBackupsRequest};
use serde::Serialize;

use crate::cli::{error::CliError, session::Session, ui::time};

/// A backup that may hold what was erased.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct HoldingBackup {
    backup: String,
    directory: String,
    /// `made`, `running` or `unfinished`.
    state: &'static str,
    made_time: String,
    /// From when on a prune takes it away, unless it is the newest; empty if no schedule does.
    keep_until_time: String,
    /// Whether the daemon never takes it away: it lies in another place than the one that the configuration names.
    not_pruned: bool,
    /// Whether it ends before the first record that was erased, or there is none: it has none of them, and at most a key.
    key_alone: bool,
    /// Which volume or bucket it lies on, wherever that is mounted.
    place_id: String,
    /// Whether another volume took that one's place under the same path.
    other_volume: bool,
    /// Whether no prune takes it away, since the store lacks, or may lack, records that it has.
    kept_ahead: bool,
    /// Whether what it lies in is not there now.
    place_away: bool,
    /// How many more lie beside it that are not told one by one, and of which nothing shows that they are the daemon's.
    more_foreign: u64,
    #[serde(skip)]
    day: String,
}

impl HoldingBackup {
    pub(crate) fn new(backup: &Backup) -> Self {
        let until = time::to_text(backup.keep_until_time.as_ref());
        Self {
            backup: backup.backup_id.clone(),
            directory: backup.directory.clone(),
            state: match backup.state() {
                BackupState::Running => "running",
                BackupState::Unfinished => "unfinished",
                BackupState::Missing => "missing",
                BackupState::Foreign => "foreign",
                BackupState::Made | BackupState::Unspecified => "made",
            },
            made_time: time::to_text(backup.made_time.as_ref()),
            day: until.split('T').next().unwrap_or_default().to_owned(),
            keep_until_time: until,
            not_pruned: backup.not_pruned,
            key_alone: backup.key_alone,
            place_id: backup.place_id.clone(),
            other_volume: backup.other_volume,
            kept_ahead: backup.kept_ahead,
            place_away: backup.place_away,
            more_foreign: backup.more_foreign_count,
        }
    }

    /// Whether it has none of what was erased, and at most a key.
    pub(crate) fn is_key_alone(&self) -> bool {
        self.key_alone
    }

    /// What it is told under.
    pub(crate) fn heading(&self) -> &'static str {
        match self.key_alone {
            true => "a key may be in backup",
            false => "may be in backup",
        }
    }

    /// When it goes, and who sees to that.
    fn end(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.state, self.day.as_str()) {
            ("running", _) => f.write_str(", which is being made"),
            ("missing", _) => f.write_str(
                ", which is not there any more, and no prune took it away: whoever has it has what it held. If it is destroyed, \
                 say so with `indelible backup forget`",
            ),
            ("foreign", _) => f.write_str(
                ", which nothing shows to be this daemon's: it may hold anything. Find out who put it there, and take it away",
            ),
            _ if self.other_volume => write!(
                f,
                ", which lies on another volume under the same path (place id {}) and is not taken away by this daemon as long as \
                 that is so: destroy it yourself, and say so with `indelible backup forget --place-id`",
                self.place_id
            ),
            _ if self.not_pruned => f.write_str(
                ", which is not taken away by this daemon, since its configuration does not name that place: destroy it \
                 yourself, and say so with `indelible backup forget`",
            ),
            _ if self.kept_ahead => f.write_str(
                ", which no prune takes away, since the store lacks, or may lack, records that it has; `indelible backup forget` \
                 with its id ends that",
            ),
            _ if self.place_away => f.write_str(
                ", which lies on a volume that is not there now: a prune takes it away only once that is back, so no day can be \
                 named",
            ),
            ("unfinished", _) => f.write_str(
                ", which was broken off; the next backup or prune removes what it had copied",
            ),
            (_, "") => f.write_str(", which no schedule takes away"),
            (_, day) => write!(
                f,
                ", which is taken away from {day} on, once there is a newer one"
            ),
        }
    }
}

impl fmt::Display for HoldingBackup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            backup, directory, ..
        } = self;
        write!(f, "{backup} in {directory}")?;
        if self.key_alone {
            f.write_str(
                " (it has none of these records. It may have a key of theirs, which is wrapped: without the KEK, or the identity of a \
                 recipient of [rescue], that opens nothing, and with it only copies of the records from elsewhere)",
            )?;
        }
        self.end(f)?;
        match self.more_foreign {
            0 => Ok(()),
            more => write!(
                f,
                ". Beside it {}, of which nothing shows that this daemon made them",
                match more {
                    1 => "lies 1 more that is not named here".to_owned(),
                    more => format!("lie {more} more that are not named here"),
                }
            ),
        }
    }
}

/// Asks the daemon for them.
pub(super) async fn of_erasure(
    session: &Session,
    ledger: &str,
    erasure: &Erasure,
) -> Result<Vec<HoldingBackup>, CliError> {
    let mut client = session.connection.open_backups().await?;
    let request = session.connection.request(ListErasureBackupsRequest {
        ledger: ledger.to_owned(),
        sequence: erasure.sequence,
        recorded_elsewhere: !erasure.recorded_in_origin.is_empty(),
    });
    let answer = client.list_erasure_backups(request).await?.into_inner();
    Ok(answer.backups.iter().map(HoldingBackup::new).collect())
}
