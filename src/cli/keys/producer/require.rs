//! `indelible producer require`.

use std::fmt;

use clap::Args;
use indelible_proto::v1::SetSignedSourcesRequest;
use serde::Serialize;

use crate::cli::{error::CliError, keys::recorded::Recorded, session::Session, ui::table::Table};

/// Say of which sources events must be signed by their producers: of these, and of no others
#[derive(Debug, Args)]
pub(crate) struct Require {
    /// Name or origin
    ledger: String,
    /// A source whose events must be signed; may be given several times. It takes the place of those before
    #[arg(
        long = "source",
        value_name = "SOURCE",
        required_unless_present = "none",
        conflicts_with = "none"
    )]
    sources: Vec<String>,
    /// No event must be signed any more
    #[arg(long)]
    none: bool,
    /// Why; auditors read it, so name no person in it
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

impl Require {
    pub(super) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let mut client = session.connection.open_keys().await?;
        let request = session.connection.request(SetSignedSourcesRequest {
            ledger: self.ledger,
            sources: self.sources.clone(),
            reason: self.reason.unwrap_or_default(),
        });
        let answer = client.set_signed_sources(request).await?.into_inner();
        session.output.answer(&Demand {
            signed_sources: self.sources,
            recorded: Recorded::new(answer.sequence, answer.recorded_time.as_ref()),
        })
    }
}

/// What is demanded from that record on.
#[derive(Serialize)]
struct Demand {
    /// All sources whose events must be signed.
    signed_sources: Vec<String>,
    #[serde(flatten)]
    recorded: Recorded,
}

impl fmt::Display for Demand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::default();
        match self.signed_sources.is_empty() {
            true => table.row("must be signed", "events of no source"),
            false => table.row(
                "must be signed",
                "events of these sources, and of no others:",
            ),
        };
        for source in &self.signed_sources {
            table.row("", source);
        }
        self.recorded.rows(&mut table);
        table.fmt(f)
    }
}
