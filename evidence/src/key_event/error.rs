//! Why a key event does not hold.

use crate::record_error::RecordError;

/// Why a key event does not hold under the identity that must have signed it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyEventError {
    /// The statement is not of the format.
    #[error("the statement is malformed")]
    Statement(#[from] RecordError),
    /// It is another log's.
    #[error("the statement belongs to {found}, not to {expected}")]
    OtherOrigin {
        /// The origin that was expected.
        expected: String,
        /// The one it names.
        found: String,
    },
    /// Genesis names another identity key than the pinned one.
    #[error("genesis names another identity key than the pinned one")]
    OtherIdentity,
    /// Genesis names its identity's key as the recovery key, too.
    #[error("genesis names the identity key as the recovery key")]
    SameKey,
    /// Too few signatures, or too many.
    #[error("the statement has {found} signatures, expected {expected}")]
    SignatureCount {
        /// How many it must have.
        expected: usize,
        /// How many it has.
        found: usize,
    },
    /// A signature does not verify.
    #[error("the signature over the statement does not verify")]
    BadSignature,
    /// The proof of a producer's key is not the key's own signature.
    #[error("the proof of the producer's key does not verify")]
    NotProven,
}
