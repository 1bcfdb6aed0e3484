//! What S3 says of an object's bytes: SHA-256, and for one that was written in pieces SHA-256 over those of the pieces.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest as _, Sha256};

use crate::limits::{PIECE_BYTES, PIECES_MAX};

/// The checksum of an object, in S3's own form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checksum(String);

impl Checksum {
    /// As a server says it.
    pub(crate) fn said(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// In S3's own form.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Bytes of each piece of an object of so many bytes, but for the last. It depends on nothing else, so that the checksum of
/// the same bytes is the same.
pub fn piece_bytes(bytes: u64) -> u64 {
    PIECE_BYTES.max(bytes.div_ceil(PIECES_MAX))
}

/// SHA-256 of bytes, in S3's form.
pub(crate) fn of_bytes(bytes: &[u8]) -> Checksum {
    Checksum(STANDARD.encode(Sha256::digest(bytes)))
}

/// The checksum of an object that is made piece by piece.
#[derive(Default)]
pub struct Pieces {
    digests: Vec<[u8; 32]>,
}

impl Pieces {
    /// Adds a piece; returns the checksum of the piece alone.
    pub fn add(&mut self, piece: &[u8]) -> Checksum {
        let digest: [u8; 32] = Sha256::digest(piece).into();
        self.digests.push(digest);
        Checksum(STANDARD.encode(digest))
    }

    /// That of the whole object.
    pub fn of_all(&self) -> Checksum {
        match self.digests.as_slice() {
            [] => of_bytes(&[]),
            [only] => Checksum(STANDARD.encode(only)),
            many => {
                let all = Sha256::digest(many.concat());
                Checksum(format!("{}-{}", STANDARD.encode(all), many.len()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_piece_is_a_plain_checksum_and_several_are_a_checksum_of_checksums() {
        let mut pieces = Pieces::default();
        let first = pieces.add(b"abc");
        assert_eq!(
            first.as_str(),
            "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="
        );
        assert_eq!(pieces.of_all(), first);
        pieces.add(b"def");
        assert!(pieces.of_all().as_str().ends_with("=-2"));
        assert_eq!(Pieces::default().of_all(), of_bytes(b""));
    }

    #[test]
    fn no_object_has_more_pieces_than_it_may() {
        for bytes in [0, 1, PIECE_BYTES, PIECE_BYTES * PIECES_MAX + 1, 5 << 40] {
            assert!(bytes.div_ceil(piece_bytes(bytes)) <= PIECES_MAX, "{bytes}");
        }
    }
}
