//! `indelible request list` and `indelible request show`.

use clap::Args;
use indelible_proto::v1::{
    ApprovalRequest, GetApprovalRequestRequest, ListApprovalRequestsRequest,
};

use super::{id::id, view::RequestView};
use crate::cli::{
    error::CliError,
    session::Session,
    ui::columns::{Column, Columns},
};

const PAGE_SIZE: i32 = 1_000;

const COLUMNS: &[Column] = &[
    Column::text("request"),
    Column::text("state"),
    Column::text("requested by"),
    Column::text("to do"),
    Column::text("expires"),
    Column::text("answered by"),
];

/// List the requests that you may see: those that wait, and those that ended in the last 30 days
#[derive(Debug, Args)]
pub(crate) struct List {}

/// Show one request
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The id of the request
    #[arg(value_name = "ID", value_parser = id)]
    id: String,
}

impl List {
    pub(super) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let mut client = session.connection.open_approvals().await?;
        let mut columns = Columns::new(COLUMNS);
        let mut page_token = String::new();
        loop {
            let request = session.connection.request(ListApprovalRequestsRequest {
                page_size: PAGE_SIZE,
                page_token,
            });
            let page = client.list_approval_requests(request).await?.into_inner();
            let views: Vec<_> = page.requests.iter().map(RequestView::new).collect();
            if session.output.is_json() {
                for view in &views {
                    session.output.object_line(view)?;
                }
            } else {
                let rows: Vec<_> = views.iter().map(RequestView::row).collect();
                columns.show(&mut session.output, &rows)?;
            }
            page_token = page.next_page_token;
            if page_token.is_empty() {
                columns.end(&mut session.output, "no request");
                return Ok(());
            }
        }
    }
}

impl Show {
    pub(super) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let request = get(session, &self.id).await?;
        session.output.answer(&RequestView::new(&request))
    }
}

/// The request of an id.
pub(crate) async fn get(session: &Session, id: &str) -> Result<ApprovalRequest, CliError> {
    let mut client = session.connection.open_approvals().await?;
    let request = session.connection.request(GetApprovalRequestRequest {
        approval_id: id.to_owned(),
    });
    let answer = client.get_approval_request(request).await?.into_inner();
    answer.request.ok_or(CliError::Answer("no request in it"))
}
