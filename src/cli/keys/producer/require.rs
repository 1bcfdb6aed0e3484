//! `indelible producer require`.

use clap::Args;
use indelible_proto::v1::SetSignedSourcesRequest;

use crate::cli::{error::CliError, keys::recorded::Recorded, session::Session};

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
            sources: self.sources,
            reason: self.reason.unwrap_or_default(),
        });
        let answer = client.set_signed_sources(request).await?.into_inner();
        let recorded = Recorded::new(answer.sequence, answer.recorded_time.as_ref());
        session.output.answer(&recorded)
    }
}
