//! The records of a bundle, shown to whoever holds it. Verified first; then each record with all that can be read of it.

mod choice;
mod csv;
mod form;
mod ndjson;
mod page;
mod payload;
mod record;
mod shower;
mod statement;
mod text;
mod walk;

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use indelible_compliance::reports::{Asking, Verification, forms::verdict, inert::inert};
use indelible_evidence::verdict::{Conclusion, Question};

use crate::failure::Failure;
use crate::input::refuse_standard_input;
use crate::output::{check_target, print};
use crate::trust_arguments::{Required, TrustArguments};
use choice::{Bound, Choice};
use form::Form;
use shower::Head;
use walk::Verified;

/// Shows the records of a bundle: verified first, then each with every attribute and fact that can be read.
///
/// Each body and payload is marked: present, opened with a key that the bundle discloses, encrypted, withheld, erased,
/// archived or none. The verdict comes first; in ndjson and csv its first line goes to standard error. Of a broken bundle
/// nothing is shown but its verdict, unless --even-broken is given. Exit codes are those of the verdict.
#[derive(Debug, Args)]
pub(crate) struct RecordsArguments {
    /// The bundle: a tar, a tar compressed with zstd, or the directory that it was unpacked to.
    bundle: PathBuf,
    #[command(flatten)]
    trust: TrustArguments,
    /// What must hold besides integrity and custody.
    #[arg(long, value_name = "QUESTIONS", value_delimiter = ',')]
    require: Vec<Required>,
    /// This record or later: its number, or a recorded time as a day (UTC) or in RFC 3339.
    #[arg(long, value_name = "N|TIME", value_parser = Bound::typed)]
    from: Option<Bound>,
    /// Before this record, or before this time.
    #[arg(long, value_name = "N|TIME", value_parser = Bound::typed)]
    to: Option<Bound>,
    /// This record; can be given several times.
    #[arg(long = "record", value_name = "N")]
    records: Vec<u64>,
    /// Of this type; ai.* stands for all types that begin with ai. Can be given several times.
    #[arg(long = "type", value_name = "TYPE")]
    types: Vec<String>,
    /// Of this actor, where that can be read; can be given several times.
    #[arg(long = "actor", value_name = "ACTOR")]
    actors: Vec<String>,
    /// Show the records of a broken bundle, too, with what was found of each; nothing of it can be relied on.
    #[arg(long)]
    even_broken: bool,
    /// The form.
    #[arg(long, value_enum, default_value_t = Form::Text)]
    format: Form,
    /// The file to write; standard output by default.
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl RecordsArguments {
    /// Verifies, shows, and gives the exit code.
    pub(crate) fn run(self) -> Result<u8, Failure> {
        refuse_standard_input(&self.bundle, "records")?;
        let trust = self.trust.read()?;
        let required: Vec<Question> = self.require.iter().map(|it| it.question()).collect();
        let choice = Choice {
            from: self.from,
            to: self.to,
            records: self.records,
            types: self.types,
            actors: self.actors,
        };
        let verified = walk::verify(&self.bundle, &trust, &choice)?;
        let asking = Asking {
            trust: &trust,
            required: &required,
            event_times: verified.event_times,
        };
        let verification = Verification::of(&verified.report, asking)
            .map_err(|error| Failure::Malformed(error.to_string()))?;
        let code = match verified.report.verdict.conclusion(&required) {
            Conclusion::Holds => 0,
            Conclusion::Broken => 1,
            Conclusion::Unanswerable => 4,
        };
        if code == 1 && !self.even_broken {
            print(verdict::text(&verification).as_bytes())?;
            let _ = writeln!(
                io::stderr(),
                "indelible-verify: the bundle is broken, so its records are not shown; --even-broken shows them"
            );
            return Ok(code);
        }
        let head = Head {
            verification: &verification,
            wanted: verified.found.wanted,
            counted: counted(&choice, &verified),
            is_broken: code == 1,
        };
        self.format.check(&head)?;
        let shown = |out: &mut dyn Write| {
            let mut shower = self.format.begin(out, &head).map_err(Failure::Output)?;
            walk::show(&self.bundle, &trust, &choice, &verified, &mut |record| {
                shower.record(record).map_err(Failure::Output)
            })?;
            shower.end().map_err(Failure::Output)
        };
        match &self.out {
            None => shown(&mut BufWriter::new(io::stdout().lock()))?,
            Some(path) => written(path, shown)?,
        }
        if self.format.is_for_programs() {
            let _ = writeln!(
                io::stderr(),
                "{}\n{}",
                inert(&verification.headline),
                head.counted
            );
        }
        Ok(code)
    }
}

/// How many records are shown, and how many might be.
fn counted(choice: &Choice, verified: &Verified) -> String {
    let (found, all) = (&verified.found, verified.report.bundle.records);
    let mut counted = match choice.is_of_all() {
        true => format!("All {} records of the bundle are shown.", found.wanted),
        false => format!(
            "{} of the {all} records of the bundle are what was asked for.",
            found.wanted
        ),
    };
    if found.unknown > 0 {
        counted += &format!(
            " {} more may be: who acted stands in contents that can't be read.",
            found.unknown
        );
    }
    counted
}

/// Writes a file beside its name first, so that it is there whole or not at all.
fn written(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".tmp");
    let beside = PathBuf::from(beside);
    check_target(path)?;
    let file = fs::File::create(&beside).map_err(Failure::Output)?;
    let mut out = BufWriter::new(file);
    let written = write(&mut out).and_then(|()| {
        let file = out.into_inner().map_err(|error| error.into_error());
        file.and_then(|file| file.sync_all())
            .and_then(|()| fs::rename(&beside, path))
            .map_err(Failure::Output)
    });
    if written.is_err() {
        // What was shown of a bundle that changed must not lie about.
        let _ = fs::remove_file(&beside);
    }
    written
}
