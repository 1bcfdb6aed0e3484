//! `indelible retention show`.

use clap::Args;
use indelible_proto::v1::GetRetentionRequest;

use super::rules::RuleView;
use crate::cli::{
    error::CliError,
    privacy::caution,
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
            ledger: self.ledger.clone(),
        });
        let rules = client.get_retention(request).await?.into_inner().rules;
        for rule in &rules {
            match session.output.is_json() {
                true => session.output.object_line(&RuleView::new(rule))?,
                false => session.output.line(printable(&in_words(rule)))?,
            }
        }
        let nothing = none_in_force(caution::warn(session, &self.ledger).await?);
        if rules.is_empty() {
            session.output.remark(nothing);
        }
        Ok(())
    }
}

/// Said where there are no rules, of a ledger that may lack records or does not.
pub(super) fn none_in_force(may_lack_records: bool) -> &'static str {
    match may_lack_records {
        true => "no rule of retention is known to be in force",
        false => "no rule of retention is in force: everything is kept",
    }
}
