//! Records for a terminal. What somebody else wrote can't steer it.

use std::io::{self, Write};

use indelible_compliance::{
    reports::{
        counted,
        forms::verdict,
        inert::{inert, inert_lines, told_apart},
    },
    time::shortest,
};
use serde_json::Value;

use super::payload::{Content, readable};
use super::record::ShownRecord;
use super::shower::{Head, Shower};

/// How many columns names have.
const NAME_COLUMNS: usize = 18;
/// How much of a payload is shown.
const PAYLOAD_BYTES_MAX: usize = 16 << 10;

/// Writes the records.
pub(super) struct Text<'a> {
    out: &'a mut dyn Write,
    is_broken: bool,
}

impl<'a> Text<'a> {
    pub(super) fn begin(out: &'a mut dyn Write, head: &Head<'_>) -> io::Result<Self> {
        let verdict = verdict::text(head.verification);
        writeln!(out, "{verdict}\n{}", head.counted)?;
        Ok(Self {
            out,
            is_broken: head.is_broken,
        })
    }

    fn row(&mut self, name: &str, text: &str) -> io::Result<()> {
        let (name, text) = (inert(&told_apart(name)), inert(&told_apart(text)));
        // A name as long as its column keeps a blank behind it.
        writeln!(self.out, "  {name:<NAME_COLUMNS$} {text}")
    }

    fn payload(&mut self, record: &ShownRecord) -> io::Result<()> {
        let content = record
            .event
            .as_ref()
            .and_then(|event| event.payload.content());
        let (text, left_out) = match &content {
            None | Some(Content::Text("")) => return Ok(()),
            Some(Content::Text(text)) => readable(text, PAYLOAD_BYTES_MAX),
            Some(Content::Base64(base64)) => {
                let (shown, left_out) = readable(base64, PAYLOAD_BYTES_MAX);
                (format!("base64 {shown}"), left_out)
            }
        };
        for line in inert_lines(&text).split('\n') {
            writeln!(self.out, "  | {line}")?;
        }
        match left_out {
            0 => Ok(()),
            left_out => writeln!(
                self.out,
                "  ({} not shown; --format ndjson has the rest)",
                counted(left_out as u64, "more byte is", "more bytes are")
            ),
        }
    }
}

impl Shower for Text<'_> {
    fn record(&mut self, record: &ShownRecord) -> io::Result<()> {
        let mark = match self.is_broken {
            true => " (of a BROKEN bundle, NOT verified)",
            false => "",
        };
        writeln!(self.out, "\nrecord {}{mark}", record.sequence)?;
        for finding in &record.findings {
            self.row("FOUND", finding)?;
        }
        for (name, text) in rows(record) {
            self.row(&name, &text)?;
        }
        self.payload(record)
    }

    fn end(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Everything of a record but the payload's content: names and what they have.
pub(super) fn rows(record: &ShownRecord) -> Vec<(String, String)> {
    let mut rows = Vec::new();
    let mut row = |name: &str, text: String| rows.push((name.to_owned(), text));
    row(
        "recorded",
        format!("{}, by the operator's clock", shortest(record.time)),
    );
    row("kind", record.kind.to_owned());
    if let Some(event) = &record.event {
        row("type", event.event_type.clone());
        if let Some(classification) = &event.classification {
            row("classification", classification.clone());
        }
        row("body", event.body.words().to_owned());
        for (name, text) in event.attributes.rows() {
            row(&name, text);
        }
        if let Some(data_key) = &event.data_key {
            row("data key", data_key.clone());
        }
        row("payload", event.payload.words());
    }
    for (name, value) in &record.statement {
        stated(name, value, &mut row);
    }
    if let Some(chain) = &record.chain {
        row("chain hash", chain.to_string());
    }
    rows
}

/// What a statement says, one line for each of its innermost values.
pub(crate) fn stated(name: &str, value: &Value, row: &mut dyn FnMut(&str, String)) {
    match value {
        Value::Object(members) => {
            for (member, value) in members {
                stated(&format!("{name} {member}"), value, row);
            }
        }
        Value::Array(items) if items.is_empty() => row(name, "none".to_owned()),
        Value::Array(items) => {
            for item in items {
                stated(name, item, row);
            }
        }
        Value::String(text) => row(name, text.clone()),
        Value::Null => {}
        value => row(name, value.to_string()),
    }
}
