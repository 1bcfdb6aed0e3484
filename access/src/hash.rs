//! The hash of the tables: FNV-1a, which goes on where it ended, and a last step that spreads it over all bits.
//!
//! Whoever chooses names can make them collide, which slows down nobody: what callers name is looked up, and only what
//! the administrators name is kept.

/// The hash of some bytes, to which more can be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hash(u64);

impl Hash {
    /// Of no bytes.
    pub(crate) const NEW: Self = Self(0xcbf2_9ce4_8422_2325);

    /// With these bytes behind the others.
    pub(crate) fn with(self, bytes: &[u8]) -> Self {
        let add = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        Self(bytes.iter().fold(self.0, add))
    }

    /// What a table takes.
    pub(crate) fn finish(self) -> u64 {
        (self.0 ^ self.0 >> 32).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }
}
