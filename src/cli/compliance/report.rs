//! `indelible report`: what the records show of a framework's clauses.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand};
use indelible_compliance::{
    frameworks::{Framework, shipped, with_set},
    projections::catalogue::Catalogue,
    reports::Report as Made,
};
use indelible_proto::v1::{
    CreateReportRequest, CreateReportResponse, create_report_response::Step,
};
use indelible_server::limits::MAPPING_BYTES_MAX;
use tonic::Streaming;

use crate::cli::{
    compliance::{
        front::FrontArguments,
        period::PeriodArguments,
        receipts::fetch,
        render::{Form, REPORT_BYTES_MAX, Render, tell, write},
    },
    error::CliError,
    evidence::export::BundleFile,
    session::Session,
    ui::{
        bounded,
        file_form::FileForms,
        pending_file::Inputs,
        progress::{Progress, Unit},
    },
};

/// Report on a framework's clauses: what the records show of each, and what they can't
///
/// The daemon verifies and folds the records of the period as an auditor would, and puts on record that the report was
/// made. `indelible-verify BUNDLE --report FILE` recomputes the JSON form from the evidence, byte for byte.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Report {
    #[command(subcommand)]
    command: Option<ReportCommand>,
    #[command(flatten)]
    make: Make,
}

/// What else is done with reports.
#[derive(Debug, Subcommand)]
enum ReportCommand {
    Render(Render),
}

/// What a report is made of.
#[derive(Debug, Args)]
pub(crate) struct Make {
    /// The framework by its id, the name of a set of clauses such as `article12`, or the file of a mapping;
    /// `indelible frameworks` lists them
    // Required, unless something else is done with reports.
    #[arg(required = true)]
    framework: Option<String>,
    // Each framework has a report of its own, which is better said than left to the parser.
    #[arg(hide = true)]
    others: Vec<String>,
    /// Name or origin
    #[arg(long, value_name = "LEDGER", required = true)]
    ledger: Option<String>,
    /// The clauses to report on, such as 12(2)(a), or 12(2) for all of its parts; by default all
    #[arg(long = "clause", value_name = "CLAUSE")]
    clauses: Vec<String>,
    #[command(flatten)]
    period: PeriodArguments,
    #[command(flatten)]
    files: FileForms<Form>,
    /// Also write the evidence that the report was made from, to a file whose name ends with .tar.zst or .tar
    #[arg(long, value_name = "FILE")]
    bundle: Option<PathBuf>,
    /// Fetch the receipt of each record that the clauses name, with the record, into this directory
    #[arg(long, value_name = "DIR")]
    receipts: Option<PathBuf>,
    /// Put the projections' rows into the report
    #[arg(long)]
    tables: bool,
    #[command(flatten)]
    front: FrontArguments,
    /// Open what is encrypted, so that the report counts it; its bundle discloses the event keys
    #[arg(long)]
    decrypt: bool,
    /// Why it is opened, for the ledger's access trail. It stays for ever, so name no person
    #[arg(long, value_name = "TEXT", requires = "decrypt")]
    purpose: Option<String>,
}

impl Report {
    pub(crate) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        match self.command {
            Some(ReportCommand::Render(command)) => command.run(session),
            None => self.make.run(session).await,
        }
    }
}

impl Make {
    async fn run(self, session: &mut Session) -> Result<(), CliError> {
        if let Some(other) = self.others.first() {
            return Err(CliError::Usage(format!(
                "{other}: a report is about one framework; run the command once for each"
            )));
        }
        let front_matter = self.front.checked();
        let front_matter = front_matter.map_err(|error| CliError::Usage(error.to_string()))?;
        let written = self.files.written(&session.output)?;
        let (mapping_name, mapping, clauses) = self.mapping()?;
        // The mapping, where a file has it.
        let inputs = Inputs::of(self.framework.as_deref().map(Path::new));
        let paths = written.iter().filter_map(|(_, path)| *path);
        session
            .output
            .check(paths.chain(self.bundle.as_deref()), &inputs)?;
        let selected = self.period.selected()?;
        let request = CreateReportRequest {
            ledger: self.ledger.clone().unwrap_or_default(),
            mapping,
            mapping_name,
            clauses,
            selection: selected.selection,
            event_time_range: selected.event_time_range,
            imported_only: self.period.imported,
            open_sealed: self.decrypt,
            purpose: self.purpose.clone().unwrap_or_default(),
            include_tables: self.tables,
            include_bundle: self.bundle.is_some(),
            sign: written.iter().any(|(form, _)| *form == Form::Intoto),
        };
        let bundle = match &self.bundle {
            Some(path) => Some(BundleFile::create(&mut session.output, path, &inputs)?),
            None => None,
        };
        let mut client = session.connection.open_compliance().await?;
        let stream = client.create_report(request).await?.into_inner();
        let progress = Progress::new(&session.output, "reporting", Unit::Records);
        let received = Received::take(stream, bundle, progress).await?;
        let mut report = Made::from_json(&received.json)
            .map_err(|_| CliError::Answer("the report is not whole"))?;
        report.front_matter = front_matter;
        if let Some(unrecorded) = &received.unrecorded {
            session.output.remark(format_args!(
                "the ledger has no record that the report was made: {unrecorded}"
            ));
        }
        write(session, &written, &report, &received.envelope, &inputs)?;
        // The report comes first: it is there even if a receipt can't be had.
        let receipts = match &self.receipts {
            Some(directory) => Some(fetch(session, &report, directory, &inputs).await?),
            None => None,
        };
        if let Some(receipts) = &receipts {
            receipts.tell(session);
        }
        tell(
            session,
            &written,
            &report,
            received.sequence,
            receipts.as_ref(),
        )
    }

    /// Name and text of the mapping, and the clauses.
    fn mapping(&self) -> Result<(String, String, Vec<String>), CliError> {
        let catalogue = Catalogue::of_this_build();
        let framework = self.framework.as_deref().unwrap_or_default();
        let path = Path::new(framework);
        let mut clauses = self.clauses.clone();
        let (name, text) = match shipped(framework, None) {
            Ok(found) => (found.file.to_owned(), found.text.to_owned()),
            Err(_) if path.exists() => {
                let text = bounded::read(path, MAPPING_BYTES_MAX)?;
                let text = String::from_utf8(text).map_err(|error| CliError::Input {
                    name: path.display().to_string(),
                    problem: error.to_string(),
                })?;
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                (name.into_owned(), text)
            }
            Err(_) => {
                let (found, set) = with_set(framework, &catalogue)
                    .map_err(|error| CliError::Usage(error.to_string()))?;
                if clauses.is_empty() {
                    clauses.push(set.to_owned());
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
        mut bundle: Option<BundleFile>,
        mut progress: Progress,
    ) -> Result<Self, CliError> {
        let mut json = Vec::new();
        while let Some(answer) = stream.message().await? {
            match answer.step {
                Some(Step::Progress(step)) => progress.set(step.record_count, None),
                Some(Step::BundleChunk(chunk)) => {
                    if let Some(file) = &mut bundle {
                        file.write_all(&chunk)
                            .map_err(|source| CliError::file(file.path(), source))?;
                    }
                }
                Some(Step::ReportChunk(chunk)) => {
                    json.extend_from_slice(&chunk);
                    if json.len() > REPORT_BYTES_MAX {
                        return Err(CliError::Answer("the report is too large"));
                    }
                }
                Some(Step::Result(made)) => {
                    if let Some(file) = bundle {
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
