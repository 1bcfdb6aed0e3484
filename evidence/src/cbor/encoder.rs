//! Appends items in their one deterministic form.

use super::types::{FALSE, MAJOR_ARRAY, MAJOR_BYTES, MAJOR_MAP, MAJOR_TEXT, MAJOR_UINT, TRUE};
use crate::limits::UINT_MAX;

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
