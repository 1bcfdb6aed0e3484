//! Salted commitments to bodies and payloads.

use crate::hash::{Commitment, Salt};
use crate::limits::{BODY_BYTES_MAX, PAYLOAD_BYTES_MAX};

/// What is committed to. The byte stands in front of the committed bytes, so that a body can never
/// pass for a payload, nor what the daemon encrypted for what a client wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Domain {
    /// The canonical CBOR of a body.
    Body = 0x01,
    /// The bytes of a payload, exactly as the client gave them.
    Payload = 0x02,
    /// A body as the daemon encrypted it.
    SealedBody = 0x11,
    /// A payload as the daemon encrypted it.
    SealedPayload = 0x12,
}

/// One of the two parts of an event that lie beside its header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PartKind {
    /// All that the client wrote but the payload.
    Body,
    /// The client's bytes.
    Payload,
}

impl PartKind {
    /// The part's name, in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Body => "body",
            Self::Payload => "payload",
        }
    }

    /// The domain of the part as the client gave it.
    pub fn plain(self) -> Domain {
        match self {
            Self::Body => Domain::Body,
            Self::Payload => Domain::Payload,
        }
    }

    /// The domain of the part as the daemon encrypted it.
    pub fn sealed(self) -> Domain {
        match self {
            Self::Body => Domain::SealedBody,
            Self::Payload => Domain::SealedPayload,
        }
    }

    /// The domain of the part's commitment in the header.
    pub fn domain(self, sealed: bool) -> Domain {
        if sealed { self.sealed() } else { self.plain() }
    }

    /// The greatest length of the part as the client gave it.
    pub fn plain_bytes_max(self) -> usize {
        match self {
            Self::Body => BODY_BYTES_MAX,
            Self::Payload => PAYLOAD_BYTES_MAX,
        }
    }
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
        let expected = blake3::keyed_hash(&[9; 32], b"\x12sealed");
        assert_eq!(
            commit(&salt, PartKind::Payload.domain(true), b"sealed").as_bytes(),
            expected.as_bytes()
        );
    }
}
