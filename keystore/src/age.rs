//! Files in the age format, version 1 (C2SP `age.md`): encrypted to X25519 recipients, whose keys `age-keygen` makes and
//! whose files `age` opens.
//!
//! Whoever encrypts needs the recipients alone, which are public. An [`Identity`] is the private half: a daemon never has one.
//! What is decrypted is authentic as far as it was returned; a file that was cut off ends with an error, never as if it were
//! whole.

mod error;
mod file_key;
mod header;
mod identity;
mod key_text;
pub mod limits;
mod recipient;
mod seal;
mod stanza;
mod stream;

use std::io::{self, Read, Write};

use zeroize::Zeroizing;

pub use self::{
    error::AgeError,
    identity::{Identity, identities},
    recipient::{Recipient, Recipients},
    stream::{Decryptor, Encryptor},
};
use crate::crypto::entropy::SystemEntropy;

/// Encrypts what `source` gives to all recipients, and returns how many bytes were written.
///
/// # Errors
/// If `source` can't be read, `target` can't be written, or there are no random bytes.
pub fn encrypt_stream(
    recipients: &Recipients,
    source: impl Read,
    target: &mut impl Write,
) -> Result<u64, AgeError> {
    let mut encrypted = Encryptor::new(recipients, source, &SystemEntropy)?;
    Ok(io::copy(&mut encrypted, target)?)
}

/// Encrypts bytes to all recipients.
///
/// # Errors
/// If there are no random bytes.
pub fn encrypt(recipients: &Recipients, bytes: &[u8]) -> Result<Vec<u8>, AgeError> {
    let mut encrypted = Vec::new();
    encrypt_stream(recipients, bytes, &mut encrypted)?;
    Ok(encrypted)
}

/// Decrypts what `source` gives with one of the identities, and returns how many bytes were written. What was written before an
/// error is not the whole file, and must not be used as if it were.
///
/// # Errors
/// If it is not an age file, it is encrypted to others, it was altered or cut off, or a side fails.
pub fn decrypt_stream(
    identities: &[Identity],
    source: impl Read,
    target: &mut impl Write,
) -> Result<u64, AgeError> {
    let mut decrypted = Decryptor::new(identities, source)?;
    Ok(io::copy(&mut decrypted, target)?)
}

/// Decrypts bytes with one of the identities.
///
/// # Errors
/// If it is not an age file, it is encrypted to others, or it was altered or cut off.
pub fn decrypt(identities: &[Identity], bytes: &[u8]) -> Result<Zeroizing<Vec<u8>>, AgeError> {
    // What is inside is shorter than what is around it, so that nothing is left where this grew from.
    let mut decrypted = Zeroizing::new(Vec::with_capacity(bytes.len()));
    decrypt_stream(identities, bytes, &mut *decrypted)?;
    Ok(decrypted)
}

#[cfg(test)]
mod tests;
