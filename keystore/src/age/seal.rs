//! ChaCha20-Poly1305 in place: what age encrypts with.

use chacha20poly1305::{
    ChaCha20Poly1305, KeyInit as _,
    aead::{AeadInOut as _, Tag},
};

use super::error::AgeError;

/// Bytes of a tag.
pub(super) const TAG_BYTES: usize = 16;
/// Bytes of a nonce.
pub(super) const SEAL_NONCE_BYTES: usize = 12;

/// A key, ready for use.
pub(super) struct Seal(ChaCha20Poly1305);

impl Seal {
    pub(super) fn new(key: &[u8; 32]) -> Self {
        Self(ChaCha20Poly1305::new(key.into()))
    }

    /// Encrypts in place, and appends the tag. Never twice with one nonce.
    pub(super) fn close(
        &self,
        nonce: &[u8; SEAL_NONCE_BYTES],
        buffer: &mut Vec<u8>,
    ) -> Result<(), AgeError> {
        let sealed = self
            .0
            .encrypt_inout_detached(nonce.into(), &[], buffer.as_mut_slice().into());
        let tag = sealed.map_err(|_| AgeError::Cipher)?;
        buffer.extend_from_slice(&tag);
        Ok(())
    }

    /// Decrypts in place and takes the tag off; false, and nothing is changed, if it does not open.
    pub(super) fn opens(&self, nonce: &[u8; SEAL_NONCE_BYTES], buffer: &mut Vec<u8>) -> bool {
        let Some(length) = buffer.len().checked_sub(TAG_BYTES) else {
            return false;
        };
        let (content, tag) = buffer.split_at_mut(length);
        let Ok(tag) = <[u8; TAG_BYTES]>::try_from(&*tag) else {
            return false;
        };
        let tag = Tag::<ChaCha20Poly1305>::from(tag);
        let opened = self
            .0
            .decrypt_inout_detached(nonce.into(), &[], content.into(), &tag);
        if opened.is_err() {
            return false;
        }
        buffer.truncate(length);
        true
    }
}
