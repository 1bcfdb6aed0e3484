//! Reads items, and refuses whatever is not in its one deterministic form.

use std::cmp::Ordering;

use super::error::CborError;
use super::types::{
    FALSE, MAJOR_ARRAY, MAJOR_BYTES, MAJOR_MAP, MAJOR_TEXT, MAJOR_UINT, TRUE, Type, compare_keys,
};
use crate::limits::UINT_MAX;

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
    #[inline(always)]
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
    ///
    /// Always inlined, so that the comparison is with a constant of known length.
    #[inline(always)]
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
