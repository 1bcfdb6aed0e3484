//! The types of the restricted encoding, the bytes that they begin with, and the order of map keys.

use std::cmp::Ordering;

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

pub(super) const MAJOR_UINT: u8 = 0 << 5;
pub(super) const MAJOR_BYTES: u8 = 2 << 5;
pub(super) const MAJOR_TEXT: u8 = 3 << 5;
pub(super) const MAJOR_ARRAY: u8 = 4 << 5;
pub(super) const MAJOR_MAP: u8 = 5 << 5;
pub(super) const FALSE: u8 = 0xf4;
pub(super) const TRUE: u8 = 0xf5;

/// The order of map keys: that of their encodings, so a shorter key comes before a longer one.
pub fn compare_keys(left: &str, right: &str) -> Ordering {
    left.len()
        .cmp(&right.len())
        .then_with(|| left.as_bytes().cmp(right.as_bytes()))
}
