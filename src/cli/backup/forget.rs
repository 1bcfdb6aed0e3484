//! `indelible backup forget`.

use std::fmt;

use clap::Args;
use indelible_compliance::reports::counted;
use indelible_proto::v1::ForgetBackupsRequest;
use serde::Serialize;

use crate::cli::{error::CliError, session::Session, ui::confirm};

/// Forget the backups of a directory or bucket that is destroyed: no erasure names them any more
///
/// A prune reaches only the place that the configuration names. Backups of another one stay known, and answers and
/// certificates of erasures name them, until somebody says that they are gone. That is recorded in _system, with who said it.
/// It is refused as long as the backups are found there. For a volume that is only not mounted now, and a bucket that is only
/// not configured, don't say it.
#[derive(Debug, Args)]
pub(crate) struct Forget {
    /// The directory or bucket, as `backup list` shows it
    directory: String,
    /// Do not ask for confirmation
    #[arg(long, short)]
    yes: bool,
}

impl Forget {
    pub(super) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        if !self.yes {
            let what = format!(
                "This says that all backups of {} which are not there any more are destroyed: no certificate of an erasure names them \
                 from now on, unless they turn up there again. `indelible backup list` shows which there are.",
                self.directory
            );
            confirm::word(&mut session.output, &what, "destroyed")?;
        }
        let mut client = session.connection.open_backups().await?;
        let request = ForgetBackupsRequest {
            directory: self.directory,
        };
        let answer = client.forget_backups(request).await?.into_inner();
        session.output.answer(&Forgotten {
            backups: &answer.backup_ids,
        })
    }
}

#[derive(Serialize)]
struct Forgotten<'a> {
    backups: &'a [String],
}

impl fmt::Display for Forgotten<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for backup in self.backups {
            writeln!(f, "{backup} is forgotten")?;
        }
        let gone = counted(self.backups.len() as u64, "backup", "backups");
        write!(f, "{gone} forgotten, as _system says")
    }
}
