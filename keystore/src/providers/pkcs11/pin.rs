//! The PIN that logs in to a token.

use std::{fmt, path::Path};

use zeroize::Zeroizing;

use crate::{
    crypto::derive::{derive, equal},
    error::KekConfigError,
    providers::secret_file,
};

/// The longest PIN, in bytes. Some tokens want `user:password` as one.
pub const PIN_BYTES_MAX: usize = 255;

const COMPARISON_CONTEXT: &str = "indelible 2026-11-20 comparison of pins v0";

/// A PIN as it was read or typed; wiped when dropped. It is never taken from an argument.
pub struct Pin(Zeroizing<Vec<u8>>);

impl Pin {
    /// Takes a PIN over. One line end at its end is not part of it.
    pub fn new(mut bytes: Zeroizing<Vec<u8>>) -> Result<Self, KekConfigError> {
        secret_file::strip_line_end(&mut bytes);
        let problem = if bytes.is_empty() {
            "is empty"
        } else if bytes.len() > PIN_BYTES_MAX {
            "is longer than 255 bytes"
        } else if secret_file::has_more_than_a_line(&bytes) {
            "has more than one line, or a NUL byte"
        } else {
            return Ok(Self(bytes));
        };
        Err(KekConfigError::PinUnfit { problem })
    }

    /// Reads a PIN file, of which no copy remains in memory but this one.
    pub fn read(path: &Path) -> Result<Self, KekConfigError> {
        let bytes = secret_file::read(path, PIN_BYTES_MAX + 3).map_err(|source| {
            KekConfigError::PinFile {
                path: path.to_owned(),
                source,
            }
        })?;
        Self::new(bytes)
    }

    pub(crate) fn expose(&self) -> &[u8] {
        &self.0
    }

    /// Compares in a time that does not depend on where the two differ.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let digest = |pin: &Self| {
            let mut out = Zeroizing::new([0; 32]);
            derive(COMPARISON_CONTEXT, &[&pin.0], out.as_mut_slice());
            out
        };
        equal(&digest(self), &digest(other))
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(..)")
    }
}
