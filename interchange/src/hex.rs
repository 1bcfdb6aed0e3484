//! Hexadecimal digits: written in lower case, read in either.

use bytes::Bytes;
use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};

/// Bytes in hexadecimal.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    HEXLOWER.encode(bytes)
}

/// The bytes of hexadecimal digits, two for each.
#[must_use]
pub fn decode(text: &str) -> Option<Bytes> {
    HEXLOWER_PERMISSIVE
        .decode(text.as_bytes())
        .ok()
        .map(Bytes::from)
}
