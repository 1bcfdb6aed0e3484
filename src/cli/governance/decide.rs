//! `indelible decide`.

use std::{fmt, path::PathBuf, time::Duration};

use clap::Args;
use indelible_governance::record::Entry;
use indelible_proto::v1::{
    DecideRequest, DecideResponse, DecisionStanding, DecisionVerdict, ErrorReason,
};
use serde::Serialize;
use serde_json::value::RawValue;

use super::{attempt::FailedAttempt, recorded, request::read, table};
use crate::cli::{error::CliError, keys::recorded::Recorded, session::Session, ui::time};

/// Seconds for which one call waits; longer waits are several calls.
const CALL_WAITS_SECONDS: u64 = 50;
/// Seconds that a call takes besides.
const CALL_SECONDS: u64 = 10;

/// Ask whether something may be done, before it is done
///
/// The file holds one JSON object: source, id, kind (model_call, tool_call, proposal or named), action, and as far as policies
/// need them agent, session, api, arguments, invocation, aegis, input_tokens, output_tokens, cost_usd (text), approval,
/// override, retry_of, labels.
/// Ends with 0 only if it is allowed, and may still be done. The same file again gets the same decision.
#[derive(Debug, Args)]
pub(crate) struct Decide {
    /// Name or origin
    ledger: String,
    /// The request; - for standard input
    file: PathBuf,
    /// Where a human must grant the act, wait so many seconds for the answer; the decision is recorded then
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 0,
        hide_default_value = true
    )]
    wait: u64,
}

impl Decide {
    pub(crate) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let request = read(&self.file, self.ledger)?;
        let answer = ask(session, request, self.wait).await?;
        let shown = Shown::of(answer)?;
        session.output.answer(&shown)?;
        match shown.may_act {
            true => Ok(()),
            false => {
                let problem = "this must not be done now; the decision is on record".to_owned();
                Err(CliError::NotAllowed(problem))
            }
        }
    }
}

/// Asks, and waits for a human as long as it should. What nobody has answered by then is escalated on record.
async fn ask(
    session: &mut Session,
    mut request: DecideRequest,
    wait: u64,
) -> Result<DecideResponse, CliError> {
    let mut client = session.connection.open_governance().await?;
    let mut left = wait;
    loop {
        let seconds = left.min(CALL_WAITS_SECONDS);
        left -= seconds;
        request.wait_seconds = u32::try_from(seconds).unwrap_or_default();
        if seconds == 0 {
            let asked = session.connection.request(request);
            return Ok(client.decide(asked).await?.into_inner());
        }
        let mut asked = tonic::Request::new(request.clone());
        asked.set_timeout(Duration::from_secs(seconds + CALL_SECONDS));
        match client.decide(asked).await.map_err(CliError::from) {
            Err(CliError::Daemon(refusal)) if refusal.is(ErrorReason::ApprovalAwaited) => {}
            answered => return Ok(answered?.into_inner()),
        }
    }
}

/// A decision.
#[derive(Serialize)]
struct Shown {
    verdict: &'static str,
    may_act: bool,
    shadow: bool,
    repeated: bool,
    standing: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    code: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    message: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    step: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    retry_time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    open_approval: Option<u64>,
    #[serde(skip_serializing_if = "String::is_empty")]
    granters_lack: String,
    /// Where the request had its output already, and that did not fit its schema.
    #[serde(skip_serializing_if = "Option::is_none")]
    failed_attempt: Option<FailedAttempt>,
    act_digest: String,
    request_salt: String,
    #[serde(flatten)]
    recorded: Recorded,
    decision: Box<RawValue>,
    /// What a policy of AEGIS' kind says, for people.
    #[serde(skip)]
    lines: Vec<(&'static str, String)>,
}

impl Shown {
    fn of(answer: DecideResponse) -> Result<Self, CliError> {
        let verdict = answer.verdict();
        let standing = answer.standing();
        let lines = match Entry::decode(&answer.decision_json) {
            Ok(Entry::Decision(decision)) => super::aegis::lines(&decision),
            // Of a later daemon: the answer has all that is needed.
            _ => Vec::new(),
        };
        let decision = String::from_utf8_lossy(&answer.decision_json).into_owned();
        let decision = RawValue::from_string(decision).map_err(|error| CliError::Input {
            name: "the daemon's answer".to_owned(),
            problem: error.to_string(),
        })?;
        let is_allowed = matches!(verdict, DecisionVerdict::Allow | DecisionVerdict::Warn);
        let retry_time = answer.retry_time.as_ref();
        Ok(Self {
            // A shadow decision never stands in the way.
            may_act: answer.shadow || is_allowed && standing == DecisionStanding::Pending,
            shadow: answer.shadow,
            verdict: word_of(verdict),
            repeated: answer.repeated,
            standing: standing_of(standing),
            code: answer.code,
            message: answer.message,
            step: answer.step,
            retry_time: retry_time
                .map(|_| time::to_text(retry_time))
                .unwrap_or_default(),
            open_approval: (answer.open_approval > 0).then_some(answer.open_approval),
            granters_lack: answer.granters_lack,
            failed_attempt: answer.failed_attempt.map(FailedAttempt::from),
            act_digest: answer.act_digest,
            request_salt: indelible_interchange::hex::encode(&answer.request_salt),
            recorded: recorded(answer.place),
            decision,
            lines,
        })
    }
}

pub(super) fn word_of(verdict: DecisionVerdict) -> &'static str {
    match verdict {
        DecisionVerdict::Allow => "allow",
        DecisionVerdict::Warn => "warn",
        DecisionVerdict::Escalate => "escalate",
        DecisionVerdict::Deny => "deny",
        DecisionVerdict::Unspecified => "unknown",
    }
}

fn standing_of(standing: DecisionStanding) -> &'static str {
    match standing {
        DecisionStanding::Pending => "pending",
        DecisionStanding::Expired => "expired",
        DecisionStanding::Closed => "closed",
        DecisionStanding::Halted => "halted",
        DecisionStanding::Unspecified => "unknown",
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        table(f, |table| {
            table.row("verdict", self.verdict);
            if self.shadow {
                table.row("shadow", "yes: it is only shown what it would be");
            }
            table.row_if("code", &self.code);
            table.row_if("because", &self.message);
            table.row_if("ask again", &self.retry_time);
            if let Some(approval) = self.open_approval {
                table.row("approval", approval).row("act", &self.act_digest);
            }
            table.row_if("but", &self.granters_lack);
            if let Some(attempt) = &self.failed_attempt {
                attempt.rows(table);
            }
            for (name, text) in &self.lines {
                table.row(*name, text);
            }
            table.row("standing", self.standing);
            if self.repeated {
                table.row("repeated", "yes");
            }
            self.recorded.rows(table);
        })
    }
}
