//! The records on the page for a person, and which of them are decisions by machines.

use indelible_compliance::{
    conventions::RETAIN_UNTIL,
    reports::{counted, forms::page::Page},
};
use indelible_interchange::hex;
use indelible_proto::v1::{Event, LedgerRecord, PartState, event::Payload, fact_value::Value};

use super::tables::table_row;
use crate::cli::{
    error::CliError,
    privacy::{
        disposals::{Disposals, is_gone},
        part::Rows,
        trail::text,
    },
    ui::time,
};

/// Longer payloads are in the file for machines only.
const SHOWN_BYTES_MAX: usize = 4 * 1024;
/// The facts of a decision that the person is told, with their names for people.
pub(super) const DECISION_FACTS: [(&str, &str); 5] = [
    ("result", "result"),
    ("model", "model"),
    ("model_version", "version"),
    ("policy", "policy"),
    ("risk_score", "risk score"),
];
/// The classification of decisions whose type is a producer's own.
const DECISION_CLASS: &str = "automated_decision";

/// Adds one record, with the digest of its file in the archive.
pub(in crate::cli::privacy) fn row(
    rows: &mut Rows,
    disposals: &Disposals,
    record: &LedgerRecord,
    file: &str,
) -> Result<(), CliError> {
    let event = record.event.as_ref();
    if let Some(event) = event.filter(|event| is_decision(event)) {
        let mut page = Page::default();
        let facts = DECISION_FACTS.map(|(name, _)| text(event, name).unwrap_or_default());
        let (sequence, when) = (
            record.sequence.to_string(),
            time::for_people(record.recorded_time.as_ref()),
        );
        let cells = [&sequence, &when, &event.r#type].into_iter().chain(&facts);
        table_row(&mut page, cells.map(String::as_str));
        rows.decided += 1;
        rows.decisions.push(page.into_body().as_bytes())?;
    }
    let mut page = Page::default();
    details(&mut page, disposals, record, file);
    rows.records.push(page.into_body().as_bytes())
}

/// Whether a record says that it is a decision by a machine: by its type, or by its classification.
fn is_decision(event: &Event) -> bool {
    event.r#type.starts_with("ai.decision.") || event.classification == DECISION_CLASS
}

fn details(page: &mut Page, disposals: &Disposals, record: &LedgerRecord, file: &str) {
    page.raw("<details>\n<summary>")
        .text(&format!(
            "record {}, {}, {}",
            record.sequence,
            time::for_people(record.recorded_time.as_ref()),
            record
                .event
                .as_ref()
                .map_or("", |event| event.r#type.as_str())
        ))
        .raw("</summary>\n<dl>\n");
    let disposed = disposals.told(record);
    if let Some(disposed) = &disposed {
        page.term("what is left", disposed);
    } else if is_gone(record) {
        page.term(
            "what is left",
            "its contents are gone, and only what is shown here is left",
        );
    }
    match &record.event {
        Some(event) => attributes(page, event),
        None => drop(page.term("content", "it can\u{2019}t be read any more")),
    }
    if !record.archive_problem.is_empty() {
        page.term("what is not here", &in_the_archive(record));
    }
    let is_told = disposed.is_some() || is_gone(record) || !record.archive_problem.is_empty();
    let is_as_usual = matches!(record.payload_state(), PartState::Present | PartState::None);
    if !is_as_usual && !is_told {
        page.term("payload", record.payload_state().name());
    }
    page.term("chain hash", &hex::encode(&record.chain_hash))
        .term(&format!("SHA-256 of {}.record", record.sequence), file);
    page.raw("</dl>\n</details>\n");
}

/// What was not lost, and why it could not be shown.
fn in_the_archive(record: &LedgerRecord) -> String {
    let what = match record.body_state() {
        PartState::Archived => {
            "the contents are in the archive, and could not be read there when this page was made"
        }
        _ => "the payload is in the archive, and could not be read there when this page was made",
    };
    format!("{what}: {}", record.archive_problem)
}

fn attributes(page: &mut Page, event: &Event) {
    let attributes = [
        ("id", &event.id),
        ("source", &event.source),
        ("subject", &event.subject),
        ("time, as its source said", &event.time),
        ("actor", &event.actor),
        ("correlation id", &event.correlation_id),
        ("causation id", &event.causation_id),
        ("media type of the payload", &event.datacontenttype),
        ("classification", &event.classification),
    ];
    for (name, value) in attributes {
        if !value.is_empty() {
            page.term(name, value);
        }
    }
    for (name, fact) in &event.facts {
        match &fact.value {
            Some(Value::Uint(until)) if name == RETAIN_UNTIL => {
                page.term("may be kept until", &time::nanoseconds_for_people(*until));
            }
            _ => {
                if let Some(value) = text(event, name) {
                    page.term(name, &value);
                }
            }
        }
    }
    for digest in &event.digests {
        let value = hex::encode(&digest.value);
        let of = format!("digest of {}", digest.component);
        page.term(&of, &format!("{}: {value}", digest.algorithm));
    }
    if let Some(producer) = &event.producer {
        page.term(
            "signed by the producer\u{2019}s key",
            &hex::encode(&producer.public_key),
        );
    }
    match &event.payload {
        None => {}
        Some(Payload::Envelope(envelope)) => {
            let bytes = counted(envelope.ciphertext.len() as u64, "byte", "bytes");
            page.term("payload", &format!("{bytes}, encrypted by its source"));
        }
        Some(Payload::Plaintext(bytes)) => match std::str::from_utf8(bytes) {
            Ok(text) if bytes.len() <= SHOWN_BYTES_MAX => drop(page.term("payload", text)),
            _ => drop(page.term(
                "payload",
                &format!(
                    "{}, in records.ndjson",
                    counted(bytes.len() as u64, "byte", "bytes")
                ),
            )),
        },
    }
}
