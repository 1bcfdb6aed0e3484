//! The chain of headers: each record's hash takes in the one before.

use crate::hash::ChainHash;
use crate::origin::Origin;

const CHAIN_CONTEXT: &str = "indelible 2026-11-20 chain v0";
const ORIGIN_CONTEXT: &str = "indelible 2026-11-20 origin v0";

/// Links headers. The context is hashed into the key once, when the hasher is made; reuse it.
#[derive(Debug, Clone)]
pub struct ChainHasher {
    hasher: blake3::Hasher,
}

impl ChainHasher {
    /// A hasher under the chain's context.
    pub fn new() -> Self {
        Self {
            hasher: blake3::Hasher::new_derive_key(CHAIN_CONTEXT),
        }
    }

    /// `chain(-1)`: what the first record of a ledger continues from.
    pub fn start(origin: &Origin) -> ChainHash {
        ChainHash::from_bytes(blake3::derive_key(
            ORIGIN_CONTEXT,
            origin.as_str().as_bytes(),
        ))
    }

    /// `chain(n)` from `chain(n-1)` and the bytes of the header n.
    #[inline]
    pub fn link(&mut self, previous: &ChainHash, header: &[u8]) -> ChainHash {
        self.hasher.reset();
        self.hasher.update(previous.as_bytes());
        self.hasher.update(header);
        ChainHash::from_bytes(*self.hasher.finalize().as_bytes())
    }
}

impl Default for ChainHasher {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_the_derived_key_of_previous_and_header() {
        let origin = Origin::parse("localhost/a/000102abcdef").unwrap();
        let start = ChainHasher::start(&origin);
        let expected = blake3::derive_key(ORIGIN_CONTEXT, b"localhost/a/000102abcdef");
        assert_eq!(start.as_bytes(), &expected);

        let mut hasher = ChainHasher::new();
        let mut previous = start;
        for length in [0, 1, 31, 32, 33, 200, 991, 992, 993, 4_096] {
            let header = vec![length as u8; length];
            let mut joined = previous.as_bytes().to_vec();
            joined.extend_from_slice(&header);
            let next = hasher.link(&previous, &header);
            assert_eq!(next.as_bytes(), &blake3::derive_key(CHAIN_CONTEXT, &joined));
            previous = next;
        }
    }
}
