//! `indelible policy explain`: why a decision of a bundle came out as it did; or what a request comes to and why, under a policy
//! or in a ledger.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use clap::Args;
use indelible_evidence::verify::Trust;
use indelible_governance::{explain::Explanation, record::Entry};
use indelible_proto::v1::TestDecisionRequest;
use serde::Serialize;

use super::{bundle, key};
use crate::cli::{
    error::CliError,
    governance::{kind::Kind, request, trial::tried},
    session::Session,
};

/// Say which rule decides, and why: of a decision in a bundle, or of a request
///
/// With `--key`, of the record with this number in a bundle, which is verified first; without a daemon. What was asked stands in
/// the record as a digest, and so is not told.
///
/// With `--policy`, of a request as `decide` takes it, under this policy alone, in a ledger in which nothing was decided yet;
/// without a daemon. With `--ledger`, under what governs it in this ledger, as it stands now; nothing is recorded, counted or
/// set aside.
#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// The bundle (a .tar or .tar.zst file of the whole ledger), or the request; - for standard input
    file: PathBuf,
    /// The number of the decision's record
    #[arg(
        requires = "key",
        required_unless_present_any = ["policy", "ledger"],
        conflicts_with_all = ["policy", "ledger"]
    )]
    sequence: Option<u64>,
    /// A file with the ledger's key, as `indelible ledger key` writes it
    #[arg(long, value_name = "FILE", requires = "sequence")]
    key: Option<PathBuf>,
    /// The policy; bases that it extends are read from the same directory
    #[arg(
        long,
        value_name = "FILE",
        requires = "kind",
        conflicts_with = "ledger"
    )]
    policy: Option<PathBuf>,
    /// The kind of that policy
    #[arg(long, value_enum, requires = "policy")]
    kind: Option<Kind>,
    /// Name or origin of the ledger
    #[arg(long)]
    ledger: Option<String>,
    /// Who would ask; without it, you
    #[arg(long = "as", value_name = "PRINCIPAL", requires = "ledger")]
    principal: Option<String>,
}

impl Explain {
    /// Whether it asks a daemon.
    pub(crate) fn calls_a_daemon(&self) -> bool {
        self.ledger.is_some()
    }

    pub(crate) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        if let Some(ledger) = self.ledger {
            return in_ledger(session, ledger, &self.file, self.principal).await;
        }
        if let (Some(policy), Some(kind)) = (&self.policy, self.kind) {
            let decision = tried(kind, policy, &self.file)?;
            let explained = Explained::of(decision.explain());
            return session.output.answer(&explained);
        }
        match (self.sequence, &self.key) {
            (Some(sequence), Some(path)) => {
                let explained = in_bundle(&self.file, sequence, path)?;
                session.output.answer(&explained)
            }
            _ => Err(CliError::Usage(
                "give the number of a record and --key, --policy, or --ledger".to_owned(),
            )),
        }
    }
}

/// What a request comes to in a ledger now.
async fn in_ledger(
    session: &mut Session,
    ledger: String,
    file: &Path,
    principal: Option<String>,
) -> Result<(), CliError> {
    let asked = request::read(file, String::new())?;
    let mut client = session.connection.open_governance().await?;
    let request = session.connection.request(TestDecisionRequest {
        ledger,
        request: Some(asked),
        principal: principal.unwrap_or_default(),
    });
    let answer = client.test_decision(request).await?.into_inner();
    let steps = answer.steps.into_iter().map(|step| Step {
        stage: step.step,
        found: step.found,
    });
    session.output.answer(&Explained {
        sequence: None,
        binding: (!answer.binding.is_empty()).then_some(answer.binding),
        verdict: answer.explanation,
        steps: steps.collect(),
    })
}

fn in_bundle(file: &Path, sequence: u64, key_file: &Path) -> Result<Explained, CliError> {
    let trust = Trust::in_key(key(key_file)?);
    let governed = bundle::read(file, &trust)?;
    let wrong = |problem: String| CliError::Input {
        name: file.display().to_string(),
        problem,
    };
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
    Ok(Explained {
        sequence: Some(sequence),
        ..Explained::of(decision.explain())
    })
}

#[derive(Serialize)]
struct Explained {
    /// The record, if it is of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    sequence: Option<u64>,
    /// The binding that governs it, if a ledger was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    binding: Option<String>,
    verdict: String,
    steps: Vec<Step>,
}

#[derive(Serialize)]
struct Step {
    stage: String,
    found: String,
}

impl Explained {
    fn of(explanation: Explanation) -> Self {
        let steps = explanation.steps.into_iter();
        Self {
            sequence: None,
            binding: None,
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
        if let Some(sequence) = self.sequence {
            write!(f, "record {sequence}: ")?;
        }
        if let Some(binding) = &self.binding {
            write!(f, "by the binding {binding}: ")?;
        }
        f.write_str(&self.verdict)?;
        for step in &self.steps {
            write!(f, "\n  {}: {}", step.stage, step.found)?;
        }
        Ok(())
    }
}
