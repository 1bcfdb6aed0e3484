//! The mark in the catalogue that an erasure is complete: what it names is destroyed.

use std::collections::HashSet;

use indelible_evidence::DataKeyId;
use indelible_store::{Store, StoreError};

use crate::state::shared::LedgerState;

/// Whether an erasure has been completed.
pub(crate) fn is_complete(
    store: &dyn Store,
    ledger: &LedgerState,
    sequence: u64,
) -> Result<bool, StoreError> {
    Ok(store.get(&key(ledger, sequence))?.is_some())
}

/// Marks an erasure as complete; durable when it returns.
pub(crate) fn set(
    store: &dyn Store,
    ledger: &LedgerState,
    sequence: u64,
) -> Result<(), StoreError> {
    store.put(&key(ledger, sequence), b"complete")
}

/// The data keys of erasures that are on record and not complete: what is under them may still be there.
pub(crate) fn pending(
    store: &dyn Store,
    ledger: &LedgerState,
) -> Result<HashSet<DataKeyId>, StoreError> {
    let erasures = ledger.keys().erasures().to_vec();
    let mut keys = HashSet::new();
    for erasure in erasures {
        if !is_complete(store, ledger, erasure.sequence)? {
            keys.extend(erasure.data_keys);
        }
    }
    Ok(keys)
}

fn key(ledger: &LedgerState, sequence: u64) -> Vec<u8> {
    format!("erased/{}/{sequence}", ledger.id.number()).into_bytes()
}
