//! `indelible get`: one record.

use std::path::PathBuf;

use clap::Args;
use indelible_proto::v1::{
    EventIdentity, GetRecordRequest, LedgerRecord, PartState, event::Payload, get_record_request,
};

use crate::cli::{
    error::CliError,
    events::{record_rows::Sealed, record_view::RecordView},
    session::Session,
    ui::{
        in_archive::lacking,
        opening::Opening,
        pending_file::{Inputs, Readers},
    },
};

/// Show one record, by its sequence number or by its source and id
#[derive(Debug, Args)]
pub(crate) struct Get {
    /// Name or origin
    ledger: String,
    /// Its sequence number
    #[arg(required_unless_present = "id", conflicts_with_all = ["source", "id"])]
    sequence: Option<u64>,
    /// The event's source
    #[arg(long, requires = "id")]
    source: Option<String>,
    /// The event's id
    #[arg(long, requires = "source")]
    id: Option<String>,
    /// Show the stored evidence bytes, too
    #[arg(long)]
    evidence: bool,
    #[command(flatten)]
    opening: Opening,
    /// Write the payload's bytes to a file, or alone to standard output with `-`
    #[arg(long, value_name = "FILE|-")]
    payload_out: Option<PathBuf>,
}

impl Get {
    pub(crate) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let path = self.payload_out.as_deref();
        let path = path.filter(|path| path.as_os_str() != "-");
        session.output.check(path, &Inputs::NONE)?;
        let mut client = session.connection.open().await?;
        let which = match self.sequence {
            Some(sequence) => get_record_request::Record::Sequence(sequence),
            None => get_record_request::Record::EventIdentity(EventIdentity {
                source: self.source.unwrap_or_default(),
                id: self.id.unwrap_or_default(),
            }),
        };
        let request = session.connection.request(GetRecordRequest {
            ledger: self.ledger,
            include_evidence: self.evidence,
            open_sealed: self.opening.is_wanted(),
            purpose: self.opening.purpose(),
            record: Some(which),
        });
        let answer = client.get_record(request).await?.into_inner();
        let record = answer.record.ok_or(CliError::Answer("no record in it"))?;
        if let Some(path) = self.payload_out {
            let payload = payload(&record)?;
            if path.as_os_str() == "-" {
                return session.output.bytes(payload);
            }
            let output = &mut session.output;
            output.write_file(&path, Readers::Owner, &Inputs::NONE, payload)?;
        }
        let view = RecordView::new(&record);
        session.output.answer(&view)?;
        let mut sealed = Sealed::new(self.opening.is_wanted());
        sealed.see(&record);
        sealed.tell(&mut session.output);
        Ok(())
    }
}

fn payload(record: &LedgerRecord) -> Result<&[u8], CliError> {
    let event = record.event.as_ref();
    match event.and_then(|event| event.payload.as_ref()) {
        Some(Payload::Plaintext(bytes)) => Ok(bytes),
        Some(Payload::Envelope(envelope)) => Ok(&envelope.ciphertext),
        None if record.payload_state() == PartState::Sealed => Err(CliError::Usage(format!(
            "the payload of record {} is encrypted; --decrypt opens it",
            record.sequence
        ))),
        None if record.payload_state() == PartState::Archived => {
            Err(lacking("the answer", 1, &record.archive_problem))
        }
        None => Err(CliError::Usage(format!(
            "record {} has no payload here",
            record.sequence
        ))),
    }
}
