//! Reports, made from a bundle.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use indelible_compliance::frameworks::{Framework, shipped, with_set};
use indelible_compliance::projections::catalogue::Catalogue;
use indelible_compliance::reports::{
    AnswerName, Report, Subject, View, assess,
    forms::{csv, html, oscal, text},
};
use indelible_compliance::survey::opening::checkpoint_note;
use indelible_compliance::survey::{Question, survey};
use indelible_compliance::time::shortest;
use indelible_evidence::VerifierKey;
use indelible_evidence::verify::{KnownHead, KnownHeadError, Report as Verification, Trust};

use crate::failure::Failure;
use crate::input::refuse_standard_input;
use crate::output::{OfForm, Target, form_of};
use crate::period::PeriodArguments;
use crate::trust_arguments::KeyArguments;
use crate::trusted::{read_trusted, unusable};
use crate::{input, later_identity, progress};

/// No mapping of a sane size is larger.
const MAPPING_BYTES_MAX: usize = 256 << 10;

/// Makes a compliance report from a bundle: the same bytes that the daemon makes from the same evidence.
#[derive(Debug, Args)]
pub(crate) struct MakeArguments {
    /// The bundle: a tar, a tar compressed with zstd, or the directory that it was unpacked to.
    bundle: PathBuf,
    #[command(flatten)]
    key: KeyArguments,
    /// The id of a framework, the name of a set of clauses such as article12, or the file of a mapping.
    #[arg(long, value_name = "ID|FILE")]
    framework: String,
    /// The clauses to report on; by default all.
    #[arg(long = "clause", value_name = "CLAUSE")]
    clauses: Vec<String>,
    #[command(flatten)]
    period: PeriodArguments,
    /// Look at the ledger as it was at this older size: at the records below it, under the root that its tree had then.
    #[arg(long, value_name = "SIZE")]
    as_of: Option<u64>,
    /// Put the projections' rows into the report.
    #[arg(long)]
    tables: bool,
    #[command(flatten)]
    front: FrontArguments,
    /// The form; by default the one that the file's name ends with, and text on standard output.
    #[arg(long, value_enum)]
    format: Option<Form>,
    /// The file to write; - is standard output, which is the default.
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
}

indelible_compliance::front_arguments! {
    struct FrontArguments;
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
    /// An in-toto statement, which the daemon alone makes: its ledger's key signs it.
    #[value(skip)]
    InToto,
}

impl MakeArguments {
    /// Makes the report and writes it.
    pub(crate) fn run(self) -> Result<u8, Failure> {
        let front_matter = self.front.checked();
        let front_matter = front_matter.map_err(|error| Failure::Usage(error.to_string()))?;
        refuse_standard_input(&self.bundle, "report")?;
        let key = self.key.read()?;
        let mapping = Path::new(&self.framework);
        let read = [Some(self.bundle.as_path()), Some(mapping)];
        let read = read
            .into_iter()
            .chain([self.key.file().map(PathBuf::as_path)]);
        let out = Target::typed(self.out.as_deref(), read.flatten())?;
        let form = form_of(self.format, &out)?;
        if form == Form::InToto {
            return Err(unsigned());
        }
        let catalogue = Catalogue::of_this_build();
        let usage = |error: &dyn std::fmt::Display| Failure::Usage(error.to_string());
        let mut clauses = self.clauses;
        let framework = match shipped(&self.framework, None) {
            Ok(shipped) => shipped.read(&catalogue).map_err(|error| usage(&error))?,
            Err(_) if mapping.exists() => read_mapping(mapping, &catalogue)?,
            Err(_) => {
                let (shipped, set) =
                    with_set(&self.framework, &catalogue).map_err(|error| usage(&error))?;
                if clauses.is_empty() {
                    clauses.push(set.to_owned());
                }
                shipped.read(&catalogue).map_err(|error| usage(&error))?
            }
        };
        let asked = self.period.asked()?;
        let question = Question {
            asked,
            whose: self.period.whose(),
            view: View::Bodies,
            with_tables: self.tables,
            as_of: self.as_of,
        };
        let (subject, verification) = look(&self.bundle, &key, question)?;
        let mut report = assessed(&framework, &clauses, &subject)?;
        report.front_matter = front_matter;
        out.write(&form.of(&report)?)?;
        if report.range.records == 0 {
            // Standard error, so that a report for programs stays one; whoever gave a wrong year reads it here.
            let _ = writeln!(
                io::stderr(),
                "indelible-verify: no record {}, so the report is over nothing; {}",
                self.period.words(),
                held(&verification)
            );
        }
        let answers = [&report.evidence.integrity, &report.evidence.custody];
        let is_broken = answers.iter().any(|one| one.answer == AnswerName::Broken);
        Ok(u8::from(is_broken))
    }
}

/// What a bundle holds, for whoever asked for what it does not hold.
pub(crate) fn held(verification: &Verification) -> String {
    let bundle = &verification.bundle;
    let times = bundle.recorded.map(|recorded| {
        let (first, last) = (shortest(recorded.first), shortest(recorded.last));
        format!(", recorded from {first} to {last}")
    });
    format!(
        "the bundle holds the records {} to {}{}",
        bundle.from,
        bundle.to.saturating_sub(1),
        times.unwrap_or_default()
    )
}

impl OfForm for Form {
    const DEFAULT: Self = Self::Text;
    const ENDINGS: &'static [(&'static str, Self)] = &[
        ("txt", Self::Text),
        ("html", Self::Html),
        ("htm", Self::Html),
        ("csv", Self::Csv),
        ("oscal.json", Self::Oscal),
        ("intoto.json", Self::InToto),
        ("json", Self::Json),
    ];

    fn is_written(self) -> bool {
        self != Self::InToto
    }

    fn may_end(self, ending: &str) -> bool {
        self == Self::Oscal && ending == "json"
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
            Self::InToto => return Err(unsigned()),
        })
    }
}

/// A signed statement is asked for, by the name of the file.
fn unsigned() -> Failure {
    Failure::Usage(
        "a file that ends with .intoto.json is a report that the ledger's key signed, and this program has no key; ask the \
         daemon for it (indelible report --format intoto), or name a file that ends with .json"
            .to_owned(),
    )
}

/// Verifies and folds what is asked for.
pub(crate) fn look(
    bundle: &Path,
    key: &VerifierKey,
    question: Question,
) -> Result<(Subject, Verification), Failure> {
    let mut trust = Trust::in_key(key.clone());
    // A report holds as of the checkpoint that it names. Whether that one is known from elsewhere is another
    // question, which the verdict answers.
    trust.known_head = Some(head(bundle, key)?);
    let mut input = input::open(bundle)?;
    let bar = progress::Progress::watch(&input.rest.read, input.rest.bytes);
    let surveyed = survey(input.source, &trust, question, &|_| ());
    bar.end();
    input.rest.unpacked()?;
    let (subject, verification) = surveyed?;
    later_identity::refuse_bundle(bundle, &verification, key)?;
    input.rest.nothing_else()?;
    Ok((subject, verification))
}

/// The checkpoint of a bundle. Who signed it, the verification tells.
pub(crate) fn head(bundle: &Path, key: &VerifierKey) -> Result<KnownHead, Failure> {
    let note = checkpoint_note(&mut *input::open(bundle)?.source)
        .map_err(|error| Failure::Malformed(format!("not a bundle of this format: {error}")))?;
    KnownHead::parse(&note, key).map_err(|error| match error {
        KnownHeadError::OtherOrigin { found, .. } => Failure::other_ledger(key, &found),
        error => Failure::Malformed(error.to_string()),
    })
}

/// Compares what was seen with the clauses of a framework.
pub(crate) fn assessed(
    framework: &Framework,
    clauses: &[String],
    subject: &Subject,
) -> Result<Report, Failure> {
    let clauses = framework
        .select(clauses)
        .map_err(|error| Failure::Usage(error.to_string()))?;
    assess(framework, &clauses, subject).map_err(|error| Failure::Malformed(error.to_string()))
}

pub(crate) fn read_mapping(path: &Path, catalogue: &Catalogue) -> Result<Framework, Failure> {
    let bytes = read_trusted(path, MAPPING_BYTES_MAX)?;
    let mapping = std::str::from_utf8(&bytes).map_err(|error| unusable(path, error))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Framework::read(&name, mapping, catalogue).map_err(|error| Failure::Usage(error.to_string()))
}
