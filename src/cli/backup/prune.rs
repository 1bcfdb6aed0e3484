//! `indelible backup prune`.

use std::fmt;

use clap::Args;
use indelible_compliance::reports::counted;
use indelible_proto::v1::{GetStatusRequest, NoticeCode, PruneBackupsRequest};
use serde::Serialize;

use crate::cli::{
    error::CliError,
    session::Session,
    ui::{confirm, size::bytes_for_people},
};

/// Take away the backups whose time is over
///
/// The daemon does so itself after each backup of its schedule. The newest backup always stays, and so does one that has, or may
/// have, records that the store lacks, until `backup forget` names it. What several backups share stays as long as one of them
/// does. With --keep-days, backups go earlier than the configuration says: after an erasure, for example.
#[derive(Debug, Args)]
pub(crate) struct Prune {
    /// Keep backups of so many days [default: as the configuration says]
    #[arg(long, value_name = "DAYS")]
    keep_days: Option<u64>,
    /// Do not ask for confirmation
    #[arg(long, short)]
    yes: bool,
}

impl Prune {
    pub(super) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        warn_of_newer(session).await?;
        if !self.yes {
            let what = "This takes away the backups whose time is over, for good.";
            confirm::word(&mut session.output, what, "prune")?;
        }
        let mut client = session.connection.open_backups().await?;
        let request = PruneBackupsRequest {
            keep_days: self.keep_days,
        };
        let answer = client.prune_backups(request).await?.into_inner();
        session.output.answer(&Pruned {
            backups: &answer.backup_ids,
            freed_bytes: answer.freed_bytes,
            unreached: &answer.unreached_backup_ids,
            kept: &answer.kept_backup_ids,
        })
    }
}

/// Whoever prunes beside a store that is behind backups of its own should know that.
async fn warn_of_newer(session: &mut Session) -> Result<(), CliError> {
    let mut client = session.connection.open().await?;
    let request = session.connection.request(GetStatusRequest {});
    let status = client.get_status(request).await?.into_inner();
    let is_ahead = |code| code == NoticeCode::BackupAhead;
    for notice in status
        .notices
        .iter()
        .filter(|notice| is_ahead(notice.code()))
    {
        session.output.warn(format_args!(
            "the store is behind backups of its own: {}",
            notice.detail.trim_end_matches('.')
        ));
    }
    Ok(())
}

#[derive(Serialize)]
struct Pruned<'a> {
    backups: &'a [String],
    freed_bytes: u64,
    /// Whose time is over, too, and which lie elsewhere.
    unreached: &'a [String],
    /// Whose time is over, too, and which stay, since the store lacks, or may lack, records that they have.
    kept: &'a [String],
}

impl fmt::Display for Pruned<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for backup in self.backups {
            writeln!(f, "{backup} is gone")?;
        }
        for backup in self.unreached {
            writeln!(
                f,
                "{backup} was not reached, and this daemon never takes it away: it lies in another place, or on another volume under \
                 the same path, than the one that is configured and there now. Destroy it there, and say so with `indelible backup forget`"
            )?;
        }
        for backup in self.kept {
            writeln!(
                f,
                "{backup} is kept: the store lacks, or may lack, records that it has. If they are not needed, say so with \
                 `indelible backup forget PLACE --backup {backup}`, and prune again"
            )?;
        }
        let gone = counted(self.backups.len() as u64, "backup", "backups");
        let freed = bytes_for_people(self.freed_bytes);
        write!(f, "{gone} taken away, {freed} free again")
    }
}
