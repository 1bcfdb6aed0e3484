//! Salted commitments to bodies and payloads.

use crate::hash::{Commitment, Salt};

/// What is committed to. The byte stands in front of the committed bytes, so that a body can never
/// pass for a payload. `0x11` and `0x12` are reserved for what the daemon encrypts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Domain {
    /// The canonical CBOR of a body.
    Body = 0x01,
    /// The bytes of a payload, exactly as the client gave them.
    Payload = 0x02,
}

/// Commits to bytes: keyed BLAKE3 under the salt over the domain byte and the bytes.
pub fn commit(salt: &Salt, domain: Domain, bytes: &[u8]) -> Commitment {
    let mut hasher = blake3::Hasher::new_keyed(salt.as_bytes());
    hasher.update(&[domain as u8]);
    hasher.update(bytes);
    Commitment::from_bytes(*hasher.finalize().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commitment_is_the_keyed_hash_of_domain_and_bytes() {
        let salt = Salt::from_bytes([9; 32]);
        let expected = blake3::keyed_hash(&[9; 32], b"\x01some bytes");
        assert_eq!(
            commit(&salt, Domain::Body, b"some bytes").as_bytes(),
            expected.as_bytes()
        );
        let expected = blake3::keyed_hash(&[9; 32], b"\x02");
        assert_eq!(
            commit(&salt, Domain::Payload, b"").as_bytes(),
            expected.as_bytes()
        );
    }
}
