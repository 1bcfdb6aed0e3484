//! One row for each record: RFC 4180, UTF-8, lines ended by CR LF.
//!
//! Spreadsheets take a cell that begins with one of `=+-@` for a formula, and run it. So a cell of text that begins with
//! one of these (also in their full-width forms), with a tab, a line end or an apostrophe, gets one apostrophe in front.

use std::io::{self, Write};

use indelible_compliance::{
    reports::inert::{inert, inert_json, told_apart},
    time::Instant,
};
use serde_json::Value;

use super::payload::Content;
use super::record::ShownRecord;
use super::shower::Shower;

const COLUMNS: [&str; 25] = [
    "sequence",
    "recorded_time",
    "kind",
    "type",
    "classification",
    "id",
    "source",
    "subject",
    "time",
    "datacontenttype",
    "actor",
    "correlation_id",
    "causation_id",
    "data_subject",
    "traceparent",
    "facts",
    "digests",
    "body",
    "payload",
    "payload_bytes",
    "payload_sha256",
    "payload_text",
    "statement",
    "chain_hash",
    "findings",
];
/// The columns that are attributes of the body.
const ATTRIBUTES: std::ops::Range<usize> = 5..15;
/// No spreadsheet takes a longer cell. A longer text is left out, and its length and digest stand beside it.
const CELL_CHARACTERS_MAX: usize = 32_000;

/// Writes the rows.
pub(super) struct Csv<'a> {
    out: &'a mut dyn Write,
}

impl<'a> Csv<'a> {
    pub(super) fn begin(out: &'a mut dyn Write) -> io::Result<Self> {
        let mut csv = Self { out };
        csv.row(&COLUMNS.map(str::to_owned))?;
        Ok(csv)
    }

    fn row(&mut self, cells: &[String]) -> io::Result<()> {
        let line = cells.join(",");
        self.out.write_all(line.as_bytes())?;
        self.out.write_all(b"\r\n")
    }
}

impl Shower for Csv<'_> {
    fn record(&mut self, record: &ShownRecord) -> io::Result<()> {
        let mut cells = vec![String::new(); COLUMNS.len()];
        let mut put = |name: &str, text: String| {
            if let Some(at) = COLUMNS.iter().position(|column| *column == name) {
                cells[at] = text;
            }
        };
        put("sequence", record.sequence.to_string());
        put("recorded_time", Instant(record.time).to_string());
        put("kind", record.kind.to_owned());
        if let Some(chain) = &record.chain {
            put("chain_hash", chain.to_string());
        }
        if let Some(event) = &record.event {
            put("type", cell(&event.event_type));
            put(
                "classification",
                cell(event.classification.as_deref().unwrap_or_default()),
            );
            for name in &COLUMNS[ATTRIBUTES] {
                put(name, cell(event.attributes.text(name).unwrap_or_default()));
            }
            if !event.attributes.facts.is_empty() {
                put("facts", json_cell(&event.attributes.facts_json()));
            }
            if !event.attributes.digests.is_empty() {
                put("digests", json_cell(&event.attributes.digests_json()));
            }
            put("body", event.body.name().to_owned());
            put("payload", event.payload.state.name().to_owned());
            let length = event.payload.length.map(|length| length.to_string());
            put("payload_bytes", length.unwrap_or_default());
            put("payload_sha256", event.payload.sha256().unwrap_or_default());
            if let Some(Content::Text(text)) = event.payload.content()
                && text.len() <= CELL_CHARACTERS_MAX
            {
                put("payload_text", cell_of(text, inert(text)));
            }
        }
        if !record.statement.is_empty() {
            put(
                "statement",
                json_cell(&Value::Object(record.statement.clone())),
            );
        }
        put("findings", cell(&record.findings.join("; ")));
        self.row(&cells)
    }

    fn end(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Anybody's text. A backslash that could be taken for an escape of ours is doubled.
fn cell(text: &str) -> String {
    cell_of(text, inert(&told_apart(text)))
}

/// The same of a text that was made inert.
fn cell_of(text: &str, inert: String) -> String {
    let runs = text.starts_with([
        '=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}', '\t', '\r', '\n', '\'',
    ]);
    quoted(&match runs {
        true => format!("'{inert}"),
        false => inert,
    })
}

/// JSON, which begins with a bracket.
fn json_cell(json: &Value) -> String {
    quoted(&inert_json(json.to_string()))
}

fn quoted(text: &str) -> String {
    match text.contains([',', '"', '\r', '\n']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_and_none_breaks_its_row() {
        for (text, wanted) in [
            ("=1+1", "'=1+1"),
            ("+4", "'+4"),
            ("-4", "'-4"),
            ("@a", "'@a"),
            ("\u{ff1d}1", "'\u{ff1d}1"),
            ("'a", "''a"),
            ("\tx", "'\\tx"),
            ("a,\"b\"", "\"a,\"\"b\"\"\""),
            ("a\r\n=b", "a\\u{d}\\n=b"),
            ("a\u{202e}b", "a\\u{202e}b"),
            ("a\\u{202e}b", "a\\\\u{202e}b"),
            ("a\\nb", "a\\\\nb"),
            ("C:\\data", "C:\\data"),
            ("plain", "plain"),
            ("", ""),
        ] {
            assert_eq!(cell(text), wanted);
        }
    }
}
