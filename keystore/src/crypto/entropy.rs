//! The one place where this crate takes random bytes: the operating system's generator.

use crate::error::KeyError;

pub(crate) fn fill(out: &mut [u8]) -> Result<(), KeyError> {
    getrandom::fill(out).map_err(|source| KeyError::NoEntropy { source })
}
