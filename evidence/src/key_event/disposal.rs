//! Disposal: bodies or payloads of the named records are erased or archived under a rule.

use super::fields::{expect_keys, read_origin, read_text};
use super::signed::signed_by_identity;
use crate::cbor::{CborError, Decoder, Encoder};
use crate::limits::{DISPOSAL_SPANS_MAX, NAME_BYTES_MAX, STATEMENT_TEXT_BYTES_MAX};
use crate::origin::Origin;
use crate::record_error::{RecordError, fixed_bytes};

/// Parts of records are disposed of under a rule. Which parts of which records that are, the rule says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disposal {
    /// The ledger.
    pub origin: Origin,
    /// The name of a rule of retention that is in force at its place.
    pub rule: String,
    /// The spans of records among which it names some: 1 to 64, ascending and apart.
    pub spans: Vec<Span>,
    /// Where the parts were put, if the rule archives.
    pub archive: Option<Archive>,
}

/// Records in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first one.
    pub from: u64,
    /// The one after the last.
    pub to: u64,
}

/// The file that holds what was archived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archive {
    /// SHA-256 of it.
    pub sha256: [u8; 32],
    /// Where it was put, in the operator's words: 1 to 1,024 bytes without control characters.
    pub location: String,
}

impl Disposal {
    /// Whether a record lies in one of the spans.
    pub fn covers(&self, sequence: u64) -> bool {
        let before = self.spans.partition_point(|span| span.to <= sequence);
        self.spans
            .get(before)
            .is_some_and(|span| span.from <= sequence)
    }

    /// The end of its last span.
    pub fn end(&self) -> u64 {
        self.spans.last().map_or(0, |span| span.to)
    }

    /// The statement's CBOR. Integers are at most 2^63-1.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(256);
        let mut encoder = Encoder::new(&mut out);
        encoder.map(3 + usize::from(self.archive.is_some()));
        encoder.text("rule");
        encoder.text(&self.rule);
        encoder.text("spans");
        encoder.array(self.spans.len());
        for span in &self.spans {
            encoder.array(2);
            encoder.uint(span.from);
            encoder.uint(span.to);
        }
        encoder.text("origin");
        encoder.text(self.origin.as_str());
        if let Some(archive) = &self.archive {
            encoder.text("archive");
            encoder.map(2);
            encoder.text("sha256");
            encoder.bytes(&archive.sha256);
            encoder.text("location");
            encoder.text(&archive.location);
        }
        out
    }

    /// Decodes exactly one statement: encoding it again gives the same bytes.
    pub fn decode(statement: &[u8]) -> Result<Self, RecordError> {
        let mut decoder = Decoder::new(statement);
        let entries = decoder.map()?;
        decoder.key("rule")?;
        let rule = read_text(&mut decoder, "rule", NAME_BYTES_MAX)?;
        decoder.key("spans")?;
        let spans = read_spans(&mut decoder)?;
        decoder.key("origin")?;
        let origin = read_origin(&mut decoder)?;
        let mut archive = None;
        if decoder.optional_key("archive") {
            archive = Some(read_archive(&mut decoder)?);
        }
        expect_keys(&decoder, entries, 3 + usize::from(archive.is_some()))?;
        Ok(Self {
            origin,
            rule,
            spans,
            archive,
        })
    }
}

fn read_spans(decoder: &mut Decoder<'_>) -> Result<Vec<Span>, RecordError> {
    const FIELD: &str = "spans";
    let count = decoder.array()?;
    if count == 0 || count > DISPOSAL_SPANS_MAX {
        return Err(RecordError::invalid(FIELD, format!("has {count} entries")));
    }
    let mut spans: Vec<Span> = Vec::with_capacity(count);
    for _ in 0..count {
        expect_count(decoder.position(), decoder.array()?)?;
        let (from, to) = (decoder.uint()?, decoder.uint()?);
        // Spans that touch are one.
        let apart = spans.last().is_none_or(|last| from > last.to);
        if from >= to || !apart {
            return Err(RecordError::invalid(
                FIELD,
                "must hold spans that are not empty, in ascending order and with a gap between each two",
            ));
        }
        spans.push(Span { from, to });
    }
    Ok(spans)
}

fn read_archive(decoder: &mut Decoder<'_>) -> Result<Archive, RecordError> {
    expect_count(decoder.position(), decoder.map()?)?;
    decoder.key("sha256")?;
    let sha256 = *fixed_bytes(decoder, "sha256")?;
    decoder.key("location")?;
    let location = read_text(decoder, "location", STATEMENT_TEXT_BYTES_MAX)?;
    Ok(Archive { sha256, location })
}

/// Both a span and an archive have two entries.
fn expect_count(offset: usize, found: usize) -> Result<(), RecordError> {
    let expected = 2;
    if found == expected {
        return Ok(());
    }
    Err(CborError::WrongCount {
        offset,
        expected,
        found,
    }
    .into())
}

signed_by_identity!(Disposal, b"indelible/disposal@v1\n");
