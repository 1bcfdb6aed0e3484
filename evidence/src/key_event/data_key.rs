//! The ledger-wide data key changes.

use super::fields::{expect_keys, read_origin};
use super::signed::signed_by_identity;
use crate::cbor::{Decoder, Encoder};
use crate::hash::DataKeyId;
use crate::origin::Origin;
use crate::record_error::{RecordError, fixed_bytes};

/// The ledger-wide data key from here on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataKeyChange {
    /// The ledger.
    pub origin: Origin,
    /// The data key's id.
    pub data_key: DataKeyId,
}

impl DataKeyChange {
    /// The statement's CBOR.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(256);
        let mut encoder = Encoder::new(&mut out);
        encoder.map(2);
        encoder.text("origin");
        encoder.text(self.origin.as_str());
        encoder.text("data_key");
        encoder.bytes(self.data_key.as_bytes());
        out
    }

    /// Decodes exactly one statement: encoding it again gives the same bytes.
    pub fn decode(statement: &[u8]) -> Result<Self, RecordError> {
        let mut decoder = Decoder::new(statement);
        let entries = decoder.map()?;
        decoder.key("origin")?;
        let origin = read_origin(&mut decoder)?;
        decoder.key("data_key")?;
        let data_key = DataKeyId::from_bytes(*fixed_bytes(&mut decoder, "data_key")?);
        expect_keys(&decoder, entries, 2)?;
        Ok(Self { origin, data_key })
    }
}

signed_by_identity!(DataKeyChange, b"indelible/data-key@v1\n");
