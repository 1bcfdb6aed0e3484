//! `indelible backup stop`.

use std::fmt;

use clap::Args;
use indelible_proto::v1::StopBackupRequest;
use serde::Serialize;

use crate::cli::{error::CliError, session::Session};

/// Stop the backup that is being made
///
/// Whoever waits for it is told so. What it has copied stays, and the next backup does not copy it again. The schedule
/// begins another one after some minutes, where one is due.
#[derive(Debug, Args)]
pub(crate) struct Stop {}

impl Stop {
    pub(super) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let mut client = session.connection.open_backups().await?;
        let answer = client.stop_backup(StopBackupRequest {}).await?.into_inner();
        session.output.answer(&Stopped {
            backup: &answer.backup_id,
        })
    }
}

#[derive(Serialize)]
struct Stopped<'a> {
    backup: &'a str,
}

impl fmt::Display for Stopped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ends", self.backup)
    }
}
