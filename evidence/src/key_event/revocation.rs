//! Revocation: at a size, never at a time.

use super::fields::{expect_keys, read_optional_text, read_origin};
use super::signed::signed_by_identity;
use super::typed_key::TypedKey;
use crate::cbor::{Decoder, Encoder};
use crate::limits::STATEMENT_TEXT_BYTES_MAX;
use crate::origin::Origin;
use crate::record_error::RecordError;

/// Signatures of a key over sizes beyond `size` count for nothing. Records under a checkpoint that a
/// trusted identity signed stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revocation {
    /// The ledger.
    pub origin: Origin,
    /// The key: one of an earlier identity, or that of an epoch.
    pub key: TypedKey,
    /// The last tree size at which it is still trusted: at most the record's own sequence number.
    pub size: u64,
    /// Why, in the operator's words; to be checked with [`super::check_statement_text`].
    pub reason: Option<String>,
}

impl Revocation {
    /// The statement's CBOR. Integers are at most 2^63-1.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(256);
        let mut encoder = Encoder::new(&mut out);
        encoder.map(3 + usize::from(self.reason.is_some()));
        encoder.text("key");
        self.key.write(&mut encoder);
        encoder.text("size");
        encoder.uint(self.size);
        encoder.text("origin");
        encoder.text(self.origin.as_str());
        if let Some(reason) = &self.reason {
            encoder.text("reason");
            encoder.text(reason);
        }
        out
    }

    /// Decodes exactly one statement: encoding it again gives the same bytes.
    pub fn decode(statement: &[u8]) -> Result<Self, RecordError> {
        let mut decoder = Decoder::new(statement);
        let entries = decoder.map()?;
        decoder.key("key")?;
        let key = TypedKey::read(&mut decoder, "key")?;
        decoder.key("size")?;
        let size = decoder.uint()?;
        decoder.key("origin")?;
        let origin = read_origin(&mut decoder)?;
        let reason = read_optional_text(&mut decoder, "reason", STATEMENT_TEXT_BYTES_MAX)?;
        expect_keys(&decoder, entries, 3 + usize::from(reason.is_some()))?;
        Ok(Self {
            origin,
            key,
            size,
            reason,
        })
    }
}

signed_by_identity!(Revocation, b"indelible/revocation@v1\n");
