//! A 32-byte secret key that can't be printed, copied or serialised.

use std::fmt;

use zeroize::Zeroizing;

use crate::{
    crypto::entropy::{Entropy, SystemEntropy},
    error::KeyError,
};

/// Length of every key that this crate wraps.
pub const KEY_BYTES: usize = 32;

/// A secret key or seed; wiped when dropped.
///
/// It lives on the heap, so that moving it leaves no copy on the stack.
pub struct SecretKey(Box<Zeroizing<[u8; KEY_BYTES]>>);

impl SecretKey {
    /// Draws a new key from the operating system.
    pub fn generate() -> Result<Self, KeyError> {
        Self::draw(&SystemEntropy)
    }

    /// Draws a new key.
    pub fn draw(entropy: &dyn Entropy) -> Result<Self, KeyError> {
        let mut key = Self::zeroed();
        entropy.fill(key.expose_mut())?;
        Ok(key)
    }

    /// Takes a key over; the caller's copy is wiped as it is dropped.
    pub fn from_bytes(bytes: Zeroizing<[u8; KEY_BYTES]>) -> Self {
        let mut key = Self::zeroed();
        key.expose_mut().copy_from_slice(bytes.as_slice());
        key
    }

    /// The key's bytes, for the cipher or signer that uses them. Copy them nowhere else.
    pub fn expose(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }

    pub(crate) fn zeroed() -> Self {
        Self(Box::new(Zeroizing::new([0; KEY_BYTES])))
    }

    pub(crate) fn expose_mut(&mut self) -> &mut [u8; KEY_BYTES] {
        &mut self.0
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(..)")
    }
}
