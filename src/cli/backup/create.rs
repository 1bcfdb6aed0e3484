//! `indelible backup create`.

use std::fmt;

use clap::Args;
use indelible_proto::v1::CreateBackupRequest;
use serde::Serialize;

use super::view::BackupView;
use crate::cli::{
    error::CliError,
    session::Session,
    ui::{
        progress::{Progress, Unit},
        table::Table,
    },
};

/// Bytes of a MiB.
const MIB: u64 = 1_024 * 1_024;

/// Make a backup of all ledgers now, while the daemon serves
///
/// It goes to the directory or the bucket that [backup] of the daemon's configuration names. Files that an earlier backup has are not
/// copied again. The daemon completes it even if this command ends early, and makes no other one meanwhile.
#[derive(Debug, Args)]
pub(crate) struct Create {
    /// Read and write at most so many MiB in a second [default: as the configuration says]
    #[arg(long, value_name = "MIB", value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    rate: Option<u64>,
    /// Begin anew in this place, though the backups that were made under its name are not in it
    #[arg(long)]
    new_target: bool,
}

impl Create {
    pub(super) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let mut client = session.connection.open_backups().await?;
        let request = CreateBackupRequest {
            bytes_per_second: self.rate.unwrap_or_default() * MIB,
            new_target: self.new_target,
        };
        let mut stream = client.create_backup(request).await?.into_inner();
        let mut progress = Progress::new(&session.output, "backing up", Unit::Bytes);
        while let Some(message) = stream.message().await? {
            let total = (message.total_bytes > 0).then_some(message.total_bytes);
            progress.set(message.done_bytes, total);
            if let Some(backup) = message.backup {
                progress.clear();
                if message.copied_anew {
                    session.output.remark(match backup.encrypted_to.is_empty() {
                        true => "Every file was copied anew: the backup before it is encrypted, and this one is not.",
                        false => {
                            "Every file was copied anew: the backup before it is not encrypted to the same recipients. Whoever could read \
                             the earlier backups can still read them, until a prune takes them away."
                        }
                    });
                }
                return session.output.answer(&Made(BackupView::new(&backup)));
            }
        }
        Err(CliError::Answer("it ended without a result"))
    }
}

#[derive(Serialize)]
struct Made<'a>(BackupView<'a>);

impl fmt::Display for Made<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::default();
        self.0.rows(&mut table);
        table.fmt(f)
    }
}
