//! AES-256-GCM in place: the one way in which this crate seals and opens.

use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{AeadInOut, Tag},
};

pub(crate) const NONCE_BYTES: usize = 12;
pub(crate) const TAG_BYTES: usize = 16;

/// The bytes do not open; nothing more can be said.
#[derive(Debug)]
pub(crate) struct DoesNotOpen;

/// Encrypts in place and returns the tag. Never twice with one key and nonce.
pub(crate) fn seal(
    key: &[u8; 32],
    nonce: &[u8; NONCE_BYTES],
    additional_data: &[u8],
    buffer: &mut [u8],
) -> Result<[u8; TAG_BYTES], DoesNotOpen> {
    Aes256Gcm::new(key.into())
        .encrypt_inout_detached(nonce.into(), additional_data, buffer.into())
        .map(Into::into)
        .map_err(|_| DoesNotOpen)
}

/// Decrypts in place if the tag is right; otherwise the buffer stays unchanged.
pub(crate) fn open(
    key: &[u8; 32],
    nonce: &[u8; NONCE_BYTES],
    additional_data: &[u8],
    buffer: &mut [u8],
    tag: &[u8; TAG_BYTES],
) -> Result<(), DoesNotOpen> {
    Aes256Gcm::new(key.into())
        .decrypt_inout_detached(
            nonce.into(),
            additional_data,
            buffer.into(),
            &Tag::<Aes256Gcm>::from(*tag),
        )
        .map_err(|_| DoesNotOpen)
}

#[cfg(test)]
mod tests;
