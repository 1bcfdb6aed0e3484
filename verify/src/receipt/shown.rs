//! What the receipt of a record comes to, for people and for programs.

use data_encoding::HEXLOWER;
use indelible_compliance::{
    reports::{
        EVIDENCE_FORMAT, counted,
        inert::{inert, inert_json, inert_lines, quoted, told_apart},
    },
    time::{Instant, Second},
};
use indelible_evidence::checkpoint::CheckpointError;
use indelible_evidence::limits::SEALED_OVERHEAD_BYTES;
use indelible_evidence::receipt::{
    CheckpointSigner, PartVerdict, ReceiptError, ReceiptFailure, ReceiptVerdict,
};
use indelible_evidence::{Body, Header, RecordFile};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::provisos::{Proviso, provisos};
use crate::body::Attributes;
use crate::failure::with_sources;
use crate::records::{stated, statement};

/// For people.
pub(super) fn text(verdict: &Result<ReceiptVerdict, ReceiptError>, record: &RecordFile) -> String {
    match verdict {
        Ok(verdict) => held(verdict, record),
        Err(error) => {
            let answer = match (error, error.failure()) {
                (ReceiptError::OtherRecord { .. }, _) => {
                    "MISMATCH, which says nothing against either file"
                }
                (_, ReceiptFailure::Unjudged) => "can't be judged",
                _ => "BROKEN",
            };
            let why = escaped(&(with_sources(error) + hint(error)));
            format!("{EVIDENCE_FORMAT}\n\nreceipt       {answer}\n  - {why}\n")
        }
    }
}

/// A receipt that holds.
fn held(verdict: &ReceiptVerdict, record: &RecordFile) -> String {
    let header = Header::decode(&record.header);
    let recorded = header
        .as_ref()
        .map(|header| Second(header.time / 1_000_000_000).to_string())
        .unwrap_or_default();
    let what = header.as_ref().map(what).unwrap_or_default();
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
        ("signed by", signer(verdict)),
        ("body", part(verdict.body).to_owned()),
        ("payload", payload_words(verdict, record)),
    ] {
        out += &format!("{name:<14}{value}\n");
    }
    out += "\nreceipt       holds: this record is in the tree that the checkpoint signs\n";
    for proviso in provisos(verdict) {
        out += &format!("{:<14}{}\n", proviso.name(), proviso.words());
    }
    if let Some(key) = &verdict.producer {
        let key = HEXLOWER.encode(key);
        out += &format!(
            "producer      the key {key} signed the event; no receipt shows that it was registered\n"
        );
    }
    out += &header.as_ref().map(states).unwrap_or_default();
    let body = verdict.plain_body.as_deref();
    if let Some(body) = body.and_then(|bytes| Body::decode(bytes).ok()) {
        let body = Value::Object(Attributes::of(&body).json());
        out += &format!("\nbody\n{}\n", escaped(&format!("{body:#}")));
    }
    out
}

/// Whose signature vouches.
fn signer(verdict: &ReceiptVerdict) -> String {
    match verdict.signer {
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
    }
}

/// What a key event states; nothing of another record.
fn states(header: &Header<'_>) -> String {
    let statement = statement(header);
    if statement.is_empty() {
        return String::new();
    }
    let mut out = "\nit states\n".to_owned();
    for (name, value) in &statement {
        stated(name, value, &mut |name, text| {
            let (name, text) = (inert(&told_apart(name)), inert(&told_apart(&text)));
            out += &format!("  {name:<18} {text}\n");
        });
    }
    out
}

/// What may be behind it, where that is not plain.
fn hint(error: &ReceiptError) -> &'static str {
    match error {
        ReceiptError::Checkpoint(CheckpointError::NotSigned { .. }) => {
            ". If the ledger's identity was ever replaced, the key to give is the first one, that of record 0: with a later \
             one this says nothing against the receipt"
        }
        _ => "",
    }
}

/// What clients wrote, for a terminal: line breaks are ours, and whatever else it would obey is escaped.
fn escaped(text: &str) -> String {
    inert_lines(text)
}

/// For programs.
pub(super) fn in_json(
    verdict: &Result<ReceiptVerdict, ReceiptError>,
    record: &RecordFile,
) -> String {
    let header = Header::decode(&record.header).ok();
    let event = header.as_ref().and_then(|header| header.kind.event());
    let value = match verdict {
        Err(error) => {
            let result = match (error, error.failure()) {
                (ReceiptError::OtherRecord { .. }, _) => "mismatch",
                (_, ReceiptFailure::Unjudged) => "unanswerable",
                _ => "broken",
            };
            let detail = with_sources(error) + hint(error);
            json!({ "format": EVIDENCE_FORMAT, "result": result, "detail": detail })
        }
        Ok(verdict) => json!({
            "format": EVIDENCE_FORMAT,
            "result": "holds",
            "provisional": verdict.is_provisional(),
            "provisos": provisos(verdict).iter().map(Proviso::json).collect::<Vec<_>>(),
            "origin": verdict.checkpoint.origin.as_str(),
            "sequence": verdict.sequence,
            "kind": header.as_ref().map(Header::kind_name),
            "recorded_time": header.as_ref().map(|header| Instant(header.time).to_string()),
            "type": event.map(|event| event.event_type),
            "classification": event.and_then(|event| event.classification),
            "statement": header.as_ref().map(statement).filter(|stated| !stated.is_empty()),
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
    let class = event
        .classification
        .map(|class| format!(", classification {}", quoted(class)));
    let class = class.unwrap_or_default();
    inert(&format!(
        "{kind} of type {}{class}",
        quoted(event.event_type)
    ))
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
