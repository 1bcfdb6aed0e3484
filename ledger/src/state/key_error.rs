//! Why a key that the store keeps is not available: data keys, identity keys, and what passphrases are checked against.

use indelible_evidence::DataKeyId;
use indelible_keystore::KeyError;
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
    /// More keys are in use at once than fit into locked memory.
    #[error("{DATA_KEYS_CACHED_MAX} data keys are in use at once; try again")]
    Full,
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
