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

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use indelible_compliance::reports::{Asking, Verification, counted, forms::verdict, inert::inert};
use indelible_evidence::verdict::{Conclusion, Question};

use crate::failure::Failure;
use crate::input::refuse_standard_input;
use crate::output::{Target, form_of, print};
use crate::report::held;
use crate::trust_arguments::{Required, TrustArguments};
use choice::{Bound, Choice};
use form::Form;
use shower::Head;
use walk::Verified;

pub(crate) use statement::statement;
pub(crate) use text::stated;

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
    /// The form; by default the one that the file's name ends with, and text on standard output.
    #[arg(long, value_enum)]
    format: Option<Form>,
    /// The file to write; - is standard output, which is the default.
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl RecordsArguments {
    /// Verifies, shows, and gives the exit code.
    pub(crate) fn run(self) -> Result<u8, Failure> {
        refuse_standard_input(&self.bundle, "records")?;
        let (trust, given) = self.trust.read()?;
        let read = [&self.bundle].into_iter().chain(self.trust.files());
        let out = Target::typed(self.out.as_deref(), read.map(PathBuf::as_path))?;
        let form = form_of(self.format, &out)?;
        let required: Vec<Question> = self.require.iter().map(|it| it.question()).collect();
        let choice = Choice {
            from: self.from,
            to: self.to,
            records: self.records,
            types: self.types,
            actors: self.actors,
        };
        choice.check().map_err(Failure::Usage)?;
        let verified = walk::verify(&self.bundle, &trust, &choice)?;
        let asking = Asking {
            trust: &trust,
            given: &given,
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
        // What is not there is said, and no empty list is taken for an answer; of a broken bundle that is the verdict.
        if code != 1 {
            check_found(&choice, &verified)?;
        }
        let head = Head {
            verification: &verification,
            wanted: verified.found.wanted,
            counted: shown_of_all(&choice, &verified, form),
            is_broken: code == 1,
        };
        form.check(&head)?;
        out.write_by(|out| {
            let mut shower = form.begin(out, &head).map_err(Failure::Output)?;
            walk::show(&self.bundle, &trust, &choice, &verified, &mut |record| {
                shower.record(record).map_err(Failure::Output)
            })?;
            shower.end().map_err(Failure::Output)
        })?;
        if form.is_for_programs() {
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

/// Refuses a choice that nothing fits, and a record that is not there: with what there is.
fn check_found(choice: &Choice, verified: &Verified) -> Result<(), Failure> {
    let bundle = &verified.report.bundle;
    if let Some(record) = choice.missing(&(bundle.from..bundle.to)) {
        let held = held(&verified.report);
        return Err(Failure::Missing(format!(
            "record {record} is not in this bundle; {held}"
        )));
    }
    let found = &verified.found;
    if choice.is_of_all() || found.wanted > 0 {
        return Ok(());
    }
    let unknown = match found.unknown {
        0 => String::new(),
        unknown => {
            format!(" But {unknown} may be, since who acted stands in contents that can't be read.")
        }
    };
    let none = match bundle.records {
        1 => "the one record of this bundle is not".to_owned(),
        records => format!("none of the {records} records of this bundle is"),
    };
    Err(Failure::Missing(format!(
        "{none} what was asked for; {}.{unknown} Names are compared as they are written; --type ai.* stands for all \
         types that begin with ai.",
        held(&verified.report)
    )))
}

/// How many records are shown, and how many might be.
fn shown_of_all(choice: &Choice, verified: &Verified, form: Form) -> String {
    let (found, all) = (&verified.found, verified.report.bundle.records);
    let mut words = match choice.is_of_all() {
        true if found.wanted == 1 => "The one record of the bundle is shown.".to_owned(),
        true => format!("All {} records of the bundle are shown.", found.wanted),
        false => format!(
            "{} of the {} of the bundle {} what was asked for.",
            found.wanted,
            counted(all, "record", "records"),
            if found.wanted == 1 { "is" } else { "are" }
        ),
    };
    if found.unknown > 0 {
        words += &format!(
            " {} more may be: who acted stands in contents that can't be read.",
            found.unknown
        );
    }
    let (bodies, payloads) = (
        verified.report.bundle.bodies.encrypted,
        verified.report.bundle.payloads.encrypted,
    );
    // As text the whole verdict stands above, and says it.
    if form != Form::Text && bodies + payloads > 0 {
        let bodies = counted(bodies, "body", "bodies");
        let payloads = counted(payloads, "payload", "payloads");
        words += &format!(
            " Encrypted and not opened in the bundle: {bodies}, {payloads}; a bundle that discloses \
             the keys of these events (indelible export --disclose-keys) shows them."
        );
    }
    words
}
