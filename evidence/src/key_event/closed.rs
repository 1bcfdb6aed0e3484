//! The ledger's life ends here.

use super::fields::{expect_keys, read_optional_text, read_origin};
use super::signed::signed_by_identity;
use crate::cbor::{Decoder, Encoder};
use crate::limits::STATEMENT_TEXT_BYTES_MAX;
use crate::origin::Origin;
use crate::record_error::RecordError;

/// After it come only records that keep what is there: of keys, erasures, holds and disposals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    /// The ledger.
    pub origin: Origin,
    /// Why, in the operator's words; to be checked with [`super::check_statement_text`].
    pub reason: Option<String>,
    /// The ledger that goes on in its place: another one.
    pub successor: Option<Origin>,
}

impl Closed {
    /// The statement's CBOR.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(256);
        let mut encoder = Encoder::new(&mut out);
        let optional = usize::from(self.reason.is_some());
        encoder.map(1 + optional + usize::from(self.successor.is_some()));
        encoder.text("origin");
        encoder.text(self.origin.as_str());
        if let Some(reason) = &self.reason {
            encoder.text("reason");
            encoder.text(reason);
        }
        if let Some(successor) = &self.successor {
            encoder.text("successor");
            encoder.text(successor.as_str());
        }
        out
    }

    /// Decodes exactly one statement: encoding it again gives the same bytes.
    pub fn decode(statement: &[u8]) -> Result<Self, RecordError> {
        let mut decoder = Decoder::new(statement);
        let entries = decoder.map()?;
        decoder.key("origin")?;
        let origin = read_origin(&mut decoder)?;
        let reason = read_optional_text(&mut decoder, "reason", STATEMENT_TEXT_BYTES_MAX)?;
        let mut successor = None;
        if decoder.optional_key("successor") {
            let found = Origin::parse(decoder.text()?)
                .map_err(|error| RecordError::invalid("successor", error))?;
            if found == origin {
                return Err(RecordError::invalid("successor", "is the ledger itself"));
            }
            successor = Some(found);
        }
        let optional = usize::from(reason.is_some()) + usize::from(successor.is_some());
        expect_keys(&decoder, entries, 1 + optional)?;
        Ok(Self {
            origin,
            reason,
            successor,
        })
    }
}

signed_by_identity!(Closed, b"indelible/closed@v1\n");
