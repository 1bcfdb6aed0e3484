//! The verdict over a bundle as a report, in the forms that reports have.

use std::path::PathBuf;

use clap::ValueEnum;
use indelible_compliance::reports::forms::dsse;
use indelible_compliance::reports::{
    Verification,
    forms::verdict::{csv, html, oscal, text},
};

use crate::failure::Failure;
use crate::output::{print, write_new};

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
    /// The file that it goes to; without one it is printed.
    pub(crate) out: Option<PathBuf>,
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
        let bytes = self.form.of(verification)?;
        match &self.out {
            None => print(&bytes).map(|()| Given::InPlace),
            Some(path) => write_new(path, &bytes).map(|()| Given::Beside),
        }
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
