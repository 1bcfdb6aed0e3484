//! The command line: first what was typed, then what it means.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::{Args, Parser, Subcommand, ValueEnum};
use indelible_evidence::VerifierKey;
use indelible_evidence::limits::NOTE_BYTES_MAX;
use indelible_evidence::policy::{POLICY_BYTES_MAX, Policy};
use indelible_evidence::verdict::Question;
use indelible_evidence::verify::{KnownHead, Trust};

use crate::failure::Failure;
use crate::output::Output;
use crate::recompute::Claimed;
use crate::report::MakeArguments;
use crate::times::{duration_seconds, instant_seconds};
use crate::trusted::{read_key, read_trusted, unusable};
use crate::verdict_report::{VerdictForm, Wanted};

/// Verifies an evidence bundle of an Indelible ledger, offline (format version 0, second draft).
///
/// It answers four questions, each for itself: integrity (is what I hold unaltered?), completeness (is it all?),
/// freshness (how old is the newest checkpoint, and on whose word?) and custody (were keys introduced and used by the
/// rules of the format?). Integrity and custody must hold; --require names what else must.
///
/// Exit codes: 0 everything required holds and nothing is broken; 1 something is broken, or a report is not the same; 2 bad arguments, or an
/// unreadable key, policy or known head; 3 not a bundle or receipt of this format; 4 a required question can't be
/// answered; 5 input or output failed.
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
    bundle: Option<BundleArguments>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Verifies the receipt of one record.
    Receipt(ReceiptArguments),
    Report(MakeArguments),
}

#[derive(Debug, Args)]
struct BundleArguments {
    /// The bundle: a tar, a tar compressed with zstd, or the directory that it was unpacked to.
    #[arg(required = true)]
    bundle: PathBuf,
    /// The ledger's verifier key, or a file that holds it.
    #[arg(long, value_name = "VKEY|FILE", required = true)]
    key: String,
    /// A checkpoint of this ledger that is known from before, to check whether the bundle holds all of it.
    #[arg(long, value_name = "FILE")]
    known_head: Option<PathBuf>,
    /// A trust policy (C2SP tlog-policy) that names witnesses.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// The time now, as RFC 3339 or in seconds since 1970 UTC; by default this machine's.
    #[arg(long, value_name = "TIME", value_parser = instant_seconds)]
    now: Option<u64>,
    /// The greatest age of a fresh checkpoint, such as 90s, 15m, 24h or 7d.
    #[arg(long, value_name = "DURATION", value_parser = duration_seconds)]
    max_age: Option<u64>,
    /// What must hold besides integrity and custody.
    #[arg(long, value_name = "QUESTIONS", value_delimiter = ',')]
    require: Vec<Required>,
    /// A report in JSON to recompute from the bundle and to compare byte for byte; the first difference is shown.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// The mapping that the report follows, if it does not come with this program.
    #[arg(long, value_name = "FILE", requires = "report")]
    framework: Option<PathBuf>,
    /// How to print the verdict.
    #[arg(long, value_enum, default_value_t = Output::Text)]
    output: Output,
    /// Make a report of the verdict, in this form; it takes the place of the printed verdict unless --out is given.
    #[arg(long, alias = "form", value_enum, conflicts_with = "output")]
    format: Option<VerdictForm>,
    /// The file to write that report to, beside the printed verdict.
    #[arg(long, short, value_name = "FILE", requires = "format")]
    out: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct ReceiptArguments {
    /// The receipt.
    file: PathBuf,
    /// The record that the receipt is for, as a record file.
    #[arg(long, value_name = "RECORD_FILE")]
    record: PathBuf,
    /// The ledger's verifier key, or a file that holds it.
    #[arg(long, value_name = "VKEY|FILE")]
    key: String,
    /// How to print the verdict.
    #[arg(long, value_enum, default_value_t = Output::Text)]
    output: Output,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Required {
    Integrity,
    Completeness,
    Freshness,
    Custody,
}

/// What is to be done, with everything read that trust needs.
#[derive(Debug)]
pub(crate) enum Request {
    Bundle(Box<BundleRequest>),
    Receipt(Box<ReceiptRequest>),
    Report(Box<MakeArguments>),
}

#[derive(Debug)]
pub(crate) struct BundleRequest {
    pub(crate) bundle: PathBuf,
    pub(crate) trust: Trust,
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
    /// Reads keys and files, so that what is wrong with them is said before any evidence is looked at.
    pub(crate) fn check(self) -> Result<Request, Failure> {
        match (self.command, self.bundle) {
            (Some(Command::Receipt(raw)), _) => Ok(Request::Receipt(Box::new(ReceiptRequest {
                receipt: raw.file,
                record: raw.record,
                key: read_key(&raw.key)?,
                output: raw.output,
            }))),
            (Some(Command::Report(raw)), _) => Ok(Request::Report(Box::new(raw))),
            (None, Some(raw)) => raw
                .check()
                .map(|request| Request::Bundle(Box::new(request))),
            (None, None) => Err(Failure::Usage(
                "a bundle and --key are needed; see --help".to_owned(),
            )),
        }
    }
}

impl BundleArguments {
    fn check(self) -> Result<BundleRequest, Failure> {
        let key = read_key(&self.key)?;
        let known_head = match &self.known_head {
            None => None,
            Some(path) => {
                let head = KnownHead::parse(&read_trusted(path, NOTE_BYTES_MAX)?, &key);
                Some(head.map_err(|error| unusable(path, error))?)
            }
        };
        let policy = match &self.policy {
            None => None,
            Some(path) => {
                let policy = Policy::parse(&read_trusted(path, POLICY_BYTES_MAX)?);
                Some(policy.map_err(|error| unusable(path, error))?)
            }
        };
        let now = self.now.or_else(|| {
            SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .ok()
                .map(|since| since.as_secs())
        });
        let required = self.require.iter().map(|required| match required {
            Required::Integrity => Question::Integrity,
            Required::Completeness => Question::Completeness,
            Required::Freshness => Question::Freshness,
            Required::Custody => Question::Custody,
        });
        let required = required.collect();
        if self.report.is_some() && self.format.is_some() && self.out.is_none() {
            return Err(Failure::Usage(
                "with --report, a report of the verdict needs a file: --out FILE".to_owned(),
            ));
        }
        let trust = Trust {
            key,
            known_head,
            policy,
            now,
            age_seconds_max: self.max_age,
        };
        Ok(BundleRequest {
            bundle: self.bundle,
            trust,
            required,
            claimed: match &self.report {
                Some(path) => Some(Claimed::read(path, self.framework.as_deref())?),
                None => None,
            },
            output: self.output,
            wanted: self.format.map(|form| Wanted {
                form,
                out: self.out,
            }),
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
