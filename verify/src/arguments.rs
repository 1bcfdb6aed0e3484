//! The command line: first what was typed, then what it means.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use indelible_compliance::reports::Given;
use indelible_evidence::VerifierKey;
use indelible_evidence::verdict::Question;
use indelible_evidence::verify::Trust;

use crate::failure::Failure;
use crate::identities::IdentitiesArguments;
use crate::input::refuse_standard_input;
use crate::output::{Output, Target, form_of};
use crate::recompute::Claimed;
use crate::records::RecordsArguments;
use crate::report::MakeArguments;
use crate::trust_arguments::{KeyArguments, Required, TrustArguments};
use crate::verdict_report::{VerdictForm, Wanted};

/// What stands for standard output on the command line.
const STANDARD_OUTPUT: &str = "-";

/// Verifies an evidence bundle of an Indelible ledger, offline (format version 0, second draft).
///
/// It answers four questions, each for itself: integrity (is what I hold unaltered?), completeness (is it all?),
/// freshness (how old is the newest checkpoint, and on whose word?) and custody (were keys introduced and used
/// by the rules of the format?). A question that nobody asks is not answered. Integrity and custody must hold;
/// --require names what else must.
///
/// Exit codes: 0 everything required holds and nothing is broken; 1 something is broken, the evidence is of another ledger
/// than the key, or a report is not the same; 2 bad arguments, an unreadable key, policy or known head; 3 not a bundle or
/// receipt of this format, or a directory that holds something else besides; 4 a required question can't be answered;
/// 5 input or output failed.
#[derive(Debug, Parser)]
#[command(
    version,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    max_term_width = 100
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    bundle: BundleArguments,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Verifies the receipt of one record.
    Receipt(ReceiptArguments),
    Report(MakeArguments),
    Records(RecordsArguments),
    Identities(IdentitiesArguments),
}

#[derive(Debug, Args)]
struct BundleArguments {
    /// The bundle: a tar, a tar compressed with zstd, or the directory that it was unpacked to; - is standard input.
    #[arg(required = true)]
    bundle: Option<PathBuf>,
    #[command(flatten)]
    trust: TrustArguments,
    /// What must hold besides integrity and custody.
    #[arg(long, value_name = "QUESTIONS", value_delimiter = ',')]
    require: Vec<Required>,
    /// A report in JSON to recompute from the bundle and to compare byte for byte; what differs is shown, part by part.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Another form of that report (.html, .txt, .csv, .oscal.json, .intoto.json), to be made again and compared, too.
    #[arg(long, value_name = "FILE", requires = "report")]
    rendered: Vec<PathBuf>,
    /// The mapping that the report follows, if it does not come with this program.
    #[arg(long, value_name = "FILE", requires = "report")]
    framework: Option<PathBuf>,
    /// How to print the verdict.
    #[arg(long, value_enum, default_value_t = Output::Text)]
    output: Output,
    /// Make a report of the verdict, in this form; it takes the place of the printed verdict unless --out names a file.
    #[arg(long, alias = "form", value_enum, conflicts_with = "output")]
    format: Option<VerdictForm>,
    /// The file to write that report to, beside the printed verdict; its ending says the form. - is standard output.
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct ReceiptArguments {
    /// The receipt.
    file: PathBuf,
    /// The record that the receipt is for, as a record file.
    #[arg(long, value_name = "RECORD_FILE")]
    record: PathBuf,
    #[command(flatten)]
    key: KeyArguments,
    /// How to print the verdict.
    #[arg(long, value_enum, default_value_t = Output::Text)]
    output: Output,
}

/// What is to be done, with everything read that trust needs.
#[derive(Debug)]
pub(crate) enum Request {
    Bundle(Box<BundleRequest>),
    Receipt(Box<ReceiptRequest>),
    Report(Box<MakeArguments>),
    Records(Box<RecordsArguments>),
    Identities(Box<IdentitiesArguments>),
}

#[derive(Debug)]
pub(crate) struct BundleRequest {
    pub(crate) bundle: PathBuf,
    pub(crate) trust: Trust,
    /// Where what is trusted came from.
    pub(crate) given: Given,
    pub(crate) required: Vec<Question>,
    pub(crate) claimed: Option<Claimed>,
    pub(crate) output: Output,
    /// The report of the verdict that is wanted.
    pub(crate) wanted: Option<Wanted>,
}

#[derive(Debug)]
pub(crate) struct ReceiptRequest {
    pub(crate) receipt: PathBuf,
    pub(crate) record: PathBuf,
    pub(crate) key: VerifierKey,
    pub(crate) output: Output,
}

impl Arguments {
    /// Whether what comes to standard output is to be JSON, whatever it comes to.
    pub(crate) fn asks_for_json(&self) -> bool {
        let output = match &self.command {
            Some(Command::Receipt(raw)) => raw.output,
            Some(Command::Identities(raw)) => raw.output,
            Some(Command::Report(_) | Command::Records(_)) => return false,
            None => {
                let is_printed = |path: &PathBuf| path.as_os_str() == STANDARD_OUTPUT;
                let is_in_place = self.bundle.out.as_ref().is_none_or(is_printed);
                if self.bundle.format == Some(VerdictForm::Json) && is_in_place {
                    return true;
                }
                self.bundle.output
            }
        };
        output == Output::Json
    }

    /// Reads keys and files, so that what is wrong with them is said before any evidence is looked at.
    pub(crate) fn check(self) -> Result<Request, Failure> {
        match (self.command, self.bundle) {
            (Some(Command::Receipt(raw)), _) => Ok(Request::Receipt(Box::new(ReceiptRequest {
                receipt: raw.file,
                record: raw.record,
                key: raw.key.read()?,
                output: raw.output,
            }))),
            (Some(Command::Report(raw)), _) => Ok(Request::Report(Box::new(raw))),
            (Some(Command::Records(raw)), _) => Ok(Request::Records(Box::new(raw))),
            (Some(Command::Identities(raw)), _) => Ok(Request::Identities(Box::new(raw))),
            (None, raw) => raw
                .check()
                .map(|request| Request::Bundle(Box::new(request))),
        }
    }
}

impl BundleArguments {
    fn check(self) -> Result<BundleRequest, Failure> {
        let bundle = self
            .bundle
            .ok_or_else(|| Failure::Usage("a bundle is needed; see --help".to_owned()))?;
        let (trust, given) = self.trust.read()?;
        let required = self.require.iter().map(|required| required.question());
        let required = required.collect();
        let wanted = match (self.format, self.out.as_deref()) {
            (None, None) => None,
            (format, out) => {
                let read = [Some(&bundle), self.report.as_ref(), self.framework.as_ref()];
                let read = read.into_iter().flatten().chain(&self.rendered);
                let read = read.chain(self.trust.files());
                let out = Target::typed(out, read.map(PathBuf::as_path))?;
                let form = form_of(format, &out)?;
                Some(Wanted { form, out })
            }
        };
        let in_place = wanted.as_ref().filter(|it| it.out == Target::Standard);
        if self.report.is_some() && in_place.is_some() {
            return Err(Failure::Usage(
                "with --report, a report of the verdict needs a file: --out FILE".to_owned(),
            ));
        }
        if self.report.is_some() {
            refuse_standard_input(&bundle, "--report")?;
        }
        Ok(BundleRequest {
            bundle,
            trust,
            given,
            required,
            claimed: match &self.report {
                Some(path) => Some(Claimed::read(
                    path,
                    self.framework.as_deref(),
                    &self.rendered,
                )?),
                None => None,
            },
            output: self.output,
            wanted,
        })
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Arguments::command().debug_assert();
    }
}
