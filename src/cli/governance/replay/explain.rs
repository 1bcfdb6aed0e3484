//! `indelible policy explain`: why a decision of a bundle came out as it did, without a daemon.

use std::{fmt, path::PathBuf};

use clap::Args;
use indelible_evidence::verify::Trust;
use indelible_governance::{explain::Explanation, record::Entry};
use serde::Serialize;

use super::{bundle, key};
use crate::cli::{error::CliError, session::Session};

/// Say why a decision came out as it did, from its record; needs no daemon
///
/// The bundle is verified first, by the ledger's key. Then the record says which steps were looked at, what they found, and
/// which of them decided. What was asked stands in the record as a digest, and so is not told.
#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// The bundle: a .tar or .tar.zst file of the whole ledger
    bundle: PathBuf,
    /// The number of the decision's record
    sequence: u64,
    /// A file with the ledger's key, as `indelible ledger key` writes it
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
}

impl Explain {
    pub(crate) fn run(&self, session: &mut Session) -> Result<(), CliError> {
        let trust = Trust::in_key(key(&self.key)?);
        let governed = bundle::read(&self.bundle, &trust)?;
        let wrong = |problem: String| CliError::Input {
            name: self.bundle.display().to_string(),
            problem,
        };
        let sequence = self.sequence;
        let mut records = governed.records.iter();
        let Some(record) = records.find(|record| record.position.sequence == sequence) else {
            let none = format!("record {sequence} is not there, or is no record of governance");
            return Err(wrong(governed.not_there.unwrap_or(none)));
        };
        let entry = Entry::decode(&record.payload).map_err(|error| wrong(error.to_string()))?;
        let Entry::Decision(decision) = entry else {
            let problem = format!(
                "record {sequence} is no decision, but {}",
                record.event_type
            );
            return Err(wrong(problem));
        };
        session
            .output
            .answer(&Explained::of(sequence, decision.explain()))
    }
}

#[derive(Serialize)]
struct Explained {
    sequence: u64,
    verdict: String,
    steps: Vec<Step>,
}

#[derive(Serialize)]
struct Step {
    stage: String,
    found: String,
}

impl Explained {
    fn of(sequence: u64, explanation: Explanation) -> Self {
        let steps = explanation.steps.into_iter();
        Self {
            sequence,
            verdict: explanation.verdict,
            steps: steps
                .map(|step| Step {
                    stage: step.stage,
                    found: step.found,
                })
                .collect(),
        }
    }
}

impl fmt::Display for Explained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "record {}: {}", self.sequence, self.verdict)?;
        for step in &self.steps {
            write!(f, "\n  {}: {}", step.stage, step.found)?;
        }
        Ok(())
    }
}
