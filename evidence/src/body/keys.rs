//! Counts the keys of a map.

use crate::cbor::{CborError, Decoder};
use crate::record_error::RecordError;

/// Reads an optional key and counts it.
#[inline(always)]
pub(super) fn counted_key(decoder: &mut Decoder<'_>, name: &'static str, keys: &mut usize) -> bool {
    let found = decoder.optional_key(name);
    *keys += usize::from(found);
    found
}

/// A map has as many entries as keys were read.
pub(super) fn expect_count(offset: usize, keys: usize, entries: usize) -> Result<(), RecordError> {
    if keys == entries {
        Ok(())
    } else {
        Err(CborError::WrongCount {
            offset,
            expected: keys,
            found: entries,
        }
        .into())
    }
}
