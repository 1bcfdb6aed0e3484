//! Chance from a seed: for what happens next, and for the bytes that the engine takes for random ones.

use std::sync::Mutex;

use indelible_keystore::{Entropy, KeyError};

/// Draws what happens next.
pub(super) struct Lot(blake3::OutputReader);

impl Lot {
    /// The lot of a seed for one purpose.
    pub(super) fn new(seed: u64, purpose: &str) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&seed.to_le_bytes());
        hasher.update(purpose.as_bytes());
        Self(hasher.finalize_xof())
    }

    pub(super) fn fill(&mut self, out: &mut [u8]) {
        self.0.fill(out);
    }

    /// A number below `end`.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        let mut bytes = [0; 8];
        self.fill(&mut bytes);
        u64::from_le_bytes(bytes) % end
    }

    /// True once in so many times.
    pub(super) fn one_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    /// One of these.
    pub(super) fn pick<'a, T>(&mut self, among: &'a [T]) -> &'a T {
        &among[usize::try_from(self.below(among.len() as u64)).unwrap()]
    }
}

/// Random bytes of a seed.
pub(super) struct SeededEntropy(Mutex<Lot>);

impl SeededEntropy {
    pub(super) fn new(seed: u64) -> Self {
        Self(Mutex::new(Lot::new(seed, "entropy")))
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, out: &mut [u8]) -> Result<(), KeyError> {
        self.0.lock().unwrap().fill(out);
        Ok(())
    }
}
