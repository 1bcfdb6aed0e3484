//! A client's own envelope: a payload that the client encrypts before it appends it, and that no daemon opens.
//!
//! AES-256-GCM under a key of the client's, with a nonce of 96 bits and a tag of 128. The additional
//! authenticated data is the canonical JSON (RFC 8785) of `eventId`, `systemId` and `timestamp`, so that a
//! ciphertext can't be moved to another event; its SHA-256 stands beside the ciphertext. Pure: bytes in, bytes
//! out.

use aes_gcm::{
    Aes256Gcm, KeyInit as _,
    aead::{Aead as _, Payload},
};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

/// Bytes of a key.
pub const KEY_BYTES: usize = 32;
/// Bytes of a nonce.
pub const NONCE_BYTES: usize = 12;
/// A key file of any form, with some white space around it.
pub const KEY_FILE_BYTES_MAX: usize = 256;

const NONCE_CONTEXT: &str = "indelible 2026-11-21 client envelope nonce v0";

/// Why an envelope can't be opened or made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// The key's file holds no key.
    #[error(
        "the file does not hold a 256-bit key: 32 bytes as they are, 64 hexadecimal digits, or the same in base64"
    )]
    NotAKey,
    /// The nonce is of another length.
    #[error("the envelope's nonce has {found} bytes; for AES-256-GCM it must have 12")]
    Nonce {
        /// How many it has.
        found: usize,
    },
    /// Nothing binds the ciphertext to its event.
    #[error(
        "the envelope has no digest of its additional data, so which event it belongs to is unknown"
    )]
    NoDigest,
    /// The additional data is another event's.
    #[error(
        "the envelope belongs to another event: its digest is not that of this event id, system id and timestamp"
    )]
    OtherEvent,
    /// Key, ciphertext or tag is not right. Which of them can't be told.
    #[error(
        "the envelope does not open: the key is not the right one, or the ciphertext was altered"
    )]
    DoesNotOpen,
    /// There is more to encrypt than the cipher takes.
    #[error("the plaintext is longer than the cipher allows")]
    TooLong,
}

/// A key of the client's. Can't be printed; wiped when dropped.
pub struct EnvelopeKey(Zeroizing<[u8; KEY_BYTES]>);

impl EnvelopeKey {
    /// Reads a key's file: the 32 bytes as they are, or in hexadecimal, or in base64.
    ///
    /// # Errors
    ///
    /// When it is not one of these.
    pub fn parse(file: &[u8]) -> Result<Self, EnvelopeError> {
        let text = file.trim_ascii();
        // 32 hexadecimal digits are half a key, and not a key of 32 letters.
        let is_half = text.len() == KEY_BYTES && text.iter().all(u8::is_ascii_hexdigit);
        let bytes = match (file.len(), text.len()) {
            (KEY_BYTES, _) if !is_half => Some(Zeroizing::new(file.to_vec())),
            (_, 64) => unhex(text),
            (_, 44) => BASE64.decode(text).ok().map(Zeroizing::new),
            _ => None,
        };
        let bytes = bytes.ok_or(EnvelopeError::NotAKey)?;
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        if bytes.len() != KEY_BYTES {
            return Err(EnvelopeError::NotAKey);
        }
        key.copy_from_slice(&bytes);
        Ok(Self(key))
    }

    fn cipher(&self) -> Aes256Gcm {
        Aes256Gcm::new((&*self.0).into())
    }
}

fn unhex(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let digit = |digit: u8| char::from(digit).to_digit(16);
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len() / 2));
    for pair in text.chunks_exact(2) {
        bytes.push(u8::try_from(digit(pair[0])? * 16 + digit(pair[1])?).ok()?);
    }
    Some(bytes)
}

/// What an envelope is bound to. The fields stand in the order of their names on the wire, as RFC 8785 sorts them.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Binding<'a> {
    /// The event's id.
    pub event_id: &'a str,
    /// The system that the event comes from.
    pub system_id: &'a str,
    /// When it happened, as the event says it.
    pub timestamp: &'a str,
}

impl Binding<'_> {
    /// The additional authenticated data. For texts alone, what `serde_json` writes is canonical: RFC 8785 takes
    /// its escapes from the same place.
    #[must_use]
    pub fn additional_data(&self) -> Vec<u8> {
        // Texts always have a JSON form.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Its SHA-256.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.additional_data()).into()
    }
}

/// An envelope, as an event carries it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedPayload {
    /// The ciphertext, and the tag behind it.
    pub ciphertext: Vec<u8>,
    /// The nonce.
    pub nonce: Vec<u8>,
    /// SHA-256 of the additional data; empty if there is none.
    pub aad_digest: Vec<u8>,
}

impl SealedPayload {
    /// Encrypts a payload. The nonce follows from key, binding and payload: the same event made again is the same
    /// to the byte, so that appending it again is safe, and two different ones share a nonce no sooner than if it
    /// were drawn.
    ///
    /// # Errors
    ///
    /// When the payload is longer than the cipher takes.
    pub fn seal(
        key: &EnvelopeKey,
        binding: &Binding<'_>,
        payload: &[u8],
    ) -> Result<Self, EnvelopeError> {
        let aad = binding.additional_data();
        let nonce = nonce(key, &aad, payload);
        let sealed = Payload {
            msg: payload,
            aad: &aad,
        };
        let ciphertext = key
            .cipher()
            .encrypt(&nonce.into(), sealed)
            .map_err(|_| EnvelopeError::TooLong)?;
        Ok(Self {
            ciphertext,
            nonce: nonce.to_vec(),
            aad_digest: binding.digest().to_vec(),
        })
    }

    /// Decrypts it. That it belongs to this event is checked first.
    ///
    /// # Errors
    ///
    /// Which check failed; of the cipher's, only that it did.
    pub fn open(
        &self,
        key: &EnvelopeKey,
        binding: &Binding<'_>,
    ) -> Result<Zeroizing<Vec<u8>>, EnvelopeError> {
        if self.aad_digest.is_empty() {
            return Err(EnvelopeError::NoDigest);
        }
        if self.aad_digest != binding.digest() {
            return Err(EnvelopeError::OtherEvent);
        }
        let nonce: [u8; NONCE_BYTES] =
            self.nonce
                .as_slice()
                .try_into()
                .map_err(|_| EnvelopeError::Nonce {
                    found: self.nonce.len(),
                })?;
        let sealed = Payload {
            msg: &self.ciphertext,
            aad: &binding.additional_data(),
        };
        key.cipher()
            .decrypt(&nonce.into(), sealed)
            .map(Zeroizing::new)
            .map_err(|_| EnvelopeError::DoesNotOpen)
    }
}

fn nonce(key: &EnvelopeKey, aad: &[u8], payload: &[u8]) -> [u8; NONCE_BYTES] {
    let nonce_key = Zeroizing::new(blake3::derive_key(NONCE_CONTEXT, key.0.as_slice()));
    let mut hasher = blake3::Hasher::new_keyed(&nonce_key);
    hasher.update(&(aad.len() as u64).to_le_bytes());
    hasher.update(aad);
    hasher.update(payload);
    let mut nonce = [0; NONCE_BYTES];
    hasher.finalize_xof().fill(&mut nonce);
    nonce
}

#[cfg(test)]
#[path = "envelope_tests.rs"]
mod tests;
