//! What came of importing each file, for people and for programs.

use std::path::Path;

use indelible_compliance::reports::counted;
use indelible_interchange::import::checked::FileVerdict;
use serde::Serialize;

use crate::cli::{
    error::CliError,
    events::{reading::RefusedRecord, refused::unnamed, upload::Tally},
    ui::output::Output,
};

/// One file, the verdict on it, and what became of its events.
pub(super) struct Outcome {
    pub(super) name: String,
    pub(super) verdict: FileVerdict,
    pub(super) tally: Tally,
}

impl Outcome {
    pub(super) fn new(path: &Path, verdict: FileVerdict) -> Self {
        Self {
            name: path.display().to_string(),
            verdict,
            tally: Tally::default(),
        }
    }
}

/// A verdict in a line.
pub(super) fn summary(verdict: &FileVerdict) -> String {
    let first = match (verdict.first_broken_line, verdict.first_broken_finding) {
        (Some(line), Some(finding)) => format!(", the first in line {line} ({finding})"),
        _ => String::new(),
    };
    let FileVerdict {
        artifacts,
        verified,
        unverified,
        broken,
        ..
    } = verdict;
    let unreadable = match verdict.unreadable {
        0 => String::new(),
        count => format!(", {count} unreadable"),
    };
    format!(
        "{}, {verified} verified, {unverified} unverified, {broken} broken{first}{unreadable}",
        counted(*artifacts, "artifact", "artifacts")
    )
}

#[derive(Serialize)]
struct FileReport<'a> {
    file: &'a str,
    #[serde(flatten)]
    verdict: &'a FileVerdict,
    /// Artifacts of the file that are events of the ledger now, and those that were before.
    imported: u64,
    already_there: u64,
    /// What was refused: artifacts, what is none, or the verdict.
    refused: u64,
    /// The record of the verdict, which is not counted above.
    verdict_sequence: Option<u64>,
    verdict_already_there: bool,
    /// The records of the artifacts.
    first_sequence: Option<u64>,
    last_sequence: Option<u64>,
    refusals: &'a [RefusedRecord],
}

#[derive(Serialize)]
struct Report<'a> {
    imported: u64,
    already_there: u64,
    refused: u64,
    /// Verdicts that were recorded now.
    verdicts: u64,
    verdicts_already_there: u64,
    files: Vec<FileReport<'a>>,
}

pub(super) fn report(output: &mut Output, outcomes: &[Outcome]) -> Result<(), CliError> {
    let sum = |of: fn(&Tally) -> u64| outcomes.iter().map(|outcome| of(&outcome.tally)).sum();
    let (imported, already_there): (u64, u64) = (sum(|t| t.appended), sum(|t| t.repeated));
    let refused: u64 = sum(|t| t.refused);
    let verdicts: u64 = sum(|t| u64::from(t.verdict.is_some_and(|verdict| !verdict.repeat)));
    let verdicts_already_there: u64 =
        sum(|t| u64::from(t.verdict.is_some_and(|verdict| verdict.repeat)));
    if output.is_json() {
        let files = outcomes.iter().map(|outcome| FileReport {
            file: &outcome.name,
            verdict: &outcome.verdict,
            imported: outcome.tally.appended,
            already_there: outcome.tally.repeated,
            refused: outcome.tally.refused,
            verdict_sequence: outcome.tally.verdict.map(|verdict| verdict.sequence),
            verdict_already_there: outcome.tally.verdict.is_some_and(|verdict| verdict.repeat),
            first_sequence: outcome.tally.first_sequence,
            last_sequence: outcome.tally.last_sequence,
            refusals: &outcome.tally.refusals,
        });
        return output.object(&Report {
            imported,
            already_there,
            refused,
            verdicts,
            verdicts_already_there,
            files: files.collect(),
        });
    }
    for Outcome {
        name,
        verdict,
        tally,
    } in outcomes
    {
        let word = verdict.verdict;
        output.line(format_args!("{name}: {word}: {}", summary(verdict)))?;
        for line in verdict.lines() {
            output.line(format_args!("  {line}"))?;
        }
        for refused in &tally.refusals {
            output.line(format_args!("  refused: {refused}"))?;
        }
        let more = tally.refused - tally.refusals.len() as u64;
        if more > 0 {
            output.line(format_args!("  {}", unnamed(more)))?;
        }
    }
    output.line(
        "these files can't show whether anything is missing after the last artifact of a chain",
    )?;
    let twice: u64 = outcomes
        .iter()
        .map(|outcome| outcome.verdict.repeated)
        .sum();
    let twice = match twice {
        0 => String::new(),
        twice => format!("; in these files before {twice}"),
    };
    output.line(format_args!(
        "imported {}; already there {already_there}; refused {refused}{twice}",
        counted(imported, "artifact", "artifacts")
    ))?;
    let (recorded, there) = (verdicts, verdicts_already_there);
    output.line(format_args!(
        "beside them, a verdict on each file: recorded {recorded}; already there {there}"
    ))
}
