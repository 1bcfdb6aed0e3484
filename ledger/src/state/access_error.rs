//! Why nothing is decrypted.

use thiserror::Error;

use crate::state::error::{AppendError, ReadError};

/// Why a caller does not get what is sealed.
#[derive(Debug, Error)]
pub enum AccessError {
    /// It can't be opened.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// What was acknowledged is not all there, and an erasure may be among what is gone.
    #[error(
        "nothing was decrypted: what was acknowledged here is not all there, and an erasure of what would be opened may be among \
         what is gone: {0}"
    )]
    Doubtful(String),
    /// It can't be recorded in the ledger's access trail, so it is not answered.
    #[error(
        "nothing was decrypted, since this can't be recorded in the ledger's access trail: {0}"
    )]
    Unrecorded(#[source] AppendError),
    /// It can't be recorded in the store's own ledger.
    #[error(
        "nothing was decrypted, since this can't be recorded in the store's own ledger, _system: {0}"
    )]
    NotInSystem(#[source] AppendError),
}
