//! Reports: made of a bundle, or held against what a bundle gives.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use indelible_compliance::catalogue::Catalogue;
use indelible_compliance::framework::{Framework, shipped};
use indelible_compliance::opening::checkpoint_note;
use indelible_compliance::report::difference::{Difference, first_difference};
use indelible_compliance::report::{
    Asked, AskedFacts, Report, View, assess, csv, html, oscal, text,
};
use indelible_compliance::survey::{Question, survey};
use indelible_evidence::VerifierKey;
use indelible_evidence::verify::{KnownHead, Trust};

use crate::arguments::{Output, read_key, read_trusted, unusable};
use crate::failure::Failure;
use crate::times::instant_nanos;
use crate::{input, print, progress};

/// A report is text with rows; none of a sane size is larger.
pub(crate) const REPORT_BYTES_MAX: usize = 256 << 20;
/// Nor is a mapping.
const MAPPING_BYTES_MAX: usize = 256 << 10;

/// Makes a compliance report of a bundle: the same bytes that the daemon makes of the same evidence.
#[derive(Debug, Args)]
pub(crate) struct MakeArguments {
    /// The bundle: a tar, a tar compressed with zstd, or the directory that it was unpacked to.
    bundle: PathBuf,
    /// The ledger's verifier key, or a file that holds it.
    #[arg(long, value_name = "VKEY|FILE")]
    key: String,
    /// The framework, by its id; or the file of a mapping.
    #[arg(long, value_name = "ID|FILE")]
    framework: String,
    /// The clauses to report on; all, unless they are named.
    #[arg(long = "clause", value_name = "CLAUSE")]
    clauses: Vec<String>,
    /// Recorded at this time or later, as RFC 3339.
    #[arg(long, value_name = "TIME", value_parser = instant_nanos)]
    from: Option<u64>,
    /// Recorded before this time.
    #[arg(long, value_name = "TIME", value_parser = instant_nanos)]
    to: Option<u64>,
    /// Put the projections' rows into the report.
    #[arg(long)]
    tables: bool,
    /// The form.
    #[arg(long, value_enum, default_value_t = Form::Text)]
    format: Form,
    /// The file to write; standard output unless it is said.
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// A form of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// For a terminal.
    Text,
    /// Canonical JSON: what is recomputed and compared.
    Json,
    /// A page to read and to print.
    Html,
    /// The underlying rows.
    Csv,
    /// OSCAL assessment results.
    Oscal,
}

/// A report to hold against a bundle.
#[derive(Debug)]
pub(crate) struct Claimed {
    pub(crate) path: PathBuf,
    pub(crate) json: Vec<u8>,
    pub(crate) report: Box<Report>,
    pub(crate) framework: Box<Framework>,
}

impl Claimed {
    /// Reads a report, and the mapping that it names: one that comes with this program, or a file.
    pub(crate) fn read(path: &Path, mapping: Option<&Path>) -> Result<Self, Failure> {
        let json = read_trusted(path, REPORT_BYTES_MAX)?;
        let report = Report::from_json(&json).map_err(|error| unusable(path, error))?;
        let catalogue = Catalogue::of_this_build();
        let framework = match mapping {
            Some(path) => read_mapping(path, &catalogue)?,
            None => {
                let named = &report.framework;
                shipped(&named.id, Some(named.version))
                    .map_err(|error| {
                        Failure::Usage(format!("{error}; --framework FILE gives another one"))
                    })?
                    .read(&catalogue)
                    .map_err(|error| Failure::Usage(error.to_string()))?
            }
        };
        Ok(Self {
            path: path.to_owned(),
            json,
            report: Box::new(report),
            framework: Box::new(framework),
        })
    }

    /// Makes the report anew, prints whether it is the same, and gives the exit code.
    pub(crate) fn check(
        &self,
        bundle: &Path,
        key: &VerifierKey,
        output: Output,
    ) -> Result<u8, Failure> {
        let (difference, size) = self.compare(bundle, key)?;
        let same = difference == Difference::Identical;
        let of = self.report.ledger.checkpoint_size;
        let hint = if same || size == of {
            String::new()
        } else {
            format!(
                "the report is of the checkpoint of size {of}, and this bundle's is of size {size}: compare it with the \
                 bundle that was written with it (indelible report … --bundle)\n"
            )
        };
        let shown = match output {
            Output::Text => format!("report         {difference}\n{hint}"),
            Output::Json => {
                let value = serde_json::json!({
                    "report": self.report.id,
                    "identical": same,
                    "difference": (!same).then(|| difference.to_string()),
                    "checkpoint_sizes": [of, size],
                });
                format!("{value}\n")
            }
        };
        print(shown.as_bytes())?;
        Ok(u8::from(!same))
    }

    /// What is different, and the size of the bundle's checkpoint.
    fn compare(&self, bundle: &Path, key: &VerifierKey) -> Result<(Difference, u64), Failure> {
        let question = Question {
            asked: asked(&self.report.range.asked).map_err(|error| unusable(&self.path, error))?,
            view: self.report.range.view,
            with_tables: !self.report.tables.is_empty(),
        };
        let clauses = self.report.clauses.iter();
        let clauses: Vec<_> = clauses.map(|clause| clause.id.clone()).collect();
        let made = make(bundle, key, &self.framework, &clauses, question)?;
        let json = made
            .to_json()
            .map_err(|error| Failure::Malformed(error.to_string()))?;
        let size = made.ledger.checkpoint_size;
        Ok((first_difference(&self.json, &json), size))
    }
}

/// What a report says that was asked for.
fn asked(facts: &AskedFacts) -> Result<Asked, String> {
    let time = |text: &Option<String>| text.as_deref().map(instant_nanos).transpose();
    Ok(match facts {
        AskedFacts::Whole {} => Asked::Whole,
        AskedFacts::Records { from, to } => Asked::Records {
            from: *from,
            to: *to,
        },
        AskedFacts::Period { from, to } => Asked::Period {
            from: time(from)?,
            to: time(to)?,
        },
    })
}

impl MakeArguments {
    /// Makes the report and writes it.
    pub(crate) fn run(self) -> Result<u8, Failure> {
        let key = read_key(&self.key)?;
        let catalogue = Catalogue::of_this_build();
        let framework = match shipped(&self.framework, None) {
            Ok(shipped) => shipped
                .read(&catalogue)
                .map_err(|error| Failure::Usage(error.to_string()))?,
            Err(_) if Path::new(&self.framework).exists() => {
                read_mapping(Path::new(&self.framework), &catalogue)?
            }
            Err(error) => return Err(Failure::Usage(error.to_string())),
        };
        let asked = match (self.from, self.to) {
            (None, None) => Asked::Whole,
            (from, to) => Asked::Period { from, to },
        };
        let question = Question {
            asked,
            view: View::Bodies,
            with_tables: self.tables,
        };
        let report = make(&self.bundle, &key, &framework, &self.clauses, question)?;
        let bytes = self.format.of(&report)?;
        match &self.out {
            None => print(&bytes)?,
            Some(path) => write_new(path, &bytes)?,
        }
        Ok(0)
    }
}

impl Form {
    fn of(self, report: &Report) -> Result<Vec<u8>, Failure> {
        let failed = |error: serde_json::Error| Failure::Malformed(error.to_string());
        Ok(match self {
            Self::Text => text::text(report).into_bytes(),
            Self::Json => report.to_json().map_err(failed)?,
            Self::Html => html::html(report).into_bytes(),
            Self::Csv => csv::criteria(report).into_bytes(),
            Self::Oscal => oscal::oscal(report).map_err(failed)?,
        })
    }
}

fn make(
    bundle: &Path,
    key: &VerifierKey,
    framework: &Framework,
    clauses: &[String],
    question: Question,
) -> Result<Report, Failure> {
    let clauses = framework
        .select(clauses)
        .map_err(|error| Failure::Usage(error.to_string()))?;
    let mut trust = Trust::in_key(key.clone());
    // A report holds as of the checkpoint that it names. Whether that one is known from elsewhere is another
    // question, which the verdict answers.
    let note = checkpoint_note(&mut *input::open(bundle)?.source)
        .map_err(|error| Failure::Malformed(format!("not a bundle of this format: {error}")))?;
    let head = KnownHead::parse(&note, key);
    trust.known_head = Some(head.map_err(|error| Failure::Malformed(error.to_string()))?);
    let input = input::open(bundle)?;
    let bar = progress::Progress::watch(&input.read, input.bytes);
    let surveyed = survey(input.source, &trust, question, &|_| ());
    bar.end();
    let (subject, _) = surveyed?;
    assess(framework, &clauses, &subject).map_err(|error| Failure::Malformed(error.to_string()))
}

fn read_mapping(path: &Path, catalogue: &Catalogue) -> Result<Framework, Failure> {
    let bytes = read_trusted(path, MAPPING_BYTES_MAX)?;
    let mapping = std::str::from_utf8(&bytes).map_err(|error| unusable(path, error))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Framework::read(&name, mapping, catalogue).map_err(|error| Failure::Usage(error.to_string()))
}

/// Writes a file beside its name first, so that it is there whole or not at all.
fn write_new(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".tmp");
    let beside = PathBuf::from(beside);
    fs::File::create(&beside)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&beside, path))
        .map_err(Failure::Output)
}
