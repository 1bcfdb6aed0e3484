//! The receipt of one record.

use std::io::Read;
use std::path::Path;

use data_encoding::HEXLOWER;
use indelible_compliance::{
    reports::{
        EVIDENCE_FORMAT, counted,
        inert::{inert_json, inert_lines},
    },
    time::{Instant, Second},
};
use indelible_evidence::limits::{
    BODY_BYTES_MAX, HEADER_BYTES_MAX, PAYLOAD_BYTES_MAX, RECEIPT_BYTES_MAX, SEALED_OVERHEAD_BYTES,
};
use indelible_evidence::receipt::{
    CheckpointSigner, PartVerdict, Receipt, ReceiptError, ReceiptFailure, ReceiptVerdict,
};
use indelible_evidence::{Body, Header, RecordFile};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::arguments::ReceiptRequest;
use crate::body::Attributes;
use crate::failure::Failure;
use crate::input::open_bytes;
use crate::other_ledger::refuse_receipt;
use crate::output::{Output, print};
use crate::text_file::explained;

/// More than any record file has.
const RECORD_BYTES_MAX: usize = HEADER_BYTES_MAX + BODY_BYTES_MAX + PAYLOAD_BYTES_MAX + 1024;

/// Verifies a receipt and prints what it proves. Gives the exit code.
pub(crate) fn verify(request: &ReceiptRequest) -> Result<u8, Failure> {
    let note = read(&request.receipt, RECEIPT_BYTES_MAX)?;
    let receipt = Receipt::parse(&note).map_err(|error| not_a_receipt(request, &note, &error))?;
    refuse_receipt(&receipt, &request.key)?;
    let record = read(&request.record, RECORD_BYTES_MAX)?;
    let record = RecordFile::decode(&record).map_err(|error| malformed(&request.record, &error))?;
    let verdict = receipt.verify(&record, &request.key);
    let code = match &verdict {
        Ok(_) => 0,
        Err(error) => match error.failure() {
            ReceiptFailure::Malformed => {
                let of_record = matches!(error, ReceiptError::Record(_));
                let path = if of_record {
                    &request.record
                } else {
                    &request.receipt
                };
                return Err(malformed(path, error));
            }
            ReceiptFailure::Refused => 1,
            ReceiptFailure::Unjudged => 4,
        },
    };
    let shown = match request.output {
        Output::Text => text(&verdict, &record),
        Output::Json => in_json(&verdict, &record),
    };
    print(shown.as_bytes())?;
    Ok(code)
}

fn read(path: &Path, bytes_max: usize) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let read =
        open_bytes(path).and_then(|file| file.take(bytes_max as u64 + 1).read_to_end(&mut bytes));
    read.map_err(|error| Failure::input(path, error))?;
    if bytes.len() > bytes_max {
        return Err(Failure::Malformed(format!(
            "{}: longer than {bytes_max} bytes",
            path.display()
        )));
    }
    Ok(bytes)
}

/// What is not a receipt, with what happened to it, if that shows.
fn not_a_receipt(request: &ReceiptRequest, text: &[u8], error: &ReceiptError) -> Failure {
    let path = &request.receipt;
    let why = explained(path, text, with_sources(error));
    Failure::Malformed(format!("{}: {why}", path.display()))
}

fn malformed(path: &Path, error: &dyn std::error::Error) -> Failure {
    Failure::Malformed(format!("{}: {}", path.display(), with_sources(error)))
}

/// An error with everything that led to it.
fn with_sources(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}

fn text(verdict: &Result<ReceiptVerdict, ReceiptError>, record: &RecordFile) -> String {
    let verdict = match verdict {
        Ok(verdict) => verdict,
        Err(error) => {
            let answer = match error.failure() {
                ReceiptFailure::Unjudged => "can't be judged",
                _ => "BROKEN",
            };
            let why = escaped(&with_sources(error));
            return format!("{EVIDENCE_FORMAT}\n\nreceipt       {answer}\n  - {why}\n");
        }
    };
    let header = Header::decode(&record.header);
    let recorded = header
        .as_ref()
        .map(|header| Second(header.time / 1_000_000_000).to_string())
        .unwrap_or_default();
    let what = header.as_ref().map(what).unwrap_or_default();
    let signer = match verdict.signer {
        CheckpointSigner::Identity { time } => {
            let key = match verdict.rotations.last() {
                None => "the pinned key".to_owned(),
                Some(sequence) => format!("the identity key of record {sequence}"),
            };
            let time = time.map(|time| format!(", at {}", Second(time)));
            key + &time.unwrap_or_default()
        }
        CheckpointSigner::Epoch { first, last } => {
            format!("an epoch key for sizes {} to {last}", first + 1)
        }
    };
    let mut out = format!("{EVIDENCE_FORMAT}\n\n");
    for (name, value) in [
        ("ledger", verdict.checkpoint.origin.to_string()),
        (
            "record",
            format!("{}, recorded {recorded}", verdict.sequence),
        ),
        ("kind", what),
        ("chain hash", verdict.chain.to_string()),
        (
            "checkpoint",
            format!(
                "size {}, root {}",
                verdict.checkpoint.size, verdict.checkpoint.root
            ),
        ),
        ("signed by", signer),
        ("body", part(verdict.body).to_owned()),
        ("payload", payload_words(verdict, record)),
    ] {
        out += &format!("{name:<14}{value}\n");
    }
    out += "\nreceipt       holds: the record is in the tree that the checkpoint signs\n";
    out += &provisos(verdict);
    if let Some(body) = verdict
        .plain_body
        .as_deref()
        .and_then(|bytes| Body::decode(bytes).ok())
    {
        out += &format!(
            "\nbody\n{}\n",
            escaped(&format!(
                "{:#}",
                Value::Object(Attributes::of(&body).json())
            ))
        );
    }
    out
}

/// What the receipt does not show.
fn provisos(verdict: &ReceiptVerdict) -> String {
    let mut out = String::new();
    if matches!(verdict.signer, CheckpointSigner::Epoch { .. }) {
        out += "provisional   only an epoch key signed, and nothing shows that its certificate is in the tree\n";
    }
    for sequence in &verdict.rotations {
        out += &format!(
            "provisional   a new identity began at record {sequence}, and nothing shows that this record is in the \
             tree\n"
        );
    }
    for sequence in &verdict.unsigned_places {
        out += &format!(
            "provisional   nobody signed the place of record {sequence}: the ledger began under the first draft of the format\n"
        );
    }
    if let Some(key) = &verdict.producer {
        let key = HEXLOWER.encode(key);
        out += &format!(
            "producer      the key {key} signed the event; no receipt shows that it was registered\n"
        );
    }
    out
}

/// What clients wrote, for a terminal: line breaks are ours, and whatever else it would obey is escaped.
fn escaped(text: &str) -> String {
    inert_lines(text)
}

fn in_json(verdict: &Result<ReceiptVerdict, ReceiptError>, record: &RecordFile) -> String {
    let header = Header::decode(&record.header).ok();
    let event = header.as_ref().and_then(|header| header.kind.event());
    let value = match verdict {
        Err(error) => {
            let result = match error.failure() {
                ReceiptFailure::Unjudged => "unanswerable",
                _ => "broken",
            };
            json!({ "format": EVIDENCE_FORMAT, "result": result, "detail": with_sources(error) })
        }
        Ok(verdict) => json!({
            "format": EVIDENCE_FORMAT,
            "result": "holds",
            "provisional": verdict.is_provisional(),
            "origin": verdict.checkpoint.origin.as_str(),
            "sequence": verdict.sequence,
            "kind": header.as_ref().map(Header::kind_name),
            "recorded_time": header.as_ref().map(|header| Instant(header.time).to_string()),
            "type": event.map(|event| event.event_type),
            "classification": event.and_then(|event| event.classification),
            "chain": verdict.chain.to_string(),
            "size": verdict.checkpoint.size,
            "root": verdict.checkpoint.root.to_string(),
            "body": part(verdict.body),
            "payload": part(verdict.payload),
            "payload_bytes": payload_length(verdict, record),
            "payload_sha256": payload(verdict, record).map(sha256),
            "rotations": verdict.rotations,
            "unsigned_places": verdict.unsigned_places,
            "producer": verdict.producer.as_ref().map(|key| HEXLOWER.encode(key)),
            "opened": {
                "body": verdict.plain_body.as_deref()
                    .and_then(|bytes| Body::decode(bytes).ok())
                    .map(|body| Attributes::of(&body).json()),
                "payload_bytes": payload(verdict, record).map(<[u8]>::len),
            },
        }),
    };
    inert_json(format!("{value:#}\n"))
}

/// What the record is, as its header says, which can always be read.
fn what(header: &Header<'_>) -> String {
    let kind = header.kind_name();
    let Some(event) = header.kind.event() else {
        return kind.to_owned();
    };
    let quoted = |text: &str| format!("\"{}\"", text.escape_debug());
    let class = event
        .classification
        .map(|class| format!(", classification {}", quoted(class)));
    let class = class.unwrap_or_default();
    format!("{kind} of type {}{class}", quoted(event.event_type))
}

/// The payload, where it can be read.
fn payload<'a>(verdict: &'a ReceiptVerdict, record: &'a RecordFile) -> Option<&'a [u8]> {
    match verdict.payload {
        PartVerdict::Matches => record.payload.as_ref().map(|(_, bytes)| bytes.as_slice()),
        PartVerdict::Opened => verdict.opened_payload.as_deref(),
        PartVerdict::None | PartVerdict::Withheld | PartVerdict::Sealed => None,
    }
}

/// How many bytes the client gave, where the record file holds them, encrypted or not.
fn payload_length(verdict: &ReceiptVerdict, record: &RecordFile) -> Option<usize> {
    let sealed = record.payload.as_ref().map(|(_, bytes)| bytes.len());
    let sealed = sealed.filter(|_| verdict.payload == PartVerdict::Sealed);
    let sealed = sealed.map(|length| length.saturating_sub(SEALED_OVERHEAD_BYTES));
    payload(verdict, record).map(<[u8]>::len).or(sealed)
}

fn payload_words(verdict: &ReceiptVerdict, record: &RecordFile) -> String {
    let mut words = part(verdict.payload).to_owned();
    if let Some(length) = payload_length(verdict, record) {
        words += &format!("; {}", counted(length as u64, "byte", "bytes"));
    }
    if let Some(payload) = payload(verdict, record) {
        words += &format!(", SHA-256 {}", sha256(payload));
    }
    words
}

fn sha256(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}

fn part(part: PartVerdict) -> &'static str {
    match part {
        PartVerdict::None => "none",
        PartVerdict::Withheld => "not in the record file (withheld or erased)",
        PartVerdict::Matches => "matches its commitment",
        PartVerdict::Sealed => "encrypted, matches its commitment",
        PartVerdict::Opened => "encrypted, matches its commitment, and opens under the event's key",
    }
}
