//! How the files of a backup are encrypted: to recipients whose private keys lie elsewhere, and so that the same file becomes
//! the same object.
//!
//! An object is named by the hash of its bytes, encrypted or not. So that a file which an earlier backup has is found there
//! without a key that opens it, all that is random in its encryption is derived: from a secret of the store, from the file's
//! own content, and from the recipients. Another content, or other recipients, give another key, so nothing is ever sealed twice
//! under one key. Whoever lacks the secret can't find out whether a file that they know is in a backup; the secret
//! alone opens nothing.

use std::{
    fmt,
    sync::{Mutex, PoisonError},
};

use blake3::OutputReader;
use indelible_keystore::{
    Entropy, KeyError,
    age::{Recipient, Recipients},
};
use zeroize::{Zeroize as _, Zeroizing};

use crate::object::Content;

// Never changed: with another one every file would be copied anew.
const CONTEXT: &str = "indelible 2026-11-30 encryption of a file of a backup v0";

/// To whom the files of a backup are encrypted.
pub struct Sealing {
    recipients: Recipients,
    secret: Zeroizing<[u8; 32]>,
}

impl Sealing {
    /// To these recipients, under the secret of the store, which must be known to nobody who can read backups only.
    pub fn new(recipients: Recipients, secret: Zeroizing<[u8; 32]>) -> Self {
        Self { recipients, secret }
    }

    /// Whose keys open it.
    pub fn recipients(&self) -> &Recipients {
        &self.recipients
    }

    /// What is random in the encryption of a content.
    pub(crate) fn random(&self, content: &Content) -> Random {
        let mut hasher = blake3::Hasher::new_derive_key(CONTEXT);
        hasher.update(&*self.secret);
        hasher.update(content.digest.as_bytes());
        hasher.update(&content.bytes.to_le_bytes());
        for recipient in self.recipients.iter().map(Recipient::to_string) {
            hasher.update(recipient.as_bytes());
        }
        let random = Random(Mutex::new(hasher.finalize_xof()));
        hasher.zeroize();
        random
    }
}

impl fmt::Debug for Sealing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealing(to {:?})", self.recipients)
    }
}

/// Bytes that nobody can guess who lacks the secret.
pub(crate) struct Random(Mutex<OutputReader>);

impl Entropy for Random {
    fn fill(&self, out: &mut [u8]) -> Result<(), KeyError> {
        let mut reader = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        reader.fill(out);
        Ok(())
    }
}

impl Drop for Random {
    fn drop(&mut self) {
        let reader = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        reader.zeroize();
    }
}

#[cfg(test)]
mod tests;
