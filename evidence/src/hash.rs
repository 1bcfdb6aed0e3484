//! The hashes and ids of the format, each its own type.

use std::fmt;

/// A byte string that does not have the length of the value it is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected} bytes, found {found}")]
pub struct LengthError {
    /// How long it must be.
    pub expected: usize,
    /// How long it is.
    pub found: usize,
}

macro_rules! value_of_bytes {
    ($(#[$documentation:meta])* $name:ident, $length:literal) => {
        $(#[$documentation])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $length]);

        impl $name {
            /// Wraps the bytes.
            #[inline]
            pub const fn from_bytes(bytes: [u8; $length]) -> Self {
                Self(bytes)
            }

            /// The bytes.
            #[inline]
            pub const fn as_bytes(&self) -> &[u8; $length] {
                &self.0
            }
        }

        impl TryFrom<&[u8]> for $name {
            type Error = LengthError;

            fn try_from(bytes: &[u8]) -> Result<Self, LengthError> {
                let (expected, found) = ($length, bytes.len());
                match bytes.try_into() {
                    Ok(bytes) => Ok(Self(bytes)),
                    Err(_) => Err(LengthError { expected, found }),
                }
            }
        }
    };
}

macro_rules! value_of_32_bytes {
    ($(#[$documentation:meta])* $name:ident) => {
        value_of_bytes!($(#[$documentation])* $name, 32);
    };
}

macro_rules! id_of_16_bytes {
    ($(#[$documentation:meta])* $name:ident) => {
        value_of_bytes!($(#[$documentation])* $name, 16);
        printed_as_hexadecimal!($name);
    };
}

macro_rules! printed_as_hexadecimal {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_hexadecimal(formatter, &self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, "{}({self})", stringify!($name))
            }
        }
    };
}

value_of_32_bytes! {
    /// The chain hash at a record (BLAKE3).
    ChainHash
}
value_of_32_bytes! {
    /// A node or root of the tree (SHA-256).
    TreeHash
}
value_of_32_bytes! {
    /// A commitment to a body or a payload (keyed BLAKE3).
    Commitment
}
value_of_32_bytes! {
    /// A commitment to the key of one event (BLAKE3), since AES-GCM does not commit to its key.
    KeyCommitment
}
value_of_32_bytes! {
    /// The random salt of a commitment. It is erased with what it commits to, so it is not printed.
    Salt
}

id_of_16_bytes! {
    /// The id of a data key: random, and never made of a name.
    DataKeyId
}
id_of_16_bytes! {
    /// The id of a hold: random.
    HoldId
}
id_of_16_bytes! {
    /// A keyed hash of an event's source and id, under a key that only the ledger has: opaque to a verifier.
    IdentityTag
}

printed_as_hexadecimal!(ChainHash);
printed_as_hexadecimal!(TreeHash);
printed_as_hexadecimal!(Commitment);
printed_as_hexadecimal!(KeyCommitment);

impl fmt::Debug for Salt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Salt(..)")
    }
}

/// Bytes that print as lower-case hexadecimal.
#[derive(Clone, Copy)]
pub struct Hex<'a>(pub &'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hexadecimal(formatter, self.0)
    }
}

/// Writes bytes as lower-case hexadecimal.
pub(crate) fn write_hexadecimal(output: &mut impl fmt::Write, bytes: &[u8]) -> fmt::Result {
    bytes
        .iter()
        .try_for_each(|byte| write!(output, "{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_print_as_hexadecimal_and_salts_do_not_print() {
        let hash = TreeHash::from_bytes([0xab; 32]);
        assert_eq!(hash.to_string(), "ab".repeat(32));
        assert_eq!(
            format!("{hash:?}"),
            format!("TreeHash({})", "ab".repeat(32))
        );
        assert_eq!(format!("{:?}", Salt::from_bytes([7; 32])), "Salt(..)");
    }

    #[test]
    fn only_32_bytes_make_a_hash() {
        assert_eq!(
            ChainHash::try_from(&[1; 32][..]),
            Ok(ChainHash::from_bytes([1; 32]))
        );
        assert_eq!(
            ChainHash::try_from(&[1; 31][..]),
            Err(LengthError {
                expected: 32,
                found: 31
            })
        );
        let found = DataKeyId::try_from(&[1; 33][..]).unwrap_err();
        assert_eq!(found.to_string(), "expected 16 bytes, found 33");
    }
}
