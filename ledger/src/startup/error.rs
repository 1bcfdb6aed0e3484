//! Why a start fails.

use indelible_keystore::KeyError;
use indelible_store::{StoreError, anchor::AnchorError};
use thiserror::Error;

use crate::state::key_error::KeysError;

/// Why an engine could not be opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// A key can't be had.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The store fails.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The anchor can't be looked at.
    #[error(transparent)]
    Anchor(#[from] AnchorError),
    /// The anchor can't be written.
    #[error("the anchor can't be advanced to what is stored: {0}")]
    AnchorBehind(String),
    /// Something was lacking for reading a ledger. Another start may have it.
    #[error(
        "ledger {ledger} can't be read now, and nothing is known to be wrong with it: {reason}"
    )]
    Shortage {
        /// The ledger, by origin.
        ledger: String,
        /// What was lacking.
        reason: String,
    },
    /// Somebody stopped the daemon meanwhile. Nothing was changed that the next start does not change likewise.
    #[error("the start was broken off")]
    Interrupted,
    /// A thread could not be started.
    #[error("a thread could not be started: {0}")]
    Thread(#[from] std::io::Error),
}

impl From<KeyError> for OpenError {
    fn from(error: KeyError) -> Self {
        Self::Keys(error.into())
    }
}
