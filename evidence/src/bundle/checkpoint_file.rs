//! The form of a bundle's checkpoint: which signature lines it has, and in which order.

use crate::note::{SignatureLine, SignedNote};
use crate::origin::Origin;

/// The length of a plain signature.
const SIGNATURE_BYTES: usize = 64;
/// The length of a timestamped signature.
const TIMESTAMPED_BYTES: usize = 72;

/// Why a note's lines are not those of a bundle's checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// The first line is not a plain one of the ledger's own name.
    #[error("the first signature line is not the ledger's plain one")]
    First,
    /// The second line is not a timestamped one of the ledger's own name.
    #[error("the second signature line is not the ledger's timestamped one")]
    Second,
    /// A further line carries the ledger's own name, or that of one of its epochs.
    #[error("signature line {number} is one more of the ledger itself")]
    Further {
        /// The line's number, from 1.
        number: usize,
    },
    /// Two lines are of the same key.
    #[error("signature line {number} is of the same key as one before")]
    Repeated {
        /// The line's number, from 1.
        number: usize,
    },
}

/// Checks names, lengths and order of the lines; no signature is verified here.
pub fn check_form(note: &SignedNote, origin: &Origin) -> Result<(), FormError> {
    let own = |line: &SignatureLine, length: usize| {
        line.name == origin.as_str() && line.signature.len() == length
    };
    let mut lines = note.signatures.iter();
    if !lines.next().is_some_and(|line| own(line, SIGNATURE_BYTES)) {
        return Err(FormError::First);
    }
    if !lines
        .next()
        .is_some_and(|line| own(line, TIMESTAMPED_BYTES))
    {
        return Err(FormError::Second);
    }
    for (at, line) in note.signatures.iter().enumerate().skip(2) {
        let number = at + 1;
        let rest = line.name.strip_prefix(origin.as_str());
        if rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('#')) {
            return Err(FormError::Further { number });
        }
        if note.signatures[..at]
            .iter()
            .any(|other| other.name == line.name && other.key_id == line.key_id)
        {
            return Err(FormError::Repeated { number });
        }
    }
    Ok(())
}
