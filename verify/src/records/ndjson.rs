//! One JSON object in each line. The form is stable: members are added, and none is changed or taken away.

use std::io::{self, Write};

use indelible_compliance::{reports::inert::inert_json, time::Instant};
use serde_json::{Map, Value, json};

use super::payload::Content;
use super::record::{ShownEvent, ShownRecord};
use super::shower::{Head, Shower};

/// Writes the lines.
pub(super) struct Ndjson<'a> {
    out: &'a mut dyn Write,
    is_broken: bool,
}

impl<'a> Ndjson<'a> {
    pub(super) fn begin(out: &'a mut dyn Write, head: &Head<'_>) -> Self {
        Self {
            out,
            is_broken: head.is_broken,
        }
    }
}

impl Shower for Ndjson<'_> {
    fn record(&mut self, record: &ShownRecord) -> io::Result<()> {
        let line = Value::Object(object(record, self.is_broken)).to_string();
        self.out.write_all(inert_json(line).as_bytes())?;
        self.out.write_all(b"\n")
    }

    fn end(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn object(record: &ShownRecord, is_broken: bool) -> Map<String, Value> {
    let mut shown = Map::new();
    let mut put = |name: &str, value: Value| {
        shown.insert(name.to_owned(), value);
    };
    put("sequence", record.sequence.into());
    put("kind", record.kind.into());
    put("recorded_time", Instant(record.time).to_string().into());
    put("verified", (!is_broken).into());
    if let Some(chain) = &record.chain {
        put("chain_hash", chain.to_string().into());
    }
    if let Some(event) = &record.event {
        put("type", event.event_type.as_str().into());
        if let Some(classification) = &event.classification {
            put("classification", classification.as_str().into());
        }
        if let Some(data_key) = &event.data_key {
            put("data_key", data_key.as_str().into());
        }
        put("body", body(event));
        put("payload", payload(event));
    }
    if !record.statement.is_empty() {
        put("statement", Value::Object(record.statement.clone()));
    }
    if !record.findings.is_empty() {
        put("findings", record.findings.clone().into());
    }
    shown
}

fn body(event: &ShownEvent) -> Value {
    let mut body = event.attributes.json();
    body.insert("state".to_owned(), event.body.name().into());
    Value::Object(body)
}

fn payload(event: &ShownEvent) -> Value {
    let payload = &event.payload;
    let mut shown = Map::from_iter([("state".to_owned(), json!(payload.state.name()))]);
    if let Some(length) = payload.length {
        shown.insert("bytes".to_owned(), length.into());
    }
    if let Some(digest) = payload.sha256() {
        shown.insert("sha256".to_owned(), digest.into());
    }
    match payload.content() {
        Some(Content::Text(text)) => {
            shown.insert("text".to_owned(), text.into());
        }
        Some(Content::Base64(base64)) => {
            shown.insert("base64".to_owned(), base64.into());
        }
        None => {}
    }
    Value::Object(shown)
}
