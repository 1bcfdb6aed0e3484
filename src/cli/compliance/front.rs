//! What stands in front of a report on the word of whoever makes it.

use clap::Args;
use indelible_compliance::reports::FrontMatter;

use crate::cli::error::CliError;

/// What stands in front of a report on the word of whoever makes it. No evidence shows it, and the report's id does not
/// depend on it.
#[derive(Debug, Args)]
pub(super) struct FrontArguments {
    /// Who operates the system, as the report is to say on your word
    #[arg(long, value_name = "NAME", help_heading = "On your word")]
    operator: Option<String>,
    /// The system that the ledger is about
    #[arg(long, value_name = "NAME", help_heading = "On your word")]
    system: Option<String>,
    /// What you call the period; which records were read, the report says itself
    #[arg(long, value_name = "TEXT", help_heading = "On your word")]
    period: Option<String>,
    /// Who made the report
    #[arg(long, value_name = "NAME", help_heading = "On your word")]
    made_by: Option<String>,
    /// For whom it was made
    #[arg(long, value_name = "NAME", help_heading = "On your word")]
    made_for: Option<String>,
}

impl FrontArguments {
    /// What was given, if anything was and it can be shown.
    pub(super) fn checked(&self) -> Result<Option<FrontMatter>, CliError> {
        let front = FrontMatter {
            operator: self.operator.clone(),
            system: self.system.clone(),
            period: self.period.clone(),
            made_by: self.made_by.clone(),
            made_for: self.made_for.clone(),
        };
        front
            .checked()
            .map_err(|error| CliError::Usage(error.to_string()))
    }
}
