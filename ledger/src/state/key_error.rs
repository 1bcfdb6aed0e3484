//! Why a key that the store keeps is not available: data keys, identity keys, and what passphrases are checked against.

use indelible_evidence::DataKeyId;
use indelible_keystore::{KeyError, age::AgeError};
use indelible_store::StoreError;
use thiserror::Error;

use crate::state::{custody::KeysAway, limits::DATA_KEYS_CACHED_MAX};

/// Why a data key is not available.
#[derive(Debug, Error)]
pub enum KeyringError {
    /// The provider or the wrapped key fails.
    #[error("the data key can't be opened: {0}")]
    Key(#[from] KeyError),
    /// The keys are away.
    #[error(transparent)]
    Away(#[from] KeysAway),
    /// The store fails.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The ledger names a data key that the store lacks.
    #[error("data key {0} is missing from the store; restore a backup that has it")]
    Missing(DataKeyId),
    /// What is stored under a data key's id is not what was written there.
    #[error(
        "data key {0} is not what was stored under its id: it was altered, or is another subject's or ledger's; restore a \
         backup that has it"
    )]
    Misplaced(DataKeyId),
    /// The keys of the ledger are not those that were sealed, so none of them is changed.
    #[error(
        "the ledger's data keys are not those that were sealed, so none is made, moved or destroyed"
    )]
    NotSealed,
    /// Its copy for the recipients of `[rescue]` can't be made, so neither is the key.
    #[error("the data key can't be copied for the recipients of [rescue]: {0}")]
    NotCopied(#[from] AgeError),
    /// More keys are in use at once than fit into locked memory.
    #[error("{DATA_KEYS_CACHED_MAX} data keys are in use at once; try again")]
    Full,
}

impl KeyringError {
    /// Why a stored key does not open. That it is another key, or altered, is damage; that its provider fails is not.
    pub(crate) fn unopened(id: &DataKeyId, error: KeyError) -> Self {
        match error {
            KeyError::WrappedDamaged | KeyError::WrappedVersion { .. } | KeyError::OtherContext => {
                Self::Misplaced(*id)
            }
            error => Self::Key(error),
        }
    }

    /// The key that is not what was written, if that is the reason.
    pub(crate) fn damaged_key(&self) -> Option<&DataKeyId> {
        match self {
            Self::Missing(id) | Self::Misplaced(id) => Some(id),
            Self::Key(_)
            | Self::Away(_)
            | Self::Store(_)
            | Self::NotSealed
            | Self::NotCopied(_)
            | Self::Full => None,
        }
    }
}

/// Why the stored identity keys are not available.
#[derive(Debug, Error)]
pub enum KeysError {
    /// The provider or the wrapped key fails.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The store fails.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store has ledgers, but not the key that signs for them.
    #[error("the store has ledgers but no identity key; restore a backup that has both")]
    IdentityMissing,
    /// The stored identity is cut short.
    #[error("the stored identity key is cut short; restore it from a backup")]
    IdentityDamaged,
}

/// Why the records of passphrase KEKs are not available.
#[derive(Debug, Error)]
pub enum KekRecordsError {
    /// One is damaged.
    #[error(transparent)]
    Record(#[from] KeyError),
    /// The store fails.
    #[error(transparent)]
    Store(#[from] StoreError),
}
