//! The options of what takes two people, and how it is asked for.

use std::collections::BTreeSet;

use clap::Args;
use indelible_proto::v1::{ApprovalRequest, RequestApprovalRequest, request_approval_request::Act};

use super::{id::id, view::RequestView};
use crate::cli::{
    error::{CliError, quoted},
    session::Session,
    ui::{span::seconds, table::printable},
};

/// A request that was made.
pub(crate) struct Asked {
    pub(crate) request: ApprovalRequest,
    /// Who can approve it.
    pub(crate) approvers: Vec<String>,
}

/// Whether a command does something, or asks for it.
#[derive(Debug, Args)]
pub(crate) struct TwoPeople {
    /// Do nothing yet, and ask for it: somebody else must approve the request (`indelible request approve`). Needed where
    /// anybody was ever bound as approver
    #[arg(long, conflicts_with = "approved", help_heading = "Two people")]
    request: bool,
    /// After which time the request expires, such as 7d or 12h, at most 30d [default: 7d]
    #[arg(
        long,
        value_name = "TIME",
        requires = "request",
        value_parser = seconds,
        help_heading = "Two people"
    )]
    request_expires: Option<u64>,
    /// Do it, as somebody else has approved it: the id of the request, or the ids of all, where several were made. All else
    /// must be as it was asked for
    #[arg(long, value_name = "ID", value_parser = id, help_heading = "Two people")]
    approved: Vec<String>,
}

impl TwoPeople {
    /// Whether it is only asked for.
    pub(crate) fn asks(&self) -> bool {
        self.request
    }

    /// The request that somebody else has approved; empty if none is named.
    ///
    /// # Errors
    ///
    /// If several are named.
    pub(crate) fn approval_id(&self) -> Result<String, CliError> {
        match self.approved.as_slice() {
            [] => Ok(String::new()),
            [one] => Ok(one.clone()),
            _ => Err(CliError::Usage(
                "--approved is given several times, and one act has one request: name that one"
                    .to_owned(),
            )),
        }
    }

    /// All requests that are named.
    pub(crate) fn approval_ids(&self) -> &[String] {
        &self.approved
    }

    /// Asks for it, and says what an approver must run: `said` are the options by which names and words are said again, each
    /// with its value.
    pub(crate) async fn ask(
        &self,
        session: &mut Session,
        act: Act,
        said: &[(&str, &str)],
    ) -> Result<(), CliError> {
        let asked = self.request(session, act).await?;
        session.output.answer(&RequestView::new(&asked.request))?;
        tell(session, &[asked], said);
        Ok(())
    }

    /// Asks for one act.
    pub(crate) async fn request(&self, session: &Session, act: Act) -> Result<Asked, CliError> {
        let mut client = session.connection.open_approvals().await?;
        let request = session.connection.request(RequestApprovalRequest {
            act: Some(act),
            valid_seconds: self.request_expires.unwrap_or_default(),
        });
        let answer = client.request_approval(request).await?.into_inner();
        let request = answer.request.ok_or(CliError::Answer("no request in it"))?;
        Ok(Asked {
            request,
            approvers: answer.approvers,
        })
    }
}

/// Says what is to be done with requests that were made.
pub(crate) fn tell(session: &mut Session, asked: &[Asked], said: &[(&str, &str)]) {
    let said: String = said
        .iter()
        .map(|(option, value)| format!(" {option} {}", quoted(value)))
        .collect();
    let of_each = |form: &dyn Fn(&str) -> String| -> String {
        let ids = asked.iter().map(|asked| asked.request.approval_id.as_str());
        ids.map(form).collect()
    };
    let approve = of_each(&|id| format!("  indelible request approve {id}{said}\n"));
    let approved = of_each(&|id| format!(" --approved {id}"));
    let who = who(asked);
    session.output.remark(printable(&format!(
        "{who}\n{approve}Then run this again, with{approved} in the place of --request"
    )));
}

/// Who can approve.
fn who(asked: &[Asked]) -> String {
    if asked.iter().any(|asked| asked.approvers.is_empty()) {
        let where_it_is = match asked.len() {
            1 => "there",
            _ => "in all of these places",
        };
        return format!(
            "nothing was done yet, and nobody else is bound as approver {where_it_is}, so nobody can approve it. Whoever \
             writes the daemon's configuration can bind somebody, with roles = [\"approver\"] in [[access]]; it is taken \
             without a restart. Whoever is bound then runs:"
        );
    }
    let all = asked.iter().flat_map(|asked| &asked.approvers);
    let all: BTreeSet<_> = all.map(String::as_str).collect();
    let all: Vec<_> = all.into_iter().collect();
    format!(
        "nothing was done yet. Somebody else who is approver there ({}) runs:",
        all.join(", ")
    )
}
