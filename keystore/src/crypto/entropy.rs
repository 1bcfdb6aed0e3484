//! Where random bytes come from: the operating system's generator, or what a caller puts in its place.

use crate::error::KeyError;

/// A source of random bytes that nobody can guess.
pub trait Entropy: Send + Sync {
    /// Fills `out`.
    fn fill(&self, out: &mut [u8]) -> Result<(), KeyError>;
}

/// The operating system's generator: the only source of a daemon.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, out: &mut [u8]) -> Result<(), KeyError> {
        getrandom::fill(out).map_err(|source| KeyError::NoEntropy { source })
    }
}

/// Fills `out` from the operating system.
pub(crate) fn fill(out: &mut [u8]) -> Result<(), KeyError> {
    SystemEntropy.fill(out)
}
