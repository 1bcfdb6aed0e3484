//! `indelible keys`: new keys for old.

use clap::{Args, Subcommand};
use indelible_proto::v1::RotateDataKeyRequest;
use serde_json::json;

use super::{
    Session,
    error::CliError,
    time,
    view::{Table, hex},
};

/// Rotate keys
#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Put a new key in the place of one that is in use
    #[command(subcommand)]
    Rotate(Rotate),
}

/// What is rotated.
#[derive(Debug, Subcommand)]
pub(crate) enum Rotate {
    Data(Data),
}

/// Give a ledger that encrypts all events a new data key
///
/// Events from here on are encrypted under it; what is encrypted under earlier ones stays readable. Keys of data
/// subjects are not concerned: erasing a subject destroys them.
#[derive(Debug, Args)]
pub(crate) struct Data {
    /// Name or origin
    ledger: String,
}

impl KeysCommand {
    pub(super) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        match self {
            Self::Rotate(Rotate::Data(command)) => command.run(session).await,
        }
    }
}

impl Data {
    async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let mut client = session.connection.open_keys().await?;
        let request = session.connection.request(RotateDataKeyRequest {
            ledger: self.ledger,
        });
        let answer = client.rotate_data_key(request).await?.into_inner();
        let (key, recorded) = (
            hex(&answer.data_key),
            time::to_text(answer.recorded_time_unix_nano),
        );
        let mut table = Table::default();
        table
            .row("data key", &key)
            .row("sequence", answer.sequence)
            .row("recorded", &recorded);
        let value =
            json!({"data_key": key, "sequence": answer.sequence, "recorded_time": recorded});
        session.output.result(&value, table)
    }
}
