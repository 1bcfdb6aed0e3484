//! `indelible backup forget`.

use std::fmt;

use clap::Args;
use indelible_backup::BackupId;
use indelible_compliance::reports::counted;
use indelible_proto::v1::{BackupLeft, BackupLeftReason, ForgetBackupsRequest};
use serde::Serialize;

use crate::cli::{error::CliError, session::Session, ui::confirm};

/// Forget backups that are destroyed: no erasure names them any more
///
/// A prune reaches only the place that the configuration names. Backups of another one stay known, and answers and
/// certificates of erasures name them, until somebody says that they are gone. That is recorded in _system, with who said it.
/// It is refused as long as the backups are found there. For a volume that is only not mounted now, and a bucket that is only
/// not configured, don't say it.
///
/// Without --backup and --place-id, it is about the volume that is there, or that alone was ever there under this path. Backups
/// on another volume under the same path, which may only be away, are left, and named.
///
/// A backup that is there, and that no prune takes away because the store lacks, or may lack, records that it has, is released by
/// its id: it stays known, and goes with the next prune once its time is over.
#[derive(Debug, Args)]
pub(crate) struct Forget {
    /// The directory or bucket, as `backup list` shows it
    directory: String,
    /// Only this backup. Can be given several times
    #[arg(long = "backup", value_name = "ID")]
    backups: Vec<BackupId>,
    /// The backups of the volume with this place id, as `backup list --output json` shows it. Can be given several times
    #[arg(long = "place-id", value_name = "PLACE-ID")]
    place_ids: Vec<String>,
    /// Do not ask for confirmation
    #[arg(long, short)]
    yes: bool,
}

impl Forget {
    pub(super) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        if !self.yes {
            let what = format!(
                "This says that {} are destroyed: no certificate of an erasure names them from now on, unless they turn up there \
                 again. One that is there, and is kept for records that the store lacks, is not kept for them any more. `indelible \
                 backup list` shows which there are.",
                self.which()
            );
            confirm::word(&mut session.output, &what, "destroyed")?;
        }
        let mut client = session.connection.open_backups().await?;
        let request = ForgetBackupsRequest {
            directory: self.directory,
            backup_ids: self.backups.iter().map(ToString::to_string).collect(),
            place_ids: self.place_ids,
        };
        let answer = client.forget_backups(request).await?.into_inner();
        session.output.answer(&Forgotten {
            backups: &answer.backup_ids,
            left: answer.left.iter().map(Left::new).collect(),
            released: &answer.released_backup_ids,
        })
    }

    /// What is said to be destroyed.
    fn which(&self) -> String {
        let mut named: Vec<_> = self
            .backups
            .iter()
            .map(|id| format!("backup {id}"))
            .collect();
        let volumes = self.place_ids.iter();
        named.extend(volumes.map(|id| format!("all backups of the volume with the place id {id}")));
        match named.is_empty() {
            false => format!("{} in {}", named.join(", "), self.directory),
            true => format!(
                "all backups of {} which are not there any more, but for those on another volume under the same path,",
                self.directory
            ),
        }
    }
}

#[derive(Serialize)]
struct Forgotten<'a> {
    backups: &'a [String],
    /// Those under the same path that stay known.
    left: Vec<Left<'a>>,
    /// Those that are there, and that a prune need not keep any more, though the store may lack what they have.
    released: &'a [String],
}

/// A backup that stays known.
#[derive(Serialize)]
struct Left<'a> {
    backup: &'a str,
    place_id: &'a str,
    /// `there`, `other-volume` or `not-named`.
    reason: &'static str,
}

impl<'a> Left<'a> {
    fn new(left: &'a BackupLeft) -> Self {
        Self {
            backup: &left.backup_id,
            place_id: &left.place_id,
            reason: match left.reason() {
                BackupLeftReason::There => "there",
                BackupLeftReason::OtherVolume => "other-volume",
                BackupLeftReason::NotNamed => "not-named",
                BackupLeftReason::Unspecified => "unknown",
            },
        }
    }
}

impl fmt::Display for Forgotten<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for backup in self.backups {
            writeln!(f, "{backup} is forgotten")?;
        }
        for Left {
            backup,
            place_id,
            reason,
        } in &self.left
        {
            match *reason {
                "there" => writeln!(f, "{backup} stays known: it is there")?,
                "other-volume" => writeln!(
                    f,
                    "{backup} stays known: it lies on another volume under the same path, which may only be away; if that is \
                     destroyed, say so with --place-id {place_id}"
                )?,
                _ => writeln!(
                    f,
                    "{backup} stays known: it was not named (place id {place_id})"
                )?,
            }
        }
        for backup in self.released {
            writeln!(
                f,
                "{backup} is there, and a prune need not keep it any more for what the store lacks: it goes once its time is over"
            )?;
        }
        let gone = counted(self.backups.len() as u64, "backup", "backups");
        write!(f, "{gone} forgotten, as _system says")
    }
}
