//! The verdict over a bundle as a report, in the forms that reports have.

use clap::ValueEnum;
use indelible_compliance::reports::forms::dsse;
use indelible_compliance::reports::{
    Verification,
    forms::verdict::{csv, html, oscal, text},
};

use crate::failure::Failure;
use crate::output::{OfForm, Target};

/// A form of a report of a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum VerdictForm {
    /// For a terminal.
    Text,
    /// Canonical JSON.
    Json,
    /// A page to read and to print.
    Html,
    /// The findings, as rows.
    Csv,
    /// OSCAL assessment results.
    Oscal,
    /// An in-toto statement, to be signed by whoever verified: this program has no key.
    #[value(alias = "intoto")]
    InToto,
}

/// A report of a verdict that is wanted.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(crate) form: VerdictForm,
    /// Where it goes.
    pub(crate) out: Target,
}

/// Where such a report went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Given {
    /// It was printed, in place of the verdict.
    InPlace,
    /// It was written to a file, beside the verdict that is printed.
    Beside,
}

impl Wanted {
    /// Makes the report and puts it where it goes.
    pub(crate) fn give(&self, verification: &Verification) -> Result<Given, Failure> {
        self.out.write(&self.form.of(verification)?)?;
        Ok(match self.out {
            Target::Standard => Given::InPlace,
            Target::File(_) => Given::Beside,
        })
    }
}

impl OfForm for VerdictForm {
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

    fn may_end(self, ending: &str) -> bool {
        matches!(self, Self::Oscal | Self::InToto) && ending == "json"
    }
}

impl VerdictForm {
    fn of(self, verification: &Verification) -> Result<Vec<u8>, Failure> {
        let failed = |error: serde_json::Error| Failure::Malformed(error.to_string());
        Ok(match self {
            Self::Text => text(verification).into_bytes(),
            Self::Json => verification.to_json().map_err(failed)?,
            Self::Html => html(verification).into_bytes(),
            Self::Csv => csv(verification).into_bytes(),
            Self::Oscal => oscal(verification).map_err(failed)?,
            Self::InToto => dsse::verification_statement(verification).map_err(failed)?,
        })
    }
}
