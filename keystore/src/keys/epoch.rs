//! The epoch key: born in memory, signs commits, is never stored.

use std::fmt;

use ed25519_dalek::{Signer as _, SigningKey};

use super::{secret::SecretKey, signer::Signer};
use crate::{
    crypto::entropy::{Entropy, SystemEntropy},
    error::KeyError,
};

/// An Ed25519 key for one epoch. There is no way to wrap it, read its seed or make
/// it from one: it ends with the process at the latest, and is wiped.
pub struct EpochKey {
    // On the heap, so that moving it leaves no copy on the stack.
    signing: Box<SigningKey>,
}

impl EpochKey {
    /// Draws a new epoch key from the operating system.
    pub fn generate() -> Result<Self, KeyError> {
        Self::draw(&SystemEntropy)
    }

    /// Draws a new epoch key.
    pub fn draw(entropy: &dyn Entropy) -> Result<Self, KeyError> {
        let seed = SecretKey::draw(entropy)?;
        Ok(Self {
            signing: Box::new(SigningKey::from_bytes(seed.expose())),
        })
    }
}

impl Signer for EpochKey {
    fn public(&self) -> [u8; 32] {
        self.signing.verifying_key().to_bytes()
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; 64], KeyError> {
        Ok(self.signing.sign(message).to_bytes())
    }
}

impl fmt::Debug for EpochKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EpochKey(..)")
    }
}
