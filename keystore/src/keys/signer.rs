//! The contract of whatever signs.

use crate::error::KeyError;

/// Signs with one Ed25519 key (RFC 8032, not the prehashed variant).
///
/// Signing may block for as long as a network call, if the key lies in a key
/// service. The caller builds the message and is responsible for its domain separation.
pub trait Signer: Send + Sync {
    /// The public key.
    fn public(&self) -> [u8; 32];

    /// Whether each signature is a call to a provider outside of this process, so that signatures should be few.
    fn is_remote(&self) -> bool {
        false
    }

    /// Signs the message as it is.
    fn sign(&self, message: &[u8]) -> Result<[u8; 64], KeyError>;
}
