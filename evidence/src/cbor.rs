//! Deterministic CBOR (RFC 8949 section 4.2.1), restricted to what the format allows.
//!
//! The decoder borrows and never recurses or allocates. It reads only the shortest form of
//! unsigned integers up to 2^63-1, byte and text strings, arrays, maps and booleans; everything
//! else is an error. A structure with named keys reads them one by one in their only order with
//! [`Decoder::key`] and [`Decoder::optional_key`], so that an unsorted, repeated or unknown key
//! cannot pass; a map with the client's keys is read through [`MapKeys`].

use std::cmp::Ordering;

use crate::limits::UINT_MAX;

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
    #[error("the map or array at byte {offset} has {found} entries where {expected} belong")]
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

/// Appends items to a buffer. The order of map keys is the caller's to keep.
pub struct Encoder<'a> {
    out: &'a mut Vec<u8>,
}

impl<'a> Encoder<'a> {
    /// Appends to `out`.
    #[inline]
    pub fn new(out: &'a mut Vec<u8>) -> Self {
        Self { out }
    }

    /// An unsigned integer.
    ///
    /// # Panics
    ///
    /// If it is greater than 2^63-1: such a value must not come this far.
    #[inline]
    pub fn uint(&mut self, value: u64) {
        assert!(
            value <= UINT_MAX,
            "an integer of the evidence format is at most 2^63-1"
        );
        self.head(MAJOR_UINT, value);
    }

    /// A byte string.
    #[inline]
    pub fn bytes(&mut self, value: &[u8]) {
        self.head(MAJOR_BYTES, value.len() as u64);
        self.out.extend_from_slice(value);
    }

    /// A text string.
    #[inline]
    pub fn text(&mut self, value: &str) {
        self.head(MAJOR_TEXT, value.len() as u64);
        self.out.extend_from_slice(value.as_bytes());
    }

    /// `false` or `true`.
    #[inline]
    pub fn boolean(&mut self, value: bool) {
        self.out.push(if value { TRUE } else { FALSE });
    }

    /// Begins an array of so many items.
    #[inline]
    pub fn array(&mut self, length: usize) {
        self.head(MAJOR_ARRAY, length as u64);
    }

    /// Begins a map of so many keys with their values.
    #[inline]
    pub fn map(&mut self, length: usize) {
        self.head(MAJOR_MAP, length as u64);
    }

    #[inline]
    fn head(&mut self, major: u8, value: u64) {
        let bytes = value.to_be_bytes();
        match value {
            0..=23 => self.out.push(major | bytes[7]),
            24..=0xff => self.out.extend_from_slice(&[major | 24, bytes[7]]),
            0x100..=0xffff => self
                .out
                .extend_from_slice(&[major | 25, bytes[6], bytes[7]]),
            0x1_0000..=0xffff_ffff => {
                self.out
                    .extend_from_slice(&[major | 26, bytes[4], bytes[5], bytes[6], bytes[7]])
            }
            _ => {
                let mut head = [major | 27; 9];
                head[1..].copy_from_slice(&bytes);
                self.out.extend_from_slice(&head);
            }
        }
    }
}

/// Reads items from a slice, borrowing strings from it.
#[derive(Debug, Clone)]
pub struct Decoder<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> Decoder<'a> {
    /// Starts at the first byte.
    #[inline]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0 }
    }

    /// How many bytes have been read.
    #[inline]
    pub fn position(&self) -> usize {
        self.position
    }

    /// An error if bytes are left.
    #[inline]
    pub fn finish(&self) -> Result<(), CborError> {
        if self.position == self.bytes.len() {
            Ok(())
        } else {
            Err(CborError::TrailingBytes {
                offset: self.position,
            })
        }
    }

    /// The type of the next item.
    #[inline]
    pub fn peek(&self) -> Result<Type, CborError> {
        let offset = self.position;
        let initial = *self
            .bytes
            .get(offset)
            .ok_or(CborError::UnexpectedEnd { offset })?;
        match (initial & 0xe0, initial) {
            (MAJOR_UINT, _) => Ok(Type::Uint),
            (MAJOR_BYTES, _) => Ok(Type::Bytes),
            (MAJOR_TEXT, _) => Ok(Type::Text),
            (MAJOR_ARRAY, _) => Ok(Type::Array),
            (MAJOR_MAP, _) => Ok(Type::Map),
            (_, FALSE | TRUE) => Ok(Type::Boolean),
            _ => Err(CborError::Forbidden { offset, initial }),
        }
    }

    /// An unsigned integer, at most 2^63-1.
    #[inline]
    pub fn uint(&mut self) -> Result<u64, CborError> {
        self.head(MAJOR_UINT, Type::Uint)
    }

    /// A byte string.
    #[inline]
    pub fn bytes(&mut self) -> Result<&'a [u8], CborError> {
        let offset = self.position;
        let length = self.head(MAJOR_BYTES, Type::Bytes)?;
        self.take(length, offset)
    }

    /// A text string.
    #[inline]
    pub fn text(&mut self) -> Result<&'a str, CborError> {
        let offset = self.position;
        let length = self.head(MAJOR_TEXT, Type::Text)?;
        let bytes = self.take(length, offset)?;
        std::str::from_utf8(bytes).map_err(|_| CborError::InvalidUtf8 { offset })
    }

    /// `false` or `true`.
    #[inline]
    pub fn boolean(&mut self) -> Result<bool, CborError> {
        match self.bytes.get(self.position) {
            Some(&FALSE) => {
                self.position += 1;
                Ok(false)
            }
            Some(&TRUE) => {
                self.position += 1;
                Ok(true)
            }
            _ => Err(self.wrong_type(Type::Boolean)),
        }
    }

    /// Begins an array and returns how many items it says it has: never more than bytes are left.
    #[inline]
    pub fn array(&mut self) -> Result<usize, CborError> {
        let offset = self.position;
        let length = self.head(MAJOR_ARRAY, Type::Array)?;
        self.count(length, 1, offset)
    }

    /// Begins a map and returns how many keys it says it has: never more than half the bytes left.
    #[inline]
    pub fn map(&mut self) -> Result<usize, CborError> {
        let offset = self.position;
        let length = self.head(MAJOR_MAP, Type::Map)?;
        self.count(length, 2, offset)
    }

    /// Reads the key `name`, which must come next. `name` is shorter than 24 bytes.
    #[inline]
    pub fn key(&mut self, name: &'static str) -> Result<(), CborError> {
        if self.optional_key(name) {
            Ok(())
        } else {
            Err(CborError::ExpectedKey {
                offset: self.position,
                expected: name,
            })
        }
    }

    /// Reads the key `name` if it comes next. `name` is shorter than 24 bytes.
    #[inline]
    pub fn optional_key(&mut self, name: &'static str) -> bool {
        let end = self.position + 1 + name.len();
        let matches = match self.bytes.get(self.position..end) {
            Some([head, rest @ ..]) => {
                *head == MAJOR_TEXT | name.len() as u8 && rest == name.as_bytes()
            }
            _ => false,
        };
        if matches {
            self.position = end;
        }
        matches
    }

    #[inline]
    fn count(&self, length: u64, item_bytes_min: usize, offset: usize) -> Result<usize, CborError> {
        let most = (self.bytes.len() - self.position) / item_bytes_min;
        match usize::try_from(length) {
            Ok(length) if length <= most => Ok(length),
            _ => Err(CborError::UnexpectedEnd { offset }),
        }
    }

    #[inline]
    fn take(&mut self, length: u64, offset: usize) -> Result<&'a [u8], CborError> {
        let rest = &self.bytes[self.position..];
        match usize::try_from(length) {
            Ok(length) if length <= rest.len() => {
                self.position += length;
                Ok(&rest[..length])
            }
            _ => Err(CborError::UnexpectedEnd { offset }),
        }
    }

    #[inline]
    fn head(&mut self, major: u8, expected: Type) -> Result<u64, CborError> {
        match self.bytes.get(self.position) {
            Some(&initial) if initial & 0xe0 == major => {
                let short = initial & 0x1f;
                if short < 24 {
                    self.position += 1;
                    Ok(u64::from(short))
                } else {
                    self.long_head(initial)
                }
            }
            _ => Err(self.wrong_type(expected)),
        }
    }

    /// A head whose integer or length takes bytes of its own.
    #[inline]
    fn long_head(&mut self, initial: u8) -> Result<u64, CborError> {
        let offset = self.position;
        let (value, least) = match initial & 0x1f {
            24 => (u64::from(u8::from_be_bytes(self.argument()?)), 24),
            25 => (u64::from(u16::from_be_bytes(self.argument()?)), 1 << 8),
            26 => (u64::from(u32::from_be_bytes(self.argument()?)), 1 << 16),
            27 => (u64::from_be_bytes(self.argument()?), 1 << 32),
            _ => return Err(CborError::Forbidden { offset, initial }),
        };
        if value < least {
            return Err(CborError::NotShortest { offset });
        }
        if value > UINT_MAX {
            return Err(CborError::TooLarge { offset });
        }
        Ok(value)
    }

    #[inline]
    fn argument<const N: usize>(&mut self) -> Result<[u8; N], CborError> {
        let offset = self.position;
        match self.bytes[offset + 1..].first_chunk::<N>() {
            Some(argument) => {
                self.position = offset + 1 + N;
                Ok(*argument)
            }
            None => Err(CborError::UnexpectedEnd { offset }),
        }
    }

    #[cold]
    fn wrong_type(&self, expected: Type) -> CborError {
        match self.peek() {
            Ok(found) => CborError::WrongType {
                offset: self.position,
                expected,
                found,
            },
            Err(error) => error,
        }
    }
}

/// The keys of a map whose keys are the client's: text, strictly increasing.
#[derive(Debug)]
pub struct MapKeys<'a> {
    remaining: usize,
    previous: Option<&'a str>,
}

impl<'a> MapKeys<'a> {
    /// Begins a map.
    pub fn begin(decoder: &mut Decoder<'a>) -> Result<Self, CborError> {
        Ok(Self {
            remaining: decoder.map()?,
            previous: None,
        })
    }

    /// How many keys are left.
    pub fn remaining(&self) -> usize {
        self.remaining
    }

    /// The next key; its value must be read before the next call. `None` at the end.
    pub fn next_key(&mut self, decoder: &mut Decoder<'a>) -> Result<Option<&'a str>, CborError> {
        if self.remaining == 0 {
            return Ok(None);
        }
        self.remaining -= 1;
        let offset = decoder.position();
        let key = decoder.text()?;
        match self.previous {
            Some(previous) if compare_keys(previous, key) != Ordering::Less => {
                Err(CborError::KeyOrder { offset })
            }
            _ => {
                self.previous = Some(key);
                Ok(Some(key))
            }
        }
    }
}

#[cfg(test)]
mod tests;
