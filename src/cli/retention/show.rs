//! `indelible retention show`.

use clap::Args;
use indelible_proto::v1::GetRetentionRequest;

use super::rules::RuleView;
use crate::cli::{
    error::CliError,
    session::Session,
    ui::{rule::in_words, table::printable},
};

/// Show the rules of retention in force
///
/// With --output json one object a line, as `retention set --rules` reads them.
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// Name or origin
    ledger: String,
}

impl Show {
    pub(super) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let mut client = session.connection.open_retention().await?;
        let request = session.connection.request(GetRetentionRequest {
            ledger: self.ledger,
        });
        let rules = client.get_retention(request).await?.into_inner().rules;
        for rule in &rules {
            match session.output.is_json() {
                true => session.output.object_line(&RuleView::new(rule))?,
                false => session.output.line(printable(&in_words(rule)))?,
            }
        }
        if rules.is_empty() {
            session
                .output
                .remark("no rule of retention is in force: everything is kept");
        }
        Ok(())
    }
}
