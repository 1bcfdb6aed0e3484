//! What stands behind an error, if the operating system refused. Then nothing is known to be wrong with what is stored.

use indelible_store::{Cause, StoreError};

use crate::state::{
    error::{AppendError, KeyEventError, LedgerError, ReadError},
    key_error::{KekRecordsError, KeyringError, KeysError},
};

impl From<KekRecordsError> for KeyEventError {
    fn from(error: KekRecordsError) -> Self {
        match error {
            KekRecordsError::Record(error) => Self::Kek(error),
            KekRecordsError::Store(error) => error.into(),
        }
    }
}

impl From<StoreError> for AppendError {
    /// What a request must be held against can't be read.
    fn from(error: StoreError) -> Self {
        Self::Unreadable {
            cause: error.cause(),
            reason: error.to_string(),
        }
    }
}

impl AppendError {
    /// What stands behind it.
    #[must_use]
    pub fn cause(&self) -> Option<Cause> {
        match self {
            Self::Unreadable { cause, .. } => *cause,
            _ => None,
        }
    }
}

impl ReadError {
    /// What stands behind it.
    #[must_use]
    pub fn cause(&self) -> Option<Cause> {
        match self {
            Self::Store(error) => error.cause(),
            Self::DataKey(error) => error.cause(),
            _ => None,
        }
    }
}

impl KeyringError {
    /// What stands behind it.
    #[must_use]
    pub fn cause(&self) -> Option<Cause> {
        match self {
            Self::Store(error) => error.cause(),
            _ => None,
        }
    }
}

impl KeysError {
    /// What stands behind it.
    #[must_use]
    pub fn cause(&self) -> Option<Cause> {
        match self {
            Self::Store(error) => error.cause(),
            _ => None,
        }
    }
}

impl LedgerError {
    /// What stands behind it.
    #[must_use]
    pub fn cause(&self) -> Option<Cause> {
        match self {
            Self::AnchorFull(_) => Some(Cause::Full),
            Self::Store(error) => error.cause(),
            _ => None,
        }
    }
}

impl KeyEventError {
    /// What stands behind it.
    #[must_use]
    pub fn cause(&self) -> Option<Cause> {
        match self {
            Self::Append(error) => error.cause(),
            Self::DataKey(error) => error.cause(),
            Self::Read(error) => error.cause(),
            Self::Store(error) => error.cause(),
            Self::Ledger(error) => error.cause(),
            Self::Keys(error) => error.cause(),
            _ => None,
        }
    }
}
