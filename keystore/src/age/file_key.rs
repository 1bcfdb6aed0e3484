//! The key of one file, and what is derived from it.

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::error::AgeError;
use crate::crypto::entropy::Entropy;

/// Bytes of a file's key.
pub(super) const FILE_KEY_BYTES: usize = 16;
/// Bytes of the authentication code over a header.
pub(super) const MAC_BYTES: usize = 32;
/// Bytes of the nonce before a file's content.
pub(super) const NONCE_BYTES: usize = 16;

/// 32 bytes that are wiped.
pub(super) type Derived = Zeroizing<[u8; 32]>;

/// The key of one file; wiped when dropped.
pub(super) struct FileKey(Zeroizing<[u8; FILE_KEY_BYTES]>);

impl FileKey {
    pub(super) fn draw(entropy: &dyn Entropy) -> Result<Self, AgeError> {
        let mut key = Zeroizing::new([0; FILE_KEY_BYTES]);
        entropy.fill(&mut *key)?;
        Ok(Self(key))
    }

    pub(super) fn from_bytes(key: Zeroizing<[u8; FILE_KEY_BYTES]>) -> Self {
        Self(key)
    }

    pub(super) fn expose(&self) -> &[u8; FILE_KEY_BYTES] {
        &self.0
    }

    /// The authentication code over a header up to and with its `---`.
    pub(super) fn header_mac(&self, header: &[u8]) -> Result<[u8; MAC_BYTES], AgeError> {
        Ok(self.mac(header)?.finalize().into_bytes().into())
    }

    /// Checks it, in a time that does not depend on where it differs.
    pub(super) fn check_header(&self, header: &[u8], mac: &[u8]) -> Result<(), AgeError> {
        let right = self.mac(header)?.verify_slice(mac);
        right.map_err(|_| AgeError::HeaderAltered)
    }

    fn mac(&self, header: &[u8]) -> Result<Hmac<Sha256>, AgeError> {
        let key = derived(&[], self.expose(), b"header")?;
        let mac = Hmac::<Sha256>::new_from_slice(&*key);
        let mut mac = mac.map_err(|_| AgeError::Cipher)?;
        mac.update(header);
        Ok(mac)
    }

    /// The key of the content.
    pub(super) fn content_key(&self, nonce: &[u8; NONCE_BYTES]) -> Result<Derived, AgeError> {
        derived(nonce, self.expose(), b"payload")
    }
}

/// HKDF-SHA-256.
pub(super) fn derived(salt: &[u8], secret: &[u8], info: &[u8]) -> Result<Derived, AgeError> {
    let mut out = Zeroizing::new([0; 32]);
    let expanded = Hkdf::<Sha256>::new(Some(salt), secret).expand(info, &mut *out);
    expanded.map_err(|_| AgeError::Cipher)?;
    Ok(out)
}
