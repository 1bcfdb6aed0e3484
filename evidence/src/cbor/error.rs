//! Why bytes are refused.

use super::types::Type;

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
