//! Records and acknowledgements, as they are shown.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use indelible_compliance::{
    conventions::RETAIN_UNTIL,
    reports::{counted, inert::inert},
};
use indelible_interchange::hex;
use indelible_proto::v1::{
    Acknowledgement, Event, LedgerRecord, RecordEvidence, event::Payload, fact_value,
};
use serde::Serialize;

use crate::cli::{
    events::event_view::EventView,
    ui::{
        table::{Table, printable},
        time,
    },
};

/// Payloads longer than this are not shown as text.
const SHOWN_BYTES_MAX: usize = 16 * 1024;

/// One record.
#[derive(Serialize)]
pub(crate) struct RecordView<'a> {
    sequence: u64,
    kind: &'a str,
    recorded_time: String,
    chain_hash: String,
    body: &'static str,
    payload: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    data_key: String,
    /// Why the record can't be taken for one of the ledger's.
    #[serde(skip_serializing_if = "str::is_empty")]
    unverified: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    archive_problem: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<EventView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<EvidenceView>,
    #[serde(skip)]
    record: &'a LedgerRecord,
}

#[derive(Serialize)]
struct EvidenceView {
    header: String,
    previous_chain_hash: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    body: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    body_salt: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    payload_salt: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    sealed_payload: String,
}

impl From<&RecordEvidence> for EvidenceView {
    fn from(evidence: &RecordEvidence) -> Self {
        Self {
            header: BASE64.encode(&evidence.header),
            previous_chain_hash: hex::encode(&evidence.previous_chain_hash),
            body: BASE64.encode(&evidence.body),
            body_salt: hex::encode(&evidence.body_salt),
            payload_salt: hex::encode(&evidence.payload_salt),
            sealed_payload: BASE64.encode(&evidence.sealed_payload),
        }
    }
}

impl<'a> RecordView<'a> {
    /// The view of a record.
    #[must_use]
    pub(crate) fn new(record: &'a LedgerRecord) -> Self {
        Self {
            sequence: record.sequence,
            kind: record.kind().name(),
            recorded_time: time::to_text(record.recorded_time.as_ref()),
            chain_hash: hex::encode(&record.chain_hash),
            body: record.body_state().name(),
            payload: record.payload_state().name(),
            data_key: hex::encode(&record.data_key_id),
            unverified: &record.unverified,
            archive_problem: &record.archive_problem,
            event: record.event.as_ref().map(EventView::new),
            evidence: record.evidence.as_ref().map(EvidenceView::from),
            record,
        }
    }
}

impl fmt::Display for RecordView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::default();
        table
            .row("sequence", self.sequence)
            .row("kind", self.kind)
            .row("recorded", &self.recorded_time)
            .row_if("NOT VERIFIED", self.unverified)
            .row_if("archive", self.archive_problem);
        let event = self.record.event.as_ref();
        if let Some(event) = event {
            event_rows(&mut table, event);
            table
                .row("body", self.body)
                .row("payload", self.payload)
                .row_if("data key", &self.data_key);
        }
        table.row("chain hash", &self.chain_hash);
        if let Some(evidence) = &self.evidence {
            table
                .row("previous", &evidence.previous_chain_hash)
                .row("header", &evidence.header)
                .row_if("body bytes", &evidence.body)
                .row_if("body salt", &evidence.body_salt)
                .row_if("payload salt", &evidence.payload_salt)
                .row_if("sealed payload", &evidence.sealed_payload);
        }
        write!(f, "{table}")?;
        match event.and_then(|event| event.payload.as_ref()) {
            None => Ok(()),
            Some(payload) => write!(f, "\n\n{}", payload_text(payload)),
        }
    }
}

/// What clients wrote stays on its row.
fn event_rows(table: &mut Table, event: &Event) {
    for (name, value) in [
        ("id", &event.id),
        ("source", &event.source),
        ("type", &event.r#type),
        ("subject", &event.subject),
        ("time", &event.time),
        ("content type", &event.datacontenttype),
        ("actor", &event.actor),
        ("correlation id", &event.correlation_id),
        ("causation id", &event.causation_id),
        ("data subject", &event.data_subject),
        ("classification", &event.classification),
    ] {
        table.row_if(name, &inert(value));
    }
    if !event.facts.is_empty() {
        table.row("facts", event.facts.len());
    }
    for (name, value) in &event.facts {
        let value = match &value.value {
            None => continue,
            Some(fact_value::Value::Text(text)) => inert(text),
            Some(fact_value::Value::Uint(until)) if name == RETAIN_UNTIL => {
                format!("{until} ({})", time::nanoseconds_for_people(*until))
            }
            Some(fact_value::Value::Uint(uint)) => uint.to_string(),
            Some(fact_value::Value::Boolean(boolean)) => boolean.to_string(),
        };
        table.row(format!("  {}", inert(name)), value);
    }
    if !event.digests.is_empty() {
        table.row("digests", event.digests.len());
    }
    for digest in &event.digests {
        let name = format!("  {} {}", digest.component, digest.algorithm);
        table.row(inert(&name), hex::encode(&digest.value));
    }
}

fn payload_text(payload: &Payload) -> String {
    match payload {
        Payload::Envelope(envelope) => format!(
            "{}, encrypted by the client under key {}",
            counted(envelope.ciphertext.len() as u64, "byte", "bytes"),
            inert(&envelope.key_id)
        ),
        Payload::Plaintext(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) if bytes.len() <= SHOWN_BYTES_MAX => printable(text),
            _ => format!(
                "{}; --payload-out FILE writes the payload to a file",
                counted(bytes.len() as u64, "byte", "bytes")
            ),
        },
    }
}

/// One acknowledgement.
#[derive(Serialize)]
pub(crate) struct AcknowledgementView {
    pub(crate) sequence: u64,
    recorded_time: String,
    chain_hash: String,
    tree_size: u64,
    pub(crate) repeated: bool,
    pub(super) erased: bool,
}

impl From<&Acknowledgement> for AcknowledgementView {
    fn from(acknowledgement: &Acknowledgement) -> Self {
        Self {
            sequence: acknowledgement.sequence,
            recorded_time: time::to_text(acknowledgement.recorded_time.as_ref()),
            chain_hash: hex::encode(&acknowledgement.chain_hash),
            tree_size: acknowledgement.tree_size,
            repeated: acknowledgement.repeat,
            erased: acknowledgement.erased,
        }
    }
}

impl fmt::Display for AcknowledgementView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::default();
        table
            .row("sequence", self.sequence)
            .row("recorded", &self.recorded_time)
            .row("chain hash", &self.chain_hash)
            .row("signed size", self.tree_size);
        if self.repeated {
            let erased = if self.erased {
                ", and erased since, so whether it said the same can't be compared"
            } else {
                ""
            };
            table.row("repeated", format!("yes: it was there before{erased}"));
        }
        table.fmt(f)
    }
}
