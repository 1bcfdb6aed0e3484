//! Identities: private keys that open files.

use std::{fmt, fs::File, io::Read as _, path::Path};

use data_encoding::BASE64_NOPAD;
use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::Zeroizing;

use super::{
    error::AgeError,
    file_key::{FILE_KEY_BYTES, FileKey},
    key_text,
    limits::AGE_IDENTITY_FILE_BYTES_MAX,
    recipient::Recipient,
    seal::{SEAL_NONCE_BYTES, Seal, TAG_BYTES},
    stanza::{Stanza, X25519, wrapping_key},
};
use crate::keys::SecretKey;

const PREFIX: &str = "age-secret-key-";

/// A private key that opens files: `AGE-SECRET-KEY-1…`. Wiped when dropped.
pub struct Identity(StaticSecret);

impl Identity {
    /// Reads one.
    ///
    /// # Errors
    /// If it is not valid; the error does not show it.
    pub fn parse(text: &str) -> Result<Self, AgeError> {
        Self::of_line(1, text)
    }

    /// Draws a new one, as `age-keygen` does.
    ///
    /// # Errors
    /// If there are no random bytes.
    pub fn generate() -> Result<Self, AgeError> {
        let key = SecretKey::generate()?;
        Ok(Self(StaticSecret::from(*key.expose())))
    }

    /// The public half, to encrypt to.
    pub fn recipient(&self) -> Recipient {
        Recipient::new(PublicKey::from(&self.0))
    }

    /// Its text, as a file of identities has it.
    pub fn expose(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(key_text::encode(PREFIX, self.0.as_bytes()));
        text.make_ascii_uppercase();
        text
    }

    fn of_line(line: usize, text: &str) -> Result<Self, AgeError> {
        let wrong = |problem| AgeError::Identity { line, problem };
        if text.starts_with("AGE-PLUGIN-") {
            return Err(wrong("keys of plugins are not taken"));
        }
        if text.starts_with("age1") {
            return Err(wrong("it is a recipient, which is the public half"));
        }
        let bytes = key_text::decode(PREFIX, text).map_err(wrong)?;
        if text.bytes().any(|byte| byte.is_ascii_lowercase()) {
            return Err(wrong("it is written in upper case"));
        }
        let key = <[u8; 32]>::try_from(bytes.as_slice());
        let key = Zeroizing::new(key.map_err(|_| wrong("it does not have 32 bytes"))?);
        Ok(Self(StaticSecret::from(*key)))
    }

    /// The file's key, if a stanza has it for this identity.
    ///
    /// # Errors
    /// If the stanza is one of X25519 and not as the specification says.
    pub(super) fn open(&self, stanza: &Stanza) -> Result<Option<FileKey>, AgeError> {
        let wrong = |problem| AgeError::Header { problem };
        let [kind, share] = stanza.arguments.as_slice() else {
            return match stanza.arguments.first().is_some_and(|kind| kind == X25519) {
                true => Err(wrong("an X25519 stanza does not have one argument")),
                false => Ok(None),
            };
        };
        if kind != X25519 {
            return Ok(None);
        }
        let share = BASE64_NOPAD.decode(share.as_bytes()).ok();
        let share = share.and_then(|share| <[u8; 32]>::try_from(share).ok());
        let share = share.ok_or(wrong(
            "the share of an X25519 stanza is not 32 bytes in base64",
        ))?;
        if stanza.body.len() != FILE_KEY_BYTES + TAG_BYTES {
            return Err(wrong("the body of an X25519 stanza does not have 32 bytes"));
        }
        let share = PublicKey::from(share);
        let shared = self.0.diffie_hellman(&share);
        let key = wrapping_key(&shared, &share, &PublicKey::from(&self.0));
        let key = key.ok_or(wrong(
            "the share of an X25519 stanza is a point of low order",
        ))??;
        let mut body = Zeroizing::new(stanza.body.clone());
        if !Seal::new(&key).opens(&[0; SEAL_NONCE_BYTES], &mut body) {
            return Ok(None);
        }
        let key = <[u8; FILE_KEY_BYTES]>::try_from(body.as_slice());
        let key = key.map_err(|_| AgeError::Cipher)?;
        Ok(Some(FileKey::from_bytes(Zeroizing::new(key))))
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity(of {})", self.recipient())
    }
}

/// Whether a file is itself one that age has encrypted, in the binary form or as text.
fn is_encrypted(bytes: &[u8]) -> bool {
    let begins = bytes.trim_ascii_start();
    begins.starts_with(b"age-encryption.org/")
        || begins.starts_with(b"-----BEGIN AGE ENCRYPTED FILE")
}

/// Reads a file of identities: one in each line, beside empty lines and comments, as `age-keygen` writes it.
///
/// # Errors
/// If it can't be read, a line is not an identity, there is none, or the file is encrypted itself.
pub fn identities(path: &Path) -> Result<Vec<Identity>, AgeError> {
    let file = File::open(path)?;
    let mut bytes = Zeroizing::new(Vec::with_capacity(AGE_IDENTITY_FILE_BYTES_MAX));
    file.take(AGE_IDENTITY_FILE_BYTES_MAX as u64)
        .read_to_end(&mut bytes)?;
    // What is encrypted in the binary form is not text.
    if is_encrypted(&bytes) {
        return Err(AgeError::IdentityEncrypted);
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| AgeError::NoIdentity)?;
    let lines = text.lines().enumerate();
    let said = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    let found: Vec<_> = said
        .map(|(before, line)| Identity::of_line(before + 1, line.trim_end()))
        .collect::<Result<_, _>>()?;
    match found.is_empty() {
        true => Err(AgeError::NoIdentity),
        false => Ok(found),
    }
}
