//! Why a manifest is not what was signed.

/// What is wrong with a manifest's signature.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureProblem {
    /// The note is not there, or is no note.
    #[error("its note can't be read: {0}")]
    Note(String),
    /// The note is about something else.
    #[error("its note is about another manifest")]
    Other,
    /// The manifest names no key.
    #[error("it names no key that could have signed it")]
    NoKey,
    /// No signature of the key that the manifest names.
    #[error("the signature is not one of the key that it names")]
    NotSigned,
}
