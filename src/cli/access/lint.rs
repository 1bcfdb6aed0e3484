//! `indelible access lint`: what is odd about the bindings of a configuration file.

use std::fmt;

use clap::Args;
use indelible_access::{Finding, Known};
use serde::Serialize;

use super::bindings::Bindings;
use crate::cli::{error::CliError, session::Session};

/// Find bindings that grant nothing, or everything, or that can never count
///
/// Exit code 1 if there are some.
#[derive(Debug, Args)]
pub(crate) struct Lint {
    #[command(flatten)]
    bindings: Bindings,
    /// A ledger that there is; with all of them given, bindings that cover none are found, too
    #[arg(long = "ledger", value_name = "LEDGER")]
    ledgers: Vec<String>,
    /// What can't be undone takes two people already, as it does for good once an approver was bound: then places without an
    /// approver are found also where the file has none left
    #[arg(long)]
    two_people: bool,
}

impl Lint {
    pub(super) fn run(&self, session: &mut Session) -> Result<(), CliError> {
        let ledgers: Vec<_> = self.ledgers.iter().map(String::as_str).collect();
        let read = self.bindings.read()?;
        let issuers: Vec<_> = read.issuers.iter().map(String::as_str).collect();
        let known = Known {
            ledgers: (!ledgers.is_empty()).then_some(ledgers.as_slice()),
            methods: Some(&read.methods),
            issuers: Some(&issuers),
            two_people: self.two_people,
            ..Known::default()
        };
        let findings = read.of_the_file().lint(known);
        // Root administers the store anyhow, so what is missing in the file is not missing.
        let findings: Vec<_> = findings
            .iter()
            .filter(|found| found.line.is_some())
            .collect();
        for finding in &findings {
            session.output.item(&FindingView::of(finding))?;
        }
        match findings.len() {
            0 => Ok(()),
            count => Err(CliError::BindingsOdd { count }),
        }
    }
}

#[derive(Serialize)]
struct FindingView<'a> {
    lint: &'static str,
    line: Option<u32>,
    text: &'a str,
    #[serde(skip)]
    told: String,
}

impl<'a> FindingView<'a> {
    fn of(finding: &'a Finding) -> Self {
        Self {
            lint: finding.lint.name(),
            line: finding.line,
            text: &finding.text,
            told: finding.to_string(),
        }
    }
}

impl fmt::Display for FindingView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.told)
    }
}
