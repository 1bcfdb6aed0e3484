//! The KEK changes.

use super::fields::{expect_keys, read_optional_text, read_origin, read_text};
use super::signed::signed_by_identity;
use crate::cbor::{Decoder, Encoder};
use crate::limits::{PROVIDER_BYTES_MAX, STATEMENT_TEXT_BYTES_MAX};
use crate::origin::Origin;
use crate::record_error::{RecordError, fixed_bytes};

/// Wrapped keys lie under another KEK from here on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KekChange {
    /// The ledger.
    pub origin: Origin,
    /// The KEK's id.
    pub kek: [u8; 16],
    /// What kind of provider holds it: 1 to 64 bytes without control characters.
    pub provider: String,
    /// Why, in the operator's words; to be checked with [`super::check_statement_text`].
    pub reason: Option<String>,
}

impl KekChange {
    /// The statement's CBOR.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(256);
        let mut encoder = Encoder::new(&mut out);
        encoder.map(3 + usize::from(self.reason.is_some()));
        encoder.text("kek");
        encoder.bytes(&self.kek);
        encoder.text("origin");
        encoder.text(self.origin.as_str());
        if let Some(reason) = &self.reason {
            encoder.text("reason");
            encoder.text(reason);
        }
        encoder.text("provider");
        encoder.text(&self.provider);
        out
    }

    /// Decodes exactly one statement: encoding it again gives the same bytes.
    pub fn decode(statement: &[u8]) -> Result<Self, RecordError> {
        let mut decoder = Decoder::new(statement);
        let entries = decoder.map()?;
        decoder.key("kek")?;
        let kek = *fixed_bytes(&mut decoder, "kek")?;
        decoder.key("origin")?;
        let origin = read_origin(&mut decoder)?;
        let reason = read_optional_text(&mut decoder, "reason", STATEMENT_TEXT_BYTES_MAX)?;
        decoder.key("provider")?;
        let provider = read_text(&mut decoder, "provider", PROVIDER_BYTES_MAX)?;
        expect_keys(&decoder, entries, 3 + usize::from(reason.is_some()))?;
        Ok(Self {
            origin,
            kek,
            provider,
            reason,
        })
    }
}

signed_by_identity!(KekChange, b"indelible/kek@v1\n");
