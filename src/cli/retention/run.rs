//! `indelible retention run`.

use std::fmt;

use clap::Args;
use indelible_proto::v1::{RetentionResult, RunRetentionRequest, RunRetentionResponse};
use serde::Serialize;

use super::{
    archive::ArchiveView,
    preview::{SurveyView, check},
};
use crate::cli::{
    error::CliError,
    privacy::backups::HoldingBackup,
    session::Session,
    ui::{
        confirm,
        erasing::{Erasing, Step, complete, follow},
        table::{Table, printable, yes_or_no},
    },
};

/// Dispose now of what the rules in force cover, and don't wait for the daemon's next round
///
/// First a record says which rule is carried out on which records. Then bodies and payloads are destroyed and removed from
/// every file of the data directory. Under a rule that archives they are written to a file of the archive and read back
/// first, and nothing is destroyed. Every proof stays valid. Once recorded, a disposal can't be undone, and the daemon
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
                "This erases or archives what rules of retention of {} cover now; `indelible retention preview` says what \
                 that is.",
                self.ledger
            );
            confirm::ledger(&mut session.output, &question, &self.ledger)?;
        }
        let mut client = session.connection.open_retention().await?;
        let request = RunRetentionRequest {
            ledger: self.ledger,
        };
        let stream = client.run_retention(request).await?.into_inner();
        let result = follow(&mut session.output, stream).await?;
        report(session, &result)
    }
}

impl Erasing for RunRetentionResponse {
    type Result = RetentionResult;

    fn told(self) -> Step<RetentionResult> {
        Step {
            step: self.step(),
            recorded: self.sequence,
            done: self.done,
            total: self.total,
            result: self.result,
        }
    }

    fn goes_on(sequence: u64) -> String {
        format!(
            "a disposal is recorded as {sequence}, and the daemon completes it without this command, too; `indelible retention \
             list` shows whether it is complete"
        )
    }
}

fn report(session: &mut Session, result: &RetentionResult) -> Result<(), CliError> {
    let is_judged = result
        .surveys
        .iter()
        .all(|survey| survey.problem.is_empty());
    session.output.answer(&Done {
        disposals: &result.sequences,
        records: result.record_count,
        archived: Archived {
            records: result.archived_record_count,
            bytes: result.archived_byte_count,
            files: result.archive_files.iter().map(ArchiveView::new).collect(),
        },
        rules: result.surveys.iter().filter_map(SurveyView::new).collect(),
        complete: result.complete && is_judged,
        older_copies: &result.older_copy_paths,
        backups: (result.record_count > 0).then_some(OLDER_BACKUPS),
        in_backups: result.backups.iter().map(HoldingBackup::new).collect(),
    })?;
    let last = result.sequences.last().copied().unwrap_or_default();
    complete(result.complete, last, &result.older_copy_paths)?;
    check(&result.surveys)
}

/// What a run can't reach. Every answer of one that erased something says it, so that nobody believes that it is gone from
/// backups, too. What went to the archive may lie in backups as well, where it is a second copy.
const OLDER_BACKUPS: &str = "backups made before a disposal still hold what it took: let them expire within the time that \
                             you have promised, or delete them";

/// What a run did.
#[derive(Serialize)]
struct Done<'a> {
    /// The records that it made.
    disposals: &'a [u64],
    records: u64,
    archived: Archived,
    rules: Vec<SurveyView>,
    complete: bool,
    older_copies: &'a [String],
    /// What a run can't reach.
    backups: Option<&'static str>,
    /// Backups that may still hold what was disposed of.
    in_backups: Vec<HoldingBackup>,
}

/// What went to the archive.
#[derive(Serialize)]
struct Archived {
    records: u64,
    bytes: u64,
    files: Vec<ArchiveView>,
}

impl Done<'_> {
    /// Why it recorded no disposal.
    fn none(&self) -> String {
        if self.rules.is_empty() {
            return "none: no rule of retention is in force, so everything is kept".to_owned();
        }
        let judged = match self.rules.iter().any(SurveyView::is_unjudged) {
            true => ", of what can be judged now",
            false => "",
        };
        let staying: Vec<_> = self.rules.iter().filter_map(SurveyView::staying).collect();
        match staying.is_empty() {
            true => format!("none: nothing is past its time{judged}"),
            false => format!(
                "none: there is nothing more to do now{judged}; past their time, {}",
                staying.join("; ")
            ),
        }
    }
}

impl fmt::Display for Done<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for rule in &self.rules {
            writeln!(f, "{rule}")?;
        }
        let mut table = Table::default();
        let disposals: Vec<_> = self.disposals.iter().map(u64::to_string).collect();
        match disposals.is_empty() {
            true => table.row("disposals", self.none()),
            false => table.row("disposals", disposals.join(", ")),
        };
        table
            .row("records erased", self.records)
            .row("records archived", self.archived.records)
            .row("complete", yes_or_no(self.complete));
        for file in &self.archived.files {
            table.row("archive", printable(&file.location));
        }
        for directory in self.older_copies {
            table.row("older copy", printable(directory));
        }
        if let Some(backups) = self.backups {
            table.row("backups", backups);
        }
        for backup in &self.in_backups {
            table.row(backup.heading(), backup);
        }
        table.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use indelible_proto::v1::{RetentionRule, RetentionSurvey, RetentionTouched};

    use super::*;

    fn none_of(waiting: u64, held: u64, unjudged: u64) -> String {
        let touched = |record_count| {
            Some(RetentionTouched {
                record_count,
                ..RetentionTouched::default()
            })
        };
        let survey = RetentionSurvey {
            rule: Some(RetentionRule {
                name: "gone".into(),
                ..RetentionRule::default()
            }),
            waiting: touched(waiting),
            held: touched(held),
            unjudged_count: unjudged,
            ..RetentionSurvey::default()
        };
        let done = Done {
            disposals: &[],
            records: 0,
            archived: Archived {
                records: 0,
                bytes: 0,
                files: Vec::new(),
            },
            rules: SurveyView::new(&survey).into_iter().collect(),
            complete: true,
            older_copies: &[],
            backups: None,
            in_backups: Vec::new(),
        };
        done.none()
    }

    #[test]
    fn a_run_that_finds_nothing_to_do_says_what_waits_and_what_is_held() {
        assert_eq!(none_of(0, 0, 0), "none: nothing is past its time");
        assert_eq!(
            none_of(0, 0, 2),
            "none: nothing is past its time, of what can be judged now"
        );
        assert_eq!(
            none_of(3, 0, 0),
            "none: there is nothing more to do now; past their time, under \"gone\" 3 records wait for the rest of their files \
             of the archive"
        );
        assert_eq!(
            none_of(1, 2, 0),
            "none: there is nothing more to do now; past their time, under \"gone\" 1 record waits for the rest of its file of \
             the archive, and 2 records are kept by a hold"
        );
    }
}
