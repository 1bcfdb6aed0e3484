//! Why the bytes of a record, or of a part of one, are refused.

use crate::cbor::CborError;
use crate::fields::FieldViolation;

/// Bytes that are not a header, body, statement or record file of this format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// The encoding is not the restricted, deterministic one, or a key is wrong.
    #[error(transparent)]
    Encoding(#[from] CborError),
    /// A field breaks its rule or limit.
    #[error(transparent)]
    Field(#[from] FieldViolation),
    /// The whole is larger than its limit.
    #[error("{part} has {found} bytes, more than {limit}")]
    TooLong {
        /// What it is.
        part: &'static str,
        /// How long it is, or at least is.
        found: usize,
        /// How long it may be.
        limit: usize,
    },
    /// Another version of the format.
    #[error("format version {found} is not known; this is version 0")]
    Version {
        /// The version found.
        found: u64,
    },
    /// A kind of record that this version does not have.
    #[error("record kind `{found}` is not known here")]
    Kind {
        /// The kind found, shortened.
        found: String,
    },
    /// A byte string of the wrong length.
    #[error("`{field}` has {found} bytes, expected {expected}")]
    Length {
        /// Its key.
        field: &'static str,
        /// How long it must be.
        expected: usize,
        /// How long it is.
        found: usize,
    },
    /// A part of the record is not what it must be.
    #[error("`{field}` {problem}")]
    Invalid {
        /// Its key.
        field: &'static str,
        /// What is wrong with it.
        problem: String,
    },
}

impl RecordError {
    /// A field that its own parser refused.
    pub(crate) fn invalid(field: &'static str, problem: impl ToString) -> Self {
        Self::Invalid {
            field,
            problem: problem.to_string(),
        }
    }
}

/// Reads a byte string of exactly `N` bytes.
#[inline]
pub(crate) fn fixed_bytes<'a, const N: usize>(
    decoder: &mut crate::cbor::Decoder<'a>,
    field: &'static str,
) -> Result<&'a [u8; N], RecordError> {
    let bytes = decoder.bytes()?;
    bytes.try_into().map_err(|_| RecordError::Length {
        field,
        expected: N,
        found: bytes.len(),
    })
}
