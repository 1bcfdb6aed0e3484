//! `indelible token list`.

use clap::Args;
use indelible_proto::v1::ListTokensRequest;

use super::view::TokenView;
use crate::cli::{
    error::CliError,
    session::Session,
    ui::columns::{Column, Columns},
};

const PAGE_SIZE: i32 = 1_000;

const COLUMNS: &[Column] = &[
    Column::text("id"),
    Column::text("name"),
    Column::text("roles"),
    Column::text("on"),
    Column::text("made by"),
    Column::text("expires"),
    Column::text("last used"),
    Column::text(""),
];

/// List the tokens that you may see: those that are valid, and those that ended in the last 30 days
#[derive(Debug, Args)]
pub(crate) struct List {}

impl List {
    pub(super) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let mut client = session.connection.open_access().await?;
        let mut columns = Columns::new(COLUMNS);
        let mut page_token = String::new();
        loop {
            let request = session.connection.request(ListTokensRequest {
                page_size: PAGE_SIZE,
                page_token,
            });
            let page = client.list_tokens(request).await?.into_inner();
            let views: Vec<_> = page.tokens.iter().map(TokenView::new).collect();
            if session.output.is_json() {
                for view in &views {
                    session.output.object_line(view)?;
                }
            } else {
                let rows: Vec<_> = views.iter().map(TokenView::row).collect();
                columns.show(&mut session.output, &rows)?;
            }
            page_token = page.next_page_token;
            if page_token.is_empty() {
                columns.end(&mut session.output, "no token");
                return Ok(());
            }
        }
    }
}
