//! HMAC keys, as the files of their owners hold them.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use hmac::{Hmac, KeyInit as _, Mac as _};
use indelible_compliance::reports::counted;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::hex;

/// The shortest key that proves anything: a shorter one can be found by trying.
const KEY_BYTES_MIN: usize = 16;

/// The longest key file.
const KEY_FILE_BYTES_MAX: usize = 64 * 1024;

/// One key. It can't be printed.
#[derive(Clone)]
pub struct HmacKey(Zeroizing<Vec<u8>>);

impl HmacKey {
    /// The HMAC-SHA256 of some bytes in hexadecimal.
    #[must_use]
    pub fn authenticate(&self, bytes: &[u8]) -> String {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else {
            return String::new();
        };
        mac.update(bytes);
        hex::encode(&mac.finalize().into_bytes())
    }
}

impl fmt::Debug for HmacKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HmacKey")
    }
}

/// Why a key file can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The key is too short.
    #[error(
        "a key of {} proves nothing, since it can be guessed; at least {KEY_BYTES_MIN} bytes are needed",
        counted(*bytes as u64, "byte", "bytes")
    )]
    Short {
        /// How long it is.
        bytes: usize,
    },
    /// The file is too long to be a key.
    #[error("it has more than {KEY_FILE_BYTES_MAX} bytes, so it is not a key")]
    Long,
    /// Nearly all bytes are the same.
    #[error(
        "the key has fewer than {needed} different bytes; the system that it comes from refuses such a key"
    )]
    Monotonous {
        /// How many it must have.
        needed: usize,
    },
}

/// The keys that were given. What a file holds may be the key itself, the key with a line break behind it, or its
/// base64: which of them is seen from what they verify.
#[derive(Debug, Clone, Default)]
pub struct Keyring {
    /// The forms of each file's key: as the writer of the file most likely means it first.
    files: Vec<Vec<HmacKey>>,
}

impl Keyring {
    /// Whether no key was given.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The key of the first file, as its writer most likely means it: for whoever signs with it.
    #[must_use]
    pub fn first(&self) -> Option<&HmacKey> {
        self.files.first()?.first()
    }

    /// Takes in the content of a key file. Its forms are the text without the line break, the bytes as they are, and,
    /// `with_base64`, what the text encodes.
    ///
    /// # Errors
    ///
    /// When the key is too short, too long or, with `distinct_min`, too monotonous.
    pub fn add(
        &mut self,
        content: &[u8],
        bytes_min: usize,
        distinct_min: usize,
        with_base64: bool,
    ) -> Result<(), KeyError> {
        if content.len() > KEY_FILE_BYTES_MAX {
            return Err(KeyError::Long);
        }
        let text = content.strip_suffix(b"\n").unwrap_or(content);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        if text.len() < bytes_min.max(KEY_BYTES_MIN) {
            return Err(KeyError::Short { bytes: text.len() });
        }
        let mut bytes = text.to_vec();
        bytes.sort_unstable();
        bytes.dedup();
        if bytes.len() < distinct_min {
            return Err(KeyError::Monotonous {
                needed: distinct_min,
            });
        }
        let mut forms = vec![HmacKey(Zeroizing::new(text.to_vec()))];
        if text.len() < content.len() {
            forms.push(HmacKey(Zeroizing::new(content.to_vec())));
        }
        if with_base64 && let Ok(decoded) = BASE64.decode(text) {
            forms.push(HmacKey(Zeroizing::new(decoded)));
        }
        self.files.push(forms);
        Ok(())
    }

    /// All keys in all forms.
    pub fn all(&self) -> impl Iterator<Item = &HmacKey> {
        self.files.iter().flatten()
    }

    /// All keys in all forms, each with the number of its file and of its form.
    pub fn numbered(&self) -> impl Iterator<Item = ((usize, usize), &HmacKey)> {
        self.files.iter().enumerate().flat_map(|(file, forms)| {
            let forms = forms.iter().enumerate();
            forms.map(move |(form, key)| ((file, form), key))
        })
    }
}
