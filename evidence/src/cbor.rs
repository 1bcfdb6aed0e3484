//! Deterministic CBOR (RFC 8949 section 4.2.1), restricted to what the format allows.
//!
//! The decoder borrows and never recurses or allocates. It reads only the shortest form of
//! unsigned integers up to 2^63-1, byte and text strings, arrays, maps and booleans; everything
//! else is an error. A structure with named keys reads them one by one in their only order with
//! [`Decoder::key`] and [`Decoder::optional_key`], so that an unsorted, repeated or unknown key
//! cannot pass; a map with the client's keys is read through [`MapKeys`].

use std::cmp::Ordering;

mod decoder;
mod encoder;

pub use decoder::{Decoder, MapKeys};
pub use encoder::Encoder;

/// Bytes that are not of the restricted, deterministic encoding. Offsets count from the start of
/// the decoder's input.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CborError {
    /// The input ends inside an item.
    #[error("the input ends inside the item at byte {offset}")]
    UnexpectedEnd {
        /// Where the item starts.
        offset: usize,
    },
    /// An integer or length is not in its shortest form.
    #[error("the integer or length at byte {offset} is not in its shortest form")]
    NotShortest {
        /// Where the item starts.
        offset: usize,
    },
    /// An integer or length above 2^63-1.
    #[error("the integer or length at byte {offset} is greater than 2^63-1")]
    TooLarge {
        /// Where the item starts.
        offset: usize,
    },
    /// A type that the format does not have: negative integer, tag, float, null, indefinite length.
    #[error(
        "the item at byte {offset} begins with {initial:#04x}, which the format does not allow"
    )]
    Forbidden {
        /// Where the item starts.
        offset: usize,
        /// Its first byte.
        initial: u8,
    },
    /// An allowed type in the wrong place.
    #[error("expected {expected} at byte {offset}, found {found}")]
    WrongType {
        /// Where the item starts.
        offset: usize,
        /// What should be there.
        expected: Type,
        /// What is there.
        found: Type,
    },
    /// Text that is not UTF-8.
    #[error("the text at byte {offset} is not UTF-8")]
    InvalidUtf8 {
        /// Where the item starts.
        offset: usize,
    },
    /// A named key is missing, or another stands in its place.
    #[error("expected the key `{expected}` at byte {offset}")]
    ExpectedKey {
        /// Where the key should start.
        offset: usize,
        /// The key that should be there.
        expected: &'static str,
    },
    /// A map or an array does not have as many entries as belong to it.
    #[error("the map or array at byte {offset} has {found} entries, expected {expected}")]
    WrongCount {
        /// Where the map or array starts.
        offset: usize,
        /// How many belong there.
        expected: usize,
        /// How many it says it has.
        found: usize,
    },
    /// Keys of a map that are unsorted or repeated.
    #[error("the map key at byte {offset} is not greater than the one before it")]
    KeyOrder {
        /// Where the key starts.
        offset: usize,
    },
    /// Bytes after the item.
    #[error("there are bytes after the item, from byte {offset} on")]
    TrailingBytes {
        /// Where they start.
        offset: usize,
    },
}

/// The types of the restricted encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// An unsigned integer.
    Uint,
    /// A byte string.
    Bytes,
    /// A text string.
    Text,
    /// An array.
    Array,
    /// A map.
    Map,
    /// `false` or `true`.
    Boolean,
}

impl std::fmt::Display for Type {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Type::Uint => "an unsigned integer",
            Type::Bytes => "a byte string",
            Type::Text => "a text string",
            Type::Array => "an array",
            Type::Map => "a map",
            Type::Boolean => "a boolean",
        })
    }
}

const MAJOR_UINT: u8 = 0 << 5;
const MAJOR_BYTES: u8 = 2 << 5;
const MAJOR_TEXT: u8 = 3 << 5;
const MAJOR_ARRAY: u8 = 4 << 5;
const MAJOR_MAP: u8 = 5 << 5;
const FALSE: u8 = 0xf4;
const TRUE: u8 = 0xf5;

/// The order of map keys: that of their encodings, so a shorter key comes before a longer one.
pub fn compare_keys(left: &str, right: &str) -> Ordering {
    left.len()
        .cmp(&right.len())
        .then_with(|| left.as_bytes().cmp(right.as_bytes()))
}

#[cfg(test)]
mod tests;
