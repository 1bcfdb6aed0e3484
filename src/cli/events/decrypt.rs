//! `indelible decrypt`: a payload that its client encrypted, for those who hold the client's key.

use std::{io::Read as _, path::PathBuf};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use clap::Args;
use indelible_interchange::{
    envelope::{Binding, SealedPayload},
    import::cloudevents,
};
use indelible_proto::v1::{
    Envelope, Event, GetRecordRequest, LedgerRecord, PartState, event::Payload,
    get_record_request::Record,
};
use serde::Serialize;

use crate::cli::{
    error::CliError,
    events::envelope,
    session::Session,
    ui::{
        pending_file::{Inputs, Readers},
        source::{Meter, Source},
    },
};

/// An event's JSON, its payload in base64 included.
const EVENT_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Decrypt a payload that its client encrypted, with the client's key
///
/// The key stays here: no daemon sees it. Before anything is decrypted, the command checks that the envelope belongs to
/// this event: the envelope's digest must be that of the event id, the system id (the event's source, unless --system-id
/// is given) and the timestamp (the event's time, unless --timestamp is given).
#[derive(Debug, Args)]
pub(crate) struct Decrypt {
    /// Name or origin
    #[arg(required_unless_present = "event", requires = "sequence")]
    ledger: Option<String>,
    /// The record's sequence number
    sequence: Option<u64>,
    /// The event in a file, as `get --output json` shows it; `-` is standard input. No daemon is needed then
    #[arg(long, value_name = "FILE|-", conflicts_with_all = ["ledger", "sequence"])]
    event: Option<PathBuf>,
    /// The key: a file with 32 bytes as they are, in hexadecimal or in base64
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// What the client called the system [default: the event's source]
    #[arg(long, value_name = "ID")]
    system_id: Option<String>,
    /// What the client took as the timestamp [default: the event's time]
    #[arg(long, value_name = "TIME")]
    timestamp: Option<String>,
    /// Why, for the ledger's access trail, if the ledger encrypts the event as well; name no person in it
    #[arg(long, value_name = "TEXT", requires = "ledger")]
    purpose: Option<String>,
    /// Write the plaintext to a file
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// The plaintext, for programs; people get it as it is.
#[derive(Serialize)]
struct Decrypted<'a> {
    key_id: &'a str,
    data_base64: String,
}

impl Decrypt {
    pub(crate) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let key = envelope::key(&self.key)?;
        let event = self.event(session).await?;
        let (sealed, key_id) = sealed(&event)?;
        let binding = Binding {
            event_id: &event.id,
            system_id: self.system_id.as_deref().unwrap_or(&event.source),
            timestamp: self.timestamp.as_deref().unwrap_or(&event.time),
        };
        let opened = sealed.open(&key, &binding)?;
        if let Some(path) = &self.out {
            let read = [Some(self.key.as_path()), self.event.as_deref()];
            let inputs = Inputs::of(read.into_iter().flatten());
            let output = &mut session.output;
            return output.write_file(path, Readers::Owner, &inputs, &opened);
        }
        if session.output.is_json() {
            let data_base64 = BASE64.encode(&opened);
            return session.output.object(&Decrypted {
                key_id,
                data_base64,
            });
        }
        session.output.bytes(&opened)
    }

    async fn event(&self, session: &Session) -> Result<Event, CliError> {
        match (&self.event, &self.ledger, self.sequence) {
            (Some(path), _, _) => read(Source::open(path, &Meter::default())?),
            (None, Some(ledger), Some(sequence)) => {
                let purpose = self.purpose.as_deref().unwrap_or_default();
                fetch(session, ledger, sequence, purpose).await
            }
            _ => Err(CliError::Usage(
                "name a ledger and a record, or a file with --event".to_owned(),
            )),
        }
    }
}

/// An event as `get` or `list` shows it, alone or in its record.
fn read(source: Source) -> Result<Event, CliError> {
    let mut bytes = Vec::new();
    source
        .reader
        .take(EVENT_BYTES_MAX)
        .read_to_end(&mut bytes)
        .map_err(|problem| CliError::file(&source.name, problem))?;
    let record: Option<RecordOfEvent<'_>> = serde_json::from_slice(&bytes).ok();
    let event = record.map_or(bytes.as_slice(), |record| record.event.get().as_bytes());
    cloudevents::event(event).map_err(|problem| CliError::Input {
        name: source.name.clone(),
        problem: problem.to_string(),
    })
}

#[derive(serde::Deserialize)]
struct RecordOfEvent<'a> {
    #[serde(borrow)]
    event: &'a serde_json::value::RawValue,
}

/// The event of a record. Where the ledger has encrypted it once more, it is asked to open its own part.
async fn fetch(
    session: &Session,
    ledger: &str,
    sequence: u64,
    purpose: &str,
) -> Result<Event, CliError> {
    let mut client = session.connection.open().await?;
    let mut get = async |open_sealed| -> Result<LedgerRecord, CliError> {
        let request = session.connection.request(GetRecordRequest {
            ledger: ledger.to_owned(),
            record: Some(Record::Sequence(sequence)),
            include_evidence: false,
            open_sealed,
            purpose: purpose.to_owned(),
        });
        let answer = client.get_record(request).await?.into_inner();
        answer.record.ok_or(CliError::Answer("no record in it"))
    };
    let mut record = get(false).await?;
    if record.body_state() == PartState::Sealed {
        record = get(true).await?;
    }
    let state = record.body_state();
    match record.event {
        Some(event) if state == PartState::Present => Ok(event),
        _ => Err(CliError::Usage(format!(
            "record {sequence} has no readable event: it is the ledger's own, or it was erased"
        ))),
    }
}

fn sealed(event: &Event) -> Result<(SealedPayload, &str), CliError> {
    let Some(Payload::Envelope(Envelope {
        ciphertext,
        key_id,
        nonce,
        aad_digest,
    })) = &event.payload
    else {
        return Err(CliError::Usage(
            "the event's payload was not encrypted by its client".to_owned(),
        ));
    };
    let sealed = SealedPayload {
        ciphertext: ciphertext.to_vec(),
        nonce: nonce.to_vec(),
        aad_digest: aad_digest.to_vec(),
    };
    Ok((sealed, key_id))
}
