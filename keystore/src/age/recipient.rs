//! Recipients: public keys that files are encrypted to.

use std::{fmt, str::FromStr};

use data_encoding::BASE64_NOPAD;
use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::Zeroizing;

use super::{
    error::AgeError,
    file_key::FileKey,
    key_text,
    limits::AGE_RECIPIENTS_MAX,
    seal::{SEAL_NONCE_BYTES, Seal},
    stanza::{Stanza, X25519, wrapping_key},
};
use crate::crypto::entropy::Entropy;

const PREFIX: &str = "age";

/// A public key that files are encrypted to: `age1…`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Recipient(PublicKey);

impl Recipient {
    pub(super) fn new(key: PublicKey) -> Self {
        Self(key)
    }

    /// The stanza that has a file's key for this recipient.
    pub(super) fn stanza(
        &self,
        file_key: &FileKey,
        entropy: &dyn Entropy,
    ) -> Result<Stanza, AgeError> {
        let mut secret = Zeroizing::new([0; 32]);
        entropy.fill(&mut *secret)?;
        let secret = StaticSecret::from(*secret);
        let share = PublicKey::from(&secret);
        let shared = secret.diffie_hellman(&self.0);
        let key = wrapping_key(&shared, &share, &self.0).ok_or_else(|| self.is_weak())??;
        let mut body = file_key.expose().to_vec();
        Seal::new(&key).close(&[0; SEAL_NONCE_BYTES], &mut body)?;
        Ok(Stanza {
            arguments: vec![X25519.to_owned(), BASE64_NOPAD.encode(share.as_bytes())],
            body,
        })
    }

    fn is_weak(&self) -> AgeError {
        AgeError::Recipient {
            recipient: self.to_string(),
            problem: "it is a point of low order, which anybody could open",
        }
    }
}

impl FromStr for Recipient {
    type Err = AgeError;

    fn from_str(text: &str) -> Result<Self, AgeError> {
        let wrong = |problem| AgeError::Recipient {
            recipient: text.to_owned(),
            problem,
        };
        if text
            .get(..15)
            .is_some_and(|begins| begins.eq_ignore_ascii_case("AGE-SECRET-KEY-"))
        {
            // What stands here is in a configuration, and must not be in a log as well.
            return Err(AgeError::Recipient {
                recipient: "AGE-SECRET-KEY-…".to_owned(),
                problem: "it is the secret half, which belongs nowhere near a daemon: make another key, and name its recipient",
            });
        }
        if text.starts_with("ssh-") {
            return Err(wrong("keys of SSH are not taken"));
        }
        let bytes = match key_text::decode(PREFIX, text) {
            Ok(bytes) => bytes,
            // The prefixes of plugins and of other kinds of keys begin the same.
            Err("its prefix is another one") if text.starts_with("age1") => {
                return Err(wrong(
                    "keys of plugins and of other kinds than X25519 are not taken",
                ));
            }
            Err(problem) => return Err(wrong(problem)),
        };
        if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(wrong("it is written in lower case"));
        }
        let key = <[u8; 32]>::try_from(bytes.as_slice());
        let key = key.map_err(|_| wrong("it does not have 32 bytes"))?;
        let recipient = Self(PublicKey::from(key));
        // Any secret shows a point of low order.
        let shared = StaticSecret::from([1; 32]).diffie_hellman(&recipient.0);
        match shared.was_contributory() {
            true => Ok(recipient),
            false => Err(recipient.is_weak()),
        }
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&key_text::encode(PREFIX, self.0.as_bytes()))
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// One recipient or more, in an order of their own and each of them once: the same set is the same value.
#[derive(Clone, PartialEq, Eq)]
pub struct Recipients(Vec<Recipient>);

impl Recipients {
    /// Those of these.
    ///
    /// # Errors
    /// If there are none, or more than [`AGE_RECIPIENTS_MAX`].
    pub fn new(recipients: impl IntoIterator<Item = Recipient>) -> Result<Self, AgeError> {
        let mut all: Vec<_> = recipients.into_iter().collect();
        all.sort_unstable_by_key(|recipient| *recipient.0.as_bytes());
        all.dedup();
        match all.len() {
            1..=AGE_RECIPIENTS_MAX => Ok(Self(all)),
            found => Err(AgeError::RecipientCount { found }),
        }
    }

    /// Reads them.
    ///
    /// # Errors
    /// If one is not valid, or there are none or too many.
    pub fn parse<T: AsRef<str>>(texts: &[T]) -> Result<Self, AgeError> {
        let read = texts.iter().map(|text| text.as_ref().parse());
        Self::new(read.collect::<Result<Vec<_>, _>>()?)
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &Recipient> {
        self.0.iter()
    }

    /// As texts, in their order.
    pub fn texts(&self) -> Vec<String> {
        self.iter().map(ToString::to_string).collect()
    }
}

impl fmt::Debug for Recipients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.0).finish()
    }
}
