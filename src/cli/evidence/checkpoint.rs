//! `indelible checkpoint`: the newest signed tree head.

use std::path::PathBuf;

use clap::Args;
use indelible_proto::v1::{CheckpointKind, GetCheckpointRequest};
use serde::Serialize;

use crate::cli::{
    error::CliError,
    session::Session,
    ui::pending_file::{Inputs, Readers},
};

/// Get the newest checkpoint: a C2SP tlog-checkpoint in a signed note
///
/// Keep one from time to time where the operator can't change it: as a known head it shows later that nothing
/// was taken away.
#[derive(Debug, Args)]
pub(crate) struct Checkpoint {
    /// Name or origin
    ledger: String,
    /// The newest durable one, signed by the epoch key, instead of the newest published one
    #[arg(long)]
    committed: bool,
    /// Write it to a file
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// The checkpoint, for programs; people get the note as it is.
#[derive(Serialize)]
struct CheckpointAnswer {
    checkpoint: String,
}

impl Checkpoint {
    pub(crate) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let mut client = session.connection.open().await?;
        let kind = if self.committed {
            CheckpointKind::Committed
        } else {
            CheckpointKind::Published
        };
        let request = session.connection.request(GetCheckpointRequest {
            ledger: self.ledger,
            kind: kind.into(),
        });
        let checkpoint = client
            .get_checkpoint(request)
            .await?
            .into_inner()
            .checkpoint;
        if let Some(path) = &self.out {
            let (output, note) = (&mut session.output, checkpoint.as_bytes());
            output.write_file(path, Readers::Usual, &Inputs::NONE, note)?;
        }
        if session.output.is_json() {
            return session.output.object(&CheckpointAnswer { checkpoint });
        }
        if self.out.is_some() {
            return Ok(());
        }
        session.output.bytes(checkpoint.as_bytes())
    }
}
