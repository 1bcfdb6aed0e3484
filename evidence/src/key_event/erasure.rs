//! Erasure: data keys are destroyed, and everything under them is unreadable from then on.

use super::fields::{expect_keys, read_data_keys, read_origin, read_text, write_data_keys};
use super::signed::signed_by_identity;
use crate::cbor::{Decoder, Encoder};
use crate::hash::DataKeyId;
use crate::limits::STATEMENT_TEXT_BYTES_MAX;
use crate::origin::Origin;
use crate::record_error::RecordError;

/// Data keys are destroyed. It names keys and never whose they were.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasure {
    /// The ledger.
    pub origin: Origin,
    /// The data keys: 1 to 64, strictly ascending.
    pub data_keys: Vec<DataKeyId>,
    /// On what ground, in the operator's words; to be checked with [`super::check_statement_text`].
    pub basis: String,
}

impl Erasure {
    /// The statement's CBOR.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(256);
        let mut encoder = Encoder::new(&mut out);
        encoder.map(3);
        encoder.text("basis");
        encoder.text(&self.basis);
        encoder.text("origin");
        encoder.text(self.origin.as_str());
        encoder.text("data_keys");
        write_data_keys(&self.data_keys, &mut encoder);
        out
    }

    /// Decodes exactly one statement: encoding it again gives the same bytes.
    pub fn decode(statement: &[u8]) -> Result<Self, RecordError> {
        let mut decoder = Decoder::new(statement);
        let entries = decoder.map()?;
        decoder.key("basis")?;
        let basis = read_text(&mut decoder, "basis", STATEMENT_TEXT_BYTES_MAX)?;
        decoder.key("origin")?;
        let origin = read_origin(&mut decoder)?;
        decoder.key("data_keys")?;
        let data_keys = read_data_keys(&mut decoder)?;
        expect_keys(&decoder, entries, 3)?;
        Ok(Self {
            origin,
            data_keys,
            basis,
        })
    }
}

signed_by_identity!(Erasure, b"indelible/erasure@v1\n");
