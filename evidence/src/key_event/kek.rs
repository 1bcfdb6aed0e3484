//! The KEK changes.

use super::{expect_keys, read_origin, read_text, signed_by_identity};
use crate::cbor::{Decoder, Encoder};
use crate::limits::PROVIDER_BYTES_MAX;
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
}

impl KekChange {
    /// The statement's CBOR.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(256);
        let mut encoder = Encoder::new(&mut out);
        encoder.map(3);
        encoder.text("kek");
        encoder.bytes(&self.kek);
        encoder.text("origin");
        encoder.text(self.origin.as_str());
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
        decoder.key("provider")?;
        let provider = read_text(&mut decoder, "provider", PROVIDER_BYTES_MAX)?;
        expect_keys(&decoder, entries, 3)?;
        Ok(Self {
            origin,
            kek,
            provider,
        })
    }
}

signed_by_identity!(KekChange, b"indelible/kek@v1\n");
