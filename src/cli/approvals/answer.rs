//! `indelible request approve`, `decline` and `withdraw`.

use clap::Args;
use indelible_proto::v1::{
    ApprovalRequest, ApproveRequest, DeclineRequest, WithdrawRequest, approval_request::Act,
};

use super::{
    id::id,
    look::get,
    view::{RequestView, what},
};
use crate::cli::{
    error::CliError,
    session::Session,
    ui::{confirm, data_subject::Subject, table::printable},
};

/// Approve a request, as somebody else than whoever asked
///
/// The store keeps neither the name of a data subject nor a basis or reason. So you say them again, as whoever asked told you:
/// the daemon compares them, and approves nothing if they differ.
#[derive(Debug, Args)]
pub(crate) struct Approve {
    /// The id of the request
    #[arg(value_name = "ID", value_parser = id)]
    id: String,
    #[command(flatten)]
    subject: Subject,
    /// The basis of an erasure, or the reason of a revocation, of rules of retention or of the end of a ledger, exactly as it was given
    #[arg(long, value_name = "TEXT", visible_alias = "reason")]
    basis: Option<String>,
    /// Do not ask for confirmation
    #[arg(long, short)]
    yes: bool,
}

/// Decline a request; nothing comes of it any more, even if somebody else approved it
#[derive(Debug, Args)]
pub(crate) struct Decline {
    /// The id of the request
    #[arg(value_name = "ID", value_parser = id)]
    id: String,
}

/// Take back a request of your own
#[derive(Debug, Args)]
pub(crate) struct Withdraw {
    /// The id of the request
    #[arg(value_name = "ID", value_parser = id)]
    id: String,
}

impl Approve {
    pub(super) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let data_subject = self.subject.read()?.unwrap_or_default();
        let asked = get(session, &self.id).await?;
        check_said(&asked, &data_subject, self.basis.as_deref())?;
        if !self.yes {
            let question = printable(&format!(
                "This lets {} {}, once.",
                asked.requester,
                what(&asked)
            ));
            match self.subject.takes_standard_input() {
                true => return Err(confirm::nobody_to_ask()),
                false => confirm::word(&mut session.output, &question, "approve")?,
            }
        }
        let mut client = session.connection.open_approvals().await?;
        let request = session.connection.request(ApproveRequest {
            approval_id: self.id,
            digest: asked.digest,
            data_subject,
            words: self.basis.unwrap_or_default(),
        });
        let answer = client.approve(request).await?.into_inner();
        shown(session, answer.request.as_ref())
    }
}

impl Decline {
    pub(super) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let mut client = session.connection.open_approvals().await?;
        let approval_id = self.id;
        let request = session.connection.request(DeclineRequest { approval_id });
        let answer = client.decline(request).await?.into_inner();
        shown(session, answer.request.as_ref())
    }
}

impl Withdraw {
    pub(super) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let mut client = session.connection.open_approvals().await?;
        let approval_id = self.id;
        let request = session.connection.request(WithdrawRequest { approval_id });
        let answer = client.withdraw(request).await?.into_inner();
        shown(session, answer.request.as_ref())
    }
}

/// Whether all is said that an approver must say, and nothing else.
fn check_said(
    asked: &ApprovalRequest,
    data_subject: &str,
    words: Option<&str>,
) -> Result<(), CliError> {
    let is_erasure = matches!(asked.act, Some(Act::EraseDataSubject(_)));
    let option = if is_erasure { "--basis" } else { "--reason" };
    let has_words = words.is_some_and(|words| !words.is_empty());
    let problem = match (data_subject.is_empty(), has_words) {
        (true, _) if is_erasure => {
            "the data subject must be said again by the approver, exactly as it was asked for: --subject or --subject-file"
                .to_owned()
        }
        (false, _) if !is_erasure => {
            "the request is about no data subject: leave --subject and --subject-file out".to_owned()
        }
        (_, false) if asked.has_words => format!(
            "{option} must be said again by the approver, exactly as it was asked for"
        ),
        (_, true) if !asked.has_words => {
            "the request has no basis and no reason: leave --basis and --reason out".to_owned()
        }
        _ => return Ok(()),
    };
    Err(CliError::Usage(problem))
}

fn shown(session: &mut Session, request: Option<&ApprovalRequest>) -> Result<(), CliError> {
    let request = request.ok_or(CliError::Answer("no request in it"))?;
    session.output.answer(&RequestView::new(request))
}
