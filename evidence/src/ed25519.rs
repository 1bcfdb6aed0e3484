//! Ed25519 public keys, checked once when they are registered, and strict verification.

use ed25519_dalek::{Signature, VerifyingKey};

/// Why 32 bytes are not a public key that the format accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// They don't encode a point of the curve.
    #[error("the public key is not a point of the curve")]
    NotAPoint,
    /// They encode a point, but not in its one canonical way.
    #[error("the public key is not canonically encoded")]
    NotCanonical,
    /// The point is of small order: every signature would seem to be its own.
    #[error("the public key is of small order")]
    SmallOrder,
    /// The point has a small-order part besides: verifiers could differ on its signatures.
    #[error("the public key is not torsion-free")]
    Torsion,
}

/// An Ed25519 public key: canonical, not of small order, torsion-free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// Checks a key.
    pub fn from_bytes(bytes: [u8; 32]) -> Result<Self, KeyError> {
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| KeyError::NotAPoint)?;
        let point = key.to_edwards();
        if point.compress().to_bytes() != bytes {
            return Err(KeyError::NotCanonical);
        }
        if point.is_small_order() {
            return Err(KeyError::SmallOrder);
        }
        if !point.is_torsion_free() {
            return Err(KeyError::Torsion);
        }
        Ok(Self(key))
    }

    /// The key's 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// Verifies strictly: canonical encodings, no small order, the equation without cofactor.
    pub fn verify(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        self.0
            .verify_strict(message, &Signature::from_bytes(signature))
            .is_ok()
    }
}

#[cfg(test)]
mod tests;
