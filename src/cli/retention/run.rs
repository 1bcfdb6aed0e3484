//! `indelible retention run`.

use std::fmt;

use clap::Args;
use indelible_proto::v1::{
    ErasureStep, RetentionResult, RunRetentionRequest, RunRetentionResponse,
};
use serde::Serialize;

use super::preview::SurveyView;
use crate::cli::{
    error::CliError,
    privacy::backups::HoldingBackup,
    session::Session,
    ui::{
        confirm,
        progress::{Progress, Unit},
        table::{Table, printable, yes_or_no},
    },
};

/// Dispose now of what the rules in force cover, and don't wait for the daemon's next round
///
/// First a record says which rule is carried out on which records. Then bodies and payloads are destroyed and removed from
/// every file of the data directory. Every proof stays valid. Once recorded, a disposal can't be undone, and the daemon
/// completes it even if this command ends early.
#[derive(Debug, Args)]
pub(crate) struct Run {
    /// Name or origin
    ledger: String,
    /// Do not ask for confirmation
    #[arg(long, short)]
    yes: bool,
}

impl Run {
    pub(super) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        if !self.yes {
            let question = format!(
                "This erases what rules of retention of {} cover now; `indelible retention preview` says what that is.",
                self.ledger
            );
            confirm::ledger(&mut session.output, &question, &self.ledger)?;
        }
        let mut client = session.connection.open_retention().await?;
        let request = RunRetentionRequest {
            ledger: self.ledger,
        };
        let mut stream = client.run_retention(request).await?.into_inner();
        let mut shown = Shown::default();
        loop {
            match stream.message().await {
                Ok(Some(message)) => {
                    shown.show(session, &message);
                    if let Some(result) = message.result {
                        return report(session, &result);
                    }
                }
                Ok(None) => return Err(CliError::Answer("it ended without a result")),
                Err(status) => {
                    shown.progress = None;
                    if let Some(sequence) = shown.recorded {
                        session.output.remark(format_args!(
                            "a disposal is recorded as {sequence} and will be completed; `indelible retention list` shows \
                             when it is"
                        ));
                    }
                    return Err(status.into());
                }
            }
        }
    }
}

/// How far it is, for the person who waits.
#[derive(Default)]
struct Shown {
    recorded: Option<u64>,
    step: Option<ErasureStep>,
    progress: Option<Progress>,
}

impl Shown {
    fn show(&mut self, session: &mut Session, message: &RunRetentionResponse) {
        if self.recorded.is_none()
            && let Some(sequence) = message.sequence
        {
            self.recorded = Some(sequence);
            session.output.remark(format_args!(
                "recorded as {sequence}: from here on it can't be undone"
            ));
        }
        let step = message.step();
        let (doing, unit) = match step {
            ErasureStep::Indexing => ("waiting for the index", Unit::Records),
            ErasureStep::Destroying => ("destroying", Unit::Records),
            ErasureStep::Purging => ("rewriting files", Unit::Bytes),
            ErasureStep::Releasing => ("waiting for readers of old files", Unit::Records),
            ErasureStep::Recorded | ErasureStep::Done | ErasureStep::Unspecified => {
                self.progress = None;
                return;
            }
        };
        if self.step != Some(step) {
            self.step = Some(step);
            self.progress = Some(Progress::new(&session.output, doing, unit));
        }
        if let Some(progress) = &mut self.progress {
            let total = (message.total > 0).then_some(message.total);
            progress.set(message.done, total);
        }
    }
}

fn report(session: &mut Session, result: &RetentionResult) -> Result<(), CliError> {
    session.output.answer(&Done {
        disposals: &result.sequences,
        records: result.record_count,
        rules: result.surveys.iter().filter_map(SurveyView::new).collect(),
        complete: result.complete,
        older_copies: &result.older_copy_paths,
        backups: OLDER_BACKUPS,
        in_backups: result.backups.iter().map(HoldingBackup::new).collect(),
    })?;
    match result.complete {
        true => Ok(()),
        false => Err(CliError::NotErased {
            sequence: result.sequences.last().copied().unwrap_or_default(),
            older_copies: result.older_copy_paths.clone(),
        }),
    }
}

/// What a run can't reach. Every answer says it, so that nobody believes that it is gone from backups, too.
const OLDER_BACKUPS: &str = "backups made before a disposal still hold what it took: let them expire within the time that \
                             you have promised, or delete them";

/// What a run did.
#[derive(Serialize)]
struct Done<'a> {
    /// The records that it made.
    disposals: &'a [u64],
    records: u64,
    rules: Vec<SurveyView>,
    complete: bool,
    older_copies: &'a [String],
    /// What a run can't reach.
    backups: &'static str,
    /// Backups that may still hold what was disposed of.
    in_backups: Vec<HoldingBackup>,
}

impl fmt::Display for Done<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for rule in &self.rules {
            writeln!(f, "{rule}")?;
        }
        let mut table = Table::default();
        let disposals: Vec<_> = self.disposals.iter().map(u64::to_string).collect();
        match disposals.is_empty() {
            true => table.row("disposals", "none: nothing is past its time"),
            false => table.row("disposals", disposals.join(", ")),
        };
        table
            .row("records", self.records)
            .row("complete", yes_or_no(self.complete));
        for directory in self.older_copies {
            table.row("older copy", printable(directory));
        }
        table.row("backups", self.backups);
        for backup in &self.in_backups {
            table.row("may be in backup", backup);
        }
        table.fmt(f)
    }
}
