//! Errors as programs read them.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{CliError, refusal::status_name};
use crate::cli::exit::Exit;

impl CliError {
    /// The same for programs, as one line of JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        self.to_json_with(&[])
    }

    /// The same with what they were to be warned of before.
    #[must_use]
    pub fn to_json_with(&self, warnings: &[String]) -> String {
        if self.exit() == Exit::Done {
            return String::new();
        }
        let refusal = match self {
            Self::Daemon(refusal) => Some(refusal),
            _ => None,
        };
        let violations = refusal.map(|refusal| {
            let violations = refusal.violations.iter();
            violations
                .map(|(field, problem)| ViolationView { field, problem })
                .collect()
        });
        let delay = refusal.and_then(|refusal| refusal.retry_after);
        let error = ErrorView {
            message: self.to_string(),
            exit_code: self.exit().code(),
            status: refusal.map(|refusal| status_name(refusal.code)),
            reason: refusal.and_then(|refusal| refusal.reason.as_deref()),
            metadata: refusal.map(|refusal| &refusal.metadata),
            command: refusal.and_then(|refusal| refusal.command.as_deref()),
            violations,
            retry_after_seconds: delay.map(|delay| delay.as_secs_f64()),
            advice: self.advice(),
            warnings,
        };
        // Names and texts can always be written.
        serde_json::to_string(&Answer { error }).unwrap_or_default()
    }
}

/// What is written where an answer would be.
#[derive(Serialize)]
struct Answer<'a> {
    error: ErrorView<'a>,
}

/// An error for programs.
#[derive(Serialize)]
struct ErrorView<'a> {
    message: String,
    exit_code: u8,
    status: Option<&'static str>,
    reason: Option<&'a str>,
    metadata: Option<&'a BTreeMap<String, String>>,
    /// Known where the caller may not do something.
    command: Option<&'a str>,
    violations: Option<Vec<ViolationView<'a>>>,
    retry_after_seconds: Option<f64>,
    advice: Option<String>,
    warnings: &'a [String],
}

/// What is wrong with a field.
#[derive(Serialize)]
struct ViolationView<'a> {
    field: &'a str,
    problem: &'a str,
}
