//! `indelible report`: what the records show of a framework's clauses.

use std::{
    fmt,
    io::Write as _,
    path::{Path, PathBuf},
};

use clap::{Args, ValueEnum};
use indelible_compliance::{
    frameworks::{Framework, SHIPPED, Shipped, shipped},
    projections::catalogue::Catalogue,
    reports::{
        Report as Made, Summary,
        forms::{csv, html, oscal, text},
    },
};
use indelible_proto::v1::{
    CreateReportRequest, CreateReportResponse, create_report_response::Step,
};
use serde::Serialize;
use tonic::Streaming;

use crate::cli::{
    compliance::{
        pdf,
        receipts::{Receipts, fetch},
    },
    error::CliError,
    evidence::export::BundleFile,
    session::Session,
    ui::{
        file_form::{FileForm, NamedForm},
        output::write_file,
        progress::{Progress, Unit},
        range::BoundsAsOf,
        table::Table,
    },
};

/// No report of a sane size is larger.
const REPORT_BYTES_MAX: usize = 256 << 20;

/// Report on a framework's clauses: what the records show of each, and what they can't
///
/// The daemon verifies and folds the records of the period as an auditor would, and puts on record that the report was
/// made. `indelible-verify BUNDLE --report FILE` recomputes the JSON form from the evidence, byte for byte.
#[derive(Debug, Args)]
pub(crate) struct Report {
    /// The framework by its id, the name of a set of clauses such as `article12`, or the file of a mapping;
    /// `indelible frameworks` lists them
    framework: String,
    /// Name or origin
    #[arg(long, value_name = "LEDGER")]
    ledger: String,
    /// The clauses to report on, such as 12(2); by default all
    #[arg(long = "clause", value_name = "CLAUSE")]
    clauses: Vec<String>,
    #[command(flatten)]
    bounds: BoundsAsOf,
    #[command(flatten)]
    file: FileForm<Form>,
    /// Also write the evidence that the report was made from, to a file whose name ends with .tar.zst or .tar
    #[arg(long, value_name = "FILE")]
    bundle: Option<PathBuf>,
    /// Fetch the receipt of each record that the clauses name, with the record, into this directory
    #[arg(long, value_name = "DIR")]
    receipts: Option<PathBuf>,
    /// Put the projections' rows into the report
    #[arg(long)]
    tables: bool,
    /// Open what is encrypted, so that the report counts it; its bundle discloses the event keys
    #[arg(long)]
    decrypt: bool,
    /// Why it is opened, for the ledger's access trail
    #[arg(long, value_name = "TEXT", requires = "decrypt")]
    purpose: Option<String>,
}

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

    fn of_extension(extension: &str) -> Option<Self> {
        match extension {
            "json" => Some(Self::Json),
            "html" | "htm" => Some(Self::Html),
            "pdf" => Some(Self::Pdf),
            "csv" => Some(Self::Csv),
            "txt" => Some(Self::Text),
            _ => None,
        }
    }
}

impl Report {
    pub(crate) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let form = self.file.form(&session.output)?;
        let (mapping_name, mapping, clauses) = self.mapping()?;
        let request = CreateReportRequest {
            ledger: self.ledger.clone(),
            mapping,
            mapping_name,
            clauses,
            selection: self.bounds.selection()?,
            open_sealed: self.decrypt,
            purpose: self.purpose.clone().unwrap_or_default(),
            include_tables: self.tables,
            include_bundle: self.bundle.is_some(),
            sign: form == Form::Intoto,
        };
        let mut client = session.connection.open_compliance().await?;
        let stream = client.create_report(request).await?.into_inner();
        let progress = Progress::new(&session.output, "reporting", Unit::Records);
        let received = Received::take(stream, self.bundle.as_deref(), progress).await?;
        let report = Made::from_json(&received.json)
            .map_err(|_| CliError::Answer("the report is not whole"))?;
        if let Some(unrecorded) = &received.unrecorded {
            session.output.remark(format_args!(
                "the ledger has no record that the report was made: {unrecorded}"
            ));
        }
        let bytes = form.of(&report, &received)?;
        match self.file.path() {
            None => session.output.bytes(&bytes)?,
            Some(path) => write_file(path, &bytes)?,
        }
        // The report comes first: it is there even if a receipt can't be had.
        let receipts = match &self.receipts {
            Some(directory) => Some(fetch(session, &report, directory).await?),
            None => None,
        };
        if let Some(receipts) = &receipts {
            receipts.tell(session);
        }
        match self.file.path() {
            None => Ok(()),
            Some(path) => session.output.answer(&ReportAnswer {
                report: &report.id,
                file: path.display().to_string(),
                headline: &report.headline,
                summary: report.summary,
                sequence: received.sequence,
                receipts: receipts.as_ref(),
            }),
        }
    }

    /// Name and text of the mapping, and the clauses.
    fn mapping(&self) -> Result<(String, String, Vec<String>), CliError> {
        let catalogue = Catalogue::of_this_build();
        let path = Path::new(&self.framework);
        let mut clauses = self.clauses.clone();
        let (name, text) = match shipped(&self.framework, None) {
            Ok(found) => (found.file.to_owned(), found.text.to_owned()),
            Err(_) if path.exists() => {
                let text =
                    std::fs::read_to_string(path).map_err(|source| CliError::file(path, source))?;
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                (name.into_owned(), text)
            }
            Err(error) => {
                let found = with_set(&self.framework, &catalogue).ok_or_else(|| {
                    CliError::Usage(format!(
                        "{error}; or name one of their sets, such as article12, or the file of a mapping"
                    ))
                })?;
                if clauses.is_empty() {
                    clauses.push(self.framework.clone());
                }
                (found.file.to_owned(), found.text.to_owned())
            }
        };
        // What is wrong with it is better said before the daemon is asked.
        Framework::read(&name, &text, &catalogue)
            .map_err(|error| CliError::Usage(error.to_string()))?
            .select(&clauses)
            .map_err(|error| CliError::Usage(error.to_string()))?;
        Ok((name, text, clauses))
    }
}

/// The newest mapping that has a set of this name.
fn with_set(name: &str, catalogue: &Catalogue) -> Option<&'static Shipped> {
    SHIPPED.iter().rev().find(|shipped| {
        let framework = shipped.read(catalogue);
        framework.is_ok_and(|framework| framework.sets.contains_key(name))
    })
}

/// What the daemon answered.
struct Received {
    json: Vec<u8>,
    sequence: Option<u64>,
    unrecorded: Option<String>,
    envelope: Vec<u8>,
}

impl Received {
    async fn take(
        mut stream: Streaming<CreateReportResponse>,
        bundle: Option<&Path>,
        mut progress: Progress,
    ) -> Result<Self, CliError> {
        let mut file = bundle.map(BundleFile::create).transpose()?;
        let mut json = Vec::new();
        while let Some(answer) = stream.message().await? {
            match answer.step {
                Some(Step::Progress(step)) => progress.set(step.record_count, None),
                Some(Step::BundleChunk(chunk)) => {
                    if let (Some(file), Some(path)) = (&mut file, bundle) {
                        file.write_all(&chunk)
                            .map_err(|source| CliError::file(path, source))?;
                    }
                }
                Some(Step::ReportChunk(chunk)) => {
                    json.extend_from_slice(&chunk);
                    if json.len() > REPORT_BYTES_MAX {
                        return Err(CliError::Answer("the report is too large"));
                    }
                }
                Some(Step::Result(made)) => {
                    if let Some(file) = file {
                        file.finish()?;
                    }
                    return Ok(Self {
                        json,
                        sequence: made.sequence,
                        unrecorded: made.sequence.is_none().then_some(made.unrecorded_reason),
                        envelope: made.dsse_envelope.to_vec(),
                    });
                }
                None => {}
            }
        }
        Err(CliError::Answer("the report ends too early"))
    }
}

impl Form {
    fn of(self, report: &Made, received: &Received) -> Result<Vec<u8>, CliError> {
        Ok(match self {
            Self::Text => text::text(report).into_bytes(),
            Self::Json => received.json.clone(),
            Self::Html => html::html(report).into_bytes(),
            Self::Pdf => pdf::print(&html::html(report))?,
            Self::Csv => csv::criteria(report).into_bytes(),
            Self::Oscal => oscal::oscal(report)
                .map_err(|_| CliError::Answer("the report has no OSCAL form"))?,
            Self::Intoto => received.envelope.clone(),
        })
    }
}

/// A report in a file.
#[derive(Serialize)]
struct ReportAnswer<'a> {
    report: &'a str,
    file: String,
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
            .row("file", &self.file)
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
