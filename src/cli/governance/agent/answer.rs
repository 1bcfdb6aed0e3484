//! `indelible agent grant` and `indelible agent deny`.

use std::path::PathBuf;

use clap::Args;
use indelible_proto::v1::AnswerAgentApprovalRequest;

use super::approvals::{ApprovalView, one};
use crate::cli::{
    error::CliError,
    governance::{recorded, request},
    session::Session,
    ui::{confirm, table::printable},
};

/// Grant exactly one act of an agent
///
/// Shows what is asked, and grants it once you have typed "grant". Whoever asked, the agent, its operator and those who speak
/// for it can't grant it.
#[derive(Debug, Args)]
pub(crate) struct Grant {
    #[command(flatten)]
    answer: Answer,
    /// The agent's request, as `decide` takes it: is refused unless it is exactly the act that is asked for
    ///
    /// The ledger has a digest of the arguments and not the arguments. So have the request sent to you, read what is to be
    /// done in it, and name it here.
    #[arg(long, value_name = "FILE")]
    request: Option<PathBuf>,
    /// Do not ask for confirmation
    #[arg(long, short)]
    yes: bool,
}

/// Deny one act of an agent
#[derive(Debug, Args)]
pub(crate) struct Deny {
    #[command(flatten)]
    answer: Answer,
}

#[derive(Debug, Args)]
struct Answer {
    /// Name or origin
    ledger: String,
    /// The number of the approval
    approval: u64,
    /// The digest of the act that you looked at: 64 hexadecimal digits; then nothing is asked
    #[arg(long, value_name = "HEX")]
    act: Option<String>,
}

impl Grant {
    pub(super) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let Answer {
            ledger,
            approval,
            act,
        } = self.answer;
        let asked = one(session, &ledger, approval).await?;
        if let Some(path) = &self.request {
            let request = request::read(path, ledger.clone())?;
            request::check_act(&request, &asked)?;
        }
        let digest = asked.act_digest.clone();
        if act.is_none() && !self.yes {
            let view = ApprovalView::of(asked);
            let question = format!("{view}\n\nThis lets {}, once.", view.what());
            confirm::word(&mut session.output, &printable(&question), "grant")?;
        }
        answer(session, ledger, approval, act.unwrap_or(digest), true).await
    }
}

impl Deny {
    pub(super) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let Answer {
            ledger,
            approval,
            act,
        } = self.answer;
        let act = match act {
            Some(act) => act,
            None => one(session, &ledger, approval).await?.act_digest,
        };
        answer(session, ledger, approval, act, false).await
    }
}

async fn answer(
    session: &mut Session,
    ledger: String,
    approval: u64,
    act_digest: String,
    grant: bool,
) -> Result<(), CliError> {
    let mut client = session.connection.open_governance().await?;
    let request = session.connection.request(AnswerAgentApprovalRequest {
        ledger,
        approval,
        act_digest,
        grant,
    });
    let answer = client.answer_agent_approval(request).await?.into_inner();
    session.output.answer(&recorded(answer.place))
}
