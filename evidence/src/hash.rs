//! The 32-byte values of the format, each its own type.

use std::fmt;

/// A byte string that is not 32 bytes long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected 32 bytes, found {found}")]
pub struct LengthError {
    /// How long it is.
    pub found: usize,
}

macro_rules! value_of_32_bytes {
    ($(#[$documentation:meta])* $name:ident) => {
        $(#[$documentation])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 32]);

        impl $name {
            /// Wraps the bytes.
            #[inline]
            pub const fn from_bytes(bytes: [u8; 32]) -> Self {
                Self(bytes)
            }

            /// The bytes.
            #[inline]
            pub const fn as_bytes(&self) -> &[u8; 32] {
                &self.0
            }
        }

        impl TryFrom<&[u8]> for $name {
            type Error = LengthError;

            fn try_from(bytes: &[u8]) -> Result<Self, LengthError> {
                match bytes.try_into() {
                    Ok(bytes) => Ok(Self(bytes)),
                    Err(_) => Err(LengthError { found: bytes.len() }),
                }
            }
        }
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
    /// The random salt of a commitment. It is erased with what it commits to, so it is not printed.
    Salt
}

printed_as_hexadecimal!(ChainHash);
printed_as_hexadecimal!(TreeHash);
printed_as_hexadecimal!(Commitment);

impl fmt::Debug for Salt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Salt(..)")
    }
}

/// Writes bytes as lower-case hexadecimal.
pub(crate) fn write_hexadecimal(output: &mut impl fmt::Write, bytes: &[u8]) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(output, "{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_print_as_hexadecimal_and_salts_do_not_print() {
        let hash = TreeHash::from_bytes([0xab; 32]);
        assert_eq!(hash.to_string(), "ab".repeat(32));
        assert_eq!(format!("{hash:?}"), format!("TreeHash({})", "ab".repeat(32)));
        assert_eq!(format!("{:?}", Salt::from_bytes([7; 32])), "Salt(..)");
    }

    #[test]
    fn only_32_bytes_make_a_hash() {
        assert_eq!(ChainHash::try_from(&[1; 32][..]), Ok(ChainHash::from_bytes([1; 32])));
        assert_eq!(ChainHash::try_from(&[1; 31][..]), Err(LengthError { found: 31 }));
        assert_eq!(Salt::try_from(&[1; 33][..]), Err(LengthError { found: 33 }));
    }
}
