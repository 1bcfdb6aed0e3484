//! Why a file in the age format can't be made or opened.

use std::io;

use super::limits::AGE_RECIPIENTS_MAX;
use crate::error::KeyError;

/// Why a file in the age format can't be made or opened. No variant carries key material.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AgeError {
    /// A recipient that is none.
    #[error(
        "{recipient:?} is not a recipient of age: {problem}; `age-keygen` prints one, which begins with age1"
    )]
    Recipient {
        /// What was given.
        recipient: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// Too few or too many recipients.
    #[error("{found} recipients were named, and a file has 1 to {max}", max = AGE_RECIPIENTS_MAX)]
    RecipientCount {
        /// How many were named.
        found: usize,
    },
    /// An identity that is none. The line is not shown: it may be a secret.
    #[error(
        "line {line} is not an identity of age: {problem}; a file of `age-keygen` has a line that begins with AGE-SECRET-KEY-1"
    )]
    Identity {
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A file of identities that has none.
    #[error(
        "it holds no identity of age: name a file that `age-keygen -o FILE` wrote, with a line that begins with AGE-SECRET-KEY-1"
    )]
    NoIdentity,
    /// A file of identities that is encrypted itself.
    #[error(
        "it is encrypted itself, as with a passphrase: decrypt it first with `age -d -o IDENTITY FILE`, name IDENTITY, and delete \
         that afterwards"
    )]
    IdentityEncrypted,
    /// It is something else.
    #[error("it is not an age file: it does not begin with \"age-encryption.org/v1\"")]
    NotAge,
    /// The form is another one.
    #[error("it is an age file of another version, and this program reads age-encryption.org/v1")]
    OtherVersion,
    /// The header is not as the specification says.
    #[error("the header of the age file is not valid: {problem}")]
    Header {
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The header was altered.
    #[error("the header of the age file was altered: its authentication code is wrong")]
    HeaderAltered,
    /// None of the identities opens it.
    #[error("it is encrypted to others: none of the identities that were given opens it")]
    OtherRecipients,
    /// It ends too early.
    #[error("the age file was cut off: its end is missing")]
    CutOff,
    /// The content is not what was encrypted.
    #[error("the age file was altered or cut off: part {part} of its content does not open")]
    Altered {
        /// The part of 64 KiB, from 0.
        part: u64,
    },
    /// Something follows the end.
    #[error("the age file has bytes after its end, after part {part} of its content")]
    PastTheEnd {
        /// The part that is the last, from 0.
        part: u64,
    },
    /// The file is longer than the format allows.
    #[error("the content is too long for one age file")]
    TooLong,
    /// The cipher refuses, which no valid input leads to.
    #[error("the cipher refused")]
    Cipher,
    /// There are no random bytes.
    #[error(transparent)]
    Entropy(#[from] KeyError),
    /// Reading or writing failed.
    #[error("{0}")]
    Io(io::Error),
}

impl From<io::Error> for AgeError {
    /// What [`super::Encryptor`] and [`super::Decryptor`] wrapped comes out again.
    fn from(error: io::Error) -> Self {
        match error.downcast::<Self>() {
            Ok(own) => own,
            Err(other) => Self::Io(other),
        }
    }
}

impl From<AgeError> for io::Error {
    fn from(error: AgeError) -> Self {
        match error {
            AgeError::Io(error) => error,
            AgeError::CutOff => Self::new(io::ErrorKind::UnexpectedEof, error),
            other => Self::new(io::ErrorKind::InvalidData, other),
        }
    }
}
