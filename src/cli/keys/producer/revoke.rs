//! `indelible producer revoke`.

use std::fmt;

use clap::Args;
use indelible_interchange::hex;
use indelible_proto::v1::RevokeProducerRequest;
use serde::Serialize;

use crate::cli::{
    error::CliError,
    keys::{producer::digits::public_key, recorded::Recorded},
    session::Session,
    ui::{confirm, table::Table},
};

/// Revoke a producer's key: nothing that it signs is taken any more
///
/// Events that it signed before stay. From the given sequence number on, verifiers count its signatures for nothing. A
/// revoked key can't be registered again.
#[derive(Debug, Args)]
pub(crate) struct Revoke {
    /// Name or origin
    ledger: String,
    /// The public key, as `producer list` shows it: 64 hexadecimal digits
    #[arg(value_parser = public_key)]
    key: [u8; 32],
    /// The first sequence number at which its signatures count for nothing, 0 for all of them [default: from now on]
    #[arg(long, value_name = "SEQUENCE")]
    from: Option<u64>,
    /// Why; auditors read it, so name no person in it
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Do not ask for confirmation
    #[arg(long, short)]
    yes: bool,
}

impl Revoke {
    pub(super) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let public_key = hex::encode(&self.key);
        if !self.yes {
            let from = match self.from {
                Some(from) => format!("from record {from} on"),
                None => "from now on".to_owned(),
            };
            let question = format!(
                "This revokes the producer's key {public_key} of {}: its signatures count for nothing {from}.",
                self.ledger
            );
            confirm::ledger(&mut session.output, &question, &self.ledger)?;
        }
        let mut client = session.connection.open_keys().await?;
        let request = session.connection.request(RevokeProducerRequest {
            ledger: self.ledger,
            public_key: self.key.to_vec().into(),
            first_void_sequence: self.from,
            reason: self.reason.unwrap_or_default(),
        });
        let answer = client.revoke_producer(request).await?.into_inner();
        session.output.answer(&Revoked {
            public_key,
            recorded: Recorded::new(answer.sequence, answer.recorded_time.as_ref()),
        })
    }
}

/// A key that was revoked.
#[derive(Serialize)]
struct Revoked {
    public_key: String,
    #[serde(flatten)]
    recorded: Recorded,
}

impl fmt::Display for Revoked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::default();
        table.row("public key", &self.public_key);
        self.recorded.rows(&mut table);
        table.fmt(f)
    }
}
