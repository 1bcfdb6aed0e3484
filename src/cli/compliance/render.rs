//! The forms of a report, and `indelible report render`: a report that was made is written again.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use clap::{Args, ValueEnum};
use indelible_compliance::reports::{
    Report as Made, Summary,
    forms::{csv, html, oscal, text},
};
use serde::Serialize;

use crate::cli::{
    compliance::{pdf, receipts::Receipts},
    error::CliError,
    session::Session,
    ui::{
        bounded,
        file_form::{FileForms, NamedForm},
        pending_file::{Inputs, Readers},
        table::Table,
    },
};

/// No report of a sane size is larger.
pub(super) const REPORT_BYTES_MAX: usize = 256 << 20;

/// A form of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// For a terminal
    Text,
    /// Canonical JSON: what an auditor recomputes
    Json,
    /// A page to read and to print
    Html,
    /// The page, printed by the Chromium that is installed
    Pdf,
    /// What was measured, as rows
    Csv,
    /// OSCAL assessment results
    Oscal,
    /// An in-toto statement in a DSSE envelope, signed by the ledger's identity key
    Intoto,
}

impl NamedForm for Form {
    const FOR_PEOPLE: Self = Self::Text;
    const FOR_PROGRAMS: Self = Self::Json;

    const ENDINGS: &'static [(&'static str, Self)] = &[
        ("oscal.json", Self::Oscal),
        ("intoto.json", Self::Intoto),
        ("json", Self::Json),
        ("html", Self::Html),
        ("htm", Self::Html),
        ("pdf", Self::Pdf),
        ("csv", Self::Csv),
        ("txt", Self::Text),
    ];
}

/// Writes one report in each form that was asked for.
pub(super) fn write(
    session: &mut Session,
    written: &[(Form, Option<&Path>)],
    report: &Made,
    envelope: &[u8],
    inputs: &Inputs,
) -> Result<(), CliError> {
    for (form, path) in written {
        let bytes = form.of(report, envelope)?;
        match path {
            None => session.output.bytes(&bytes)?,
            Some(path) => {
                let output = &mut session.output;
                output.write_file(path, Readers::OwnerAtFirst, inputs, &bytes)?;
            }
        }
    }
    Ok(())
}

/// Says what was written, unless the report itself went to standard output.
pub(super) fn tell(
    session: &mut Session,
    written: &[(Form, Option<&Path>)],
    report: &Made,
    sequence: Option<u64>,
    receipts: Option<&Receipts>,
) -> Result<(), CliError> {
    let paths = written.iter().filter_map(|(_, path)| *path);
    let files: Vec<_> = paths.map(|path| path.display().to_string()).collect();
    if files.is_empty() {
        return Ok(());
    }
    session.output.answer(&ReportAnswer {
        report: &report.id,
        files,
        headline: &report.headline,
        summary: report.summary,
        sequence,
        receipts,
    })
}

/// What `report render` does not look at.
const UNCHECKED: &str = "only the report's id was checked, which anybody who changes a report can make anew; that the evidence \
                         behind it says the same, `indelible-verify BUNDLE --key KEY --report FILE` checks";

/// Write a report again in other forms, from its JSON: no daemon is needed, and the same bytes come out
///
/// It checks that the file is a report and has the id of its content, and nothing behind that: whoever changes a report can
/// give it the id of what it says then. Whether the evidence says the same, `indelible-verify BUNDLE --key KEY --report FILE`
/// checks.
#[derive(Debug, Args)]
pub(crate) struct Render {
    /// The report's JSON form
    report: PathBuf,
    #[command(flatten)]
    files: FileForms<Form>,
}

impl Render {
    pub(crate) fn run(&self, session: &mut Session) -> Result<(), CliError> {
        let written = self.files.written(&session.output)?;
        let json = bounded::read(&self.report, REPORT_BYTES_MAX)?;
        let report = Made::from_json(&json).map_err(|problem| CliError::Input {
            name: self.report.display().to_string(),
            problem: format!("it is not a report: {problem}"),
        })?;
        let inputs = Inputs::of([self.report.as_path()]);
        write(session, &written, &report, &[], &inputs)?;
        session.output.remark(UNCHECKED);
        tell(session, &written, &report, None, None)
    }
}

impl Form {
    fn of(self, report: &Made, envelope: &[u8]) -> Result<Vec<u8>, CliError> {
        Ok(match self {
            Self::Text => text::text(report).into_bytes(),
            Self::Json => report
                .to_json()
                .map_err(|_| CliError::Answer("the report has no JSON form"))?,
            Self::Html => html::html(report).into_bytes(),
            Self::Pdf => pdf::print(&html::html(report))?,
            Self::Csv => csv::criteria(report).into_bytes(),
            Self::Oscal => oscal::oscal(report)
                .map_err(|_| CliError::Answer("the report has no OSCAL form"))?,
            Self::Intoto if envelope.is_empty() => {
                return Err(CliError::Usage(
                    "only the daemon can sign a report: make it again with --format intoto"
                        .to_owned(),
                ));
            }
            Self::Intoto => envelope.to_vec(),
        })
    }
}

/// A report in a file.
#[derive(Serialize)]
struct ReportAnswer<'a> {
    report: &'a str,
    files: Vec<String>,
    headline: &'a str,
    #[serde(flatten)]
    summary: Summary,
    sequence: Option<u64>,
    receipts: Option<&'a Receipts>,
}

impl fmt::Display for ReportAnswer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::default();
        table
            .row("report", self.report)
            .row("files", self.files.join(", "))
            .row("says", self.headline)
            .row("evidenced", self.summary.evidenced)
            .row("partly evidenced", self.summary.partly_evidenced)
            .row("not evidenced", self.summary.not_evidenced)
            .row("not assessable", self.summary.not_assessable);
        if let Some(sequence) = self.sequence {
            table.row("recorded as", sequence);
        }
        table.fmt(f)
    }
}
