//! `indelible decision`.

use std::{fmt, path::PathBuf};

use clap::{Args, Subcommand};
use indelible_proto::v1::{
    CompleteDecisionRequest, CompleteDecisionResponse, ReleaseDecisionRequest,
};
use serde::Serialize;

use super::{
    attempt::FailedAttempt,
    decide::word_of,
    recorded,
    request::{content, nano_usd, read},
    table,
};
use crate::cli::{error::CliError, keys::recorded::Recorded, session::Session};

/// Say what came of a decision
#[derive(Debug, Subcommand)]
pub(crate) enum DecisionCommand {
    Complete(Complete),
    Release(Release),
}

/// Record what was used: what was reserved is settled with it
///
/// With an output, ends with 0 only if the policies of the decision let it pass; the decision is settled in any case.
#[derive(Debug, Args)]
pub(crate) struct Complete {
    /// Name or origin
    ledger: String,
    /// The sequence number of the decision
    decision: u64,
    /// Tokens that were used; without it, those that were reserved count
    #[arg(long)]
    tokens: Option<u64>,
    /// Dollars that it cost, such as 0.25; without it, what was reserved counts
    #[arg(long, value_name = "DOLLARS", value_parser = nano_usd)]
    usd: Option<u64>,
    /// The SHA-256 of the output: 64 hexadecimal digits
    #[arg(long, value_name = "HEX")]
    output_digest: Option<String>,
    /// What came out, as JSON: it is held against the policies of the decision, and its digest is recorded
    #[arg(long, value_name = "FILE", conflicts_with = "output_digest")]
    output_file: Option<PathBuf>,
    /// A tool that the output asks to call; once for each call
    #[arg(long = "output-tool", value_name = "TOOL", requires = "output_file")]
    output_tools: Vec<String>,
    /// The request as it was decided: needed with an output under a policy of AIGC's kind
    #[arg(long, value_name = "FILE", requires = "output_file")]
    request: Option<PathBuf>,
}

/// Give back what was reserved, because nothing ran
#[derive(Debug, Args)]
pub(crate) struct Release {
    /// Name or origin
    ledger: String,
    /// The sequence number of the decision
    decision: u64,
}

impl DecisionCommand {
    pub(crate) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        match self {
            Self::Complete(command) => command.run(session).await,
            Self::Release(command) => command.run(session).await,
        }
    }
}

impl Complete {
    async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let output = self.output_file.as_deref().map(content).transpose()?;
        let decided = self.request.as_deref();
        let decided = decided.map(|path| read(path, String::new())).transpose()?;
        let mut client = session.connection.open_governance().await?;
        let request = session.connection.request(CompleteDecisionRequest {
            ledger: self.ledger,
            decision: self.decision,
            tokens: self.tokens,
            cost_nano_usd: self.usd,
            output_digest: self.output_digest.unwrap_or_default(),
            output_json: output.unwrap_or_default().into(),
            output_tools: self.output_tools,
            request: decided,
        });
        let answer = client.complete_decision(request).await?.into_inner();
        let settled = Settled::of(answer);
        session.output.answer(&settled)?;
        match settled.verdict {
            Some("allow" | "warn") => Ok(()),
            _ => {
                let problem = "the output must not be used; the decision is settled, and the verdict is on record";
                Err(CliError::NotAllowed(problem.to_owned()))
            }
        }
    }
}

impl Release {
    async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let mut client = session.connection.open_governance().await?;
        let request = session.connection.request(ReleaseDecisionRequest {
            ledger: self.ledger,
            decision: self.decision,
        });
        let answer = client.release_decision(request).await?.into_inner();
        session.output.answer(&Settled {
            repeated: answer.repeated,
            verdict: None,
            code: String::new(),
            message: String::new(),
            tools: Vec::new(),
            output_digest: String::new(),
            late: false,
            overrun: false,
            failed_attempt: None,
            recorded: recorded(answer.place),
        })
    }
}

/// How a decision ended.
#[derive(Serialize)]
struct Settled {
    repeated: bool,
    /// Of a decision that is completed.
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<&'static str>,
    #[serde(skip_serializing_if = "String::is_empty")]
    code: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    message: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tools: Vec<Tool>,
    #[serde(skip_serializing_if = "String::is_empty")]
    output_digest: String,
    late: bool,
    overrun: bool,
    /// Where the output did not fit its schema, and the policy has a `retry_policy`.
    #[serde(skip_serializing_if = "Option::is_none")]
    failed_attempt: Option<FailedAttempt>,
    #[serde(flatten)]
    recorded: Recorded,
}

/// A tool that the output asks to call.
#[derive(Serialize)]
struct Tool {
    name: String,
    allowed: bool,
    #[serde(skip_serializing_if = "String::is_empty")]
    code: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    message: String,
}

impl fmt::Display for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.allowed {
            true => write!(f, "{}: may be asked for", self.name),
            false => write!(f, "{}: denied, {}", self.name, self.message),
        }
    }
}

impl Settled {
    fn of(answer: CompleteDecisionResponse) -> Self {
        let verdict = word_of(answer.verdict());
        let tools = answer.tools.into_iter().map(|tool| Tool {
            name: tool.name,
            allowed: tool.allowed,
            code: tool.code,
            message: tool.message,
        });
        Self {
            repeated: answer.repeated,
            verdict: Some(verdict),
            code: answer.code,
            message: answer.message,
            tools: tools.collect(),
            output_digest: answer.output_digest,
            late: answer.late,
            overrun: answer.overrun,
            failed_attempt: answer.failed_attempt.map(FailedAttempt::from),
            recorded: recorded(answer.place),
        }
    }
}

impl fmt::Display for Settled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        table(f, |table| {
            table
                .row_if("verdict", self.verdict.unwrap_or_default())
                .row_if("code", &self.code)
                .row_if("because", &self.message);
            for tool in &self.tools {
                table.row("tool", tool);
            }
            table.row_if("output", &self.output_digest);
            if self.late {
                table.row("late", "yes: the reservation had expired");
            }
            if self.overrun {
                table.row("overrun", "yes: more was used than reserved");
            }
            if let Some(attempt) = &self.failed_attempt {
                attempt.rows(table);
            }
            self.recorded.rows(table);
        })
    }
}
