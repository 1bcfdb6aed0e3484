//! The name of a key-encryption key.

use std::fmt;

use data_encoding::HEXLOWER;

/// Names a KEK. Random, public, and stored in each key that it wraps.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KekId([u8; 16]);

impl KekId {
    /// From stored bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes to store.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for KekId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for KekId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KekId({self})")
    }
}
