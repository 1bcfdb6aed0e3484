//! `indelible agent grant` and `indelible agent deny`.

use std::path::PathBuf;

use clap::Args;
use indelible_proto::v1::{
    AnswerAgentApprovalRequest, ApprovalOfBatch, GrantAgentApprovalsRequest,
};

use super::approvals::{ApprovalView, one};
use crate::cli::{
    error::CliError,
    governance::{recorded, request},
    session::Session,
    ui::{confirm, table::printable},
};

/// Grant exactly one act of an agent, or several that are of low risk
///
/// Shows what is asked, and grants it once you have typed "grant". Whoever asked, the agent, its operator and those who speak
/// for it can't grant it. Several are granted together or not at all, and only if the policy calls each of them low risk.
#[derive(Debug, Args)]
pub(crate) struct Grant {
    /// Name or origin
    ledger: String,
    /// The number of the approval; or the numbers of up to 50 of low risk
    #[arg(required = true, num_args = 1..=50, value_name = "APPROVAL")]
    approvals: Vec<u64>,
    /// The digest of the act that you looked at: 64 hexadecimal digits; then nothing is asked
    #[arg(long, value_name = "HEX")]
    act: Option<String>,
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
        let &[approval] = &self.approvals[..] else {
            return self.batch(session).await;
        };
        let Self {
            ledger,
            act,
            request,
            yes,
            ..
        } = self;
        let asked = one(session, &ledger, approval).await?;
        if let Some(path) = &request {
            let named = request::read(path, ledger.clone())?;
            request::check_act(&named, &asked)?;
        }
        let digest = asked.act_digest.clone();
        if act.is_none() && !yes {
            let view = ApprovalView::of(asked);
            let question = format!("{view}\n\nThis lets {}, once.", view.what());
            confirm::word(&mut session.output, &printable(&question), "grant")?;
        }
        answer(session, ledger, approval, act.unwrap_or(digest), true).await
    }
}

impl Grant {
    /// Several together, each as it was shown.
    async fn batch(self, session: &mut Session) -> Result<(), CliError> {
        if self.act.is_some() || self.request.is_some() {
            return Err(CliError::Usage(
                "--act and --request are of one act; several approvals are granted without them"
                    .to_owned(),
            ));
        }
        let (mut batch, mut shown) = (Vec::new(), String::new());
        for approval in &self.approvals {
            let asked = one(session, &self.ledger, *approval).await?;
            batch.push(ApprovalOfBatch {
                approval: *approval,
                act_digest: asked.act_digest.clone(),
            });
            shown.push_str(&format!("{}\n\n", ApprovalView::of(asked)));
        }
        if !self.yes {
            let question = format!("{shown}This grants all {} of them, once each.", batch.len());
            confirm::word(&mut session.output, &printable(&question), "grant")?;
        }
        let mut client = session.connection.open_governance().await?;
        let request = session.connection.request(GrantAgentApprovalsRequest {
            ledger: self.ledger,
            approvals: batch,
        });
        let answer = client.grant_agent_approvals(request).await?.into_inner();
        session.output.answer(&recorded(answer.place))
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
