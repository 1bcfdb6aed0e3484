//! The mark in the catalogue that an erasure or a disposal is complete: what it names is destroyed.

use std::collections::HashSet;

use indelible_evidence::{DataKeyId, commitment::PartKind, verify::records::RecordFacts};
use indelible_store::{Store, StoreError};

use crate::state::shared::LedgerState;

/// Whether the erasure or disposal of a record has been completed.
pub(crate) fn is_complete(
    store: &dyn Store,
    ledger: &LedgerState,
    sequence: u64,
) -> Result<bool, StoreError> {
    Ok(store.get(&key(ledger, sequence))?.is_some())
}

/// Marks the erasure or disposal of a record as complete; durable when it returns.
pub(crate) fn set(
    store: &dyn Store,
    ledger: &LedgerState,
    sequence: u64,
) -> Result<(), StoreError> {
    store.put(&key(ledger, sequence), b"complete")
}

/// What is on record as destroyed, and may still be there: the erasures and disposals that are not complete.
#[derive(Default)]
pub(crate) struct Pending {
    keys: HashSet<DataKeyId>,
    disposing: bool,
}

impl Pending {
    /// What is pending of a ledger.
    ///
    /// # Errors
    /// If the store fails.
    pub(crate) fn of(store: &dyn Store, ledger: &LedgerState) -> Result<Self, StoreError> {
        let (erasures, disposals) = {
            let keys = ledger.keys();
            let disposals = keys.disposals().iter().map(|disposal| disposal.sequence);
            (keys.erasures().to_vec(), disposals.collect::<Vec<_>>())
        };
        let mut pending = Self::default();
        // Each start destroys again what is ordered elsewhere and is there.
        let keys = ledger.keys();
        let elsewhere = keys.erased.elsewhere().iter();
        pending
            .keys
            .extend(elsewhere.flat_map(|order| &order.record.data_keys));
        drop(keys);
        for erasure in erasures {
            if !is_complete(store, ledger, erasure.sequence)? {
                pending.keys.extend(erasure.data_keys);
            }
        }
        for sequence in disposals {
            if !is_complete(store, ledger, sequence)? {
                pending.disposing = true;
            }
        }
        Ok(pending)
    }

    /// Whether a data key is on its way out.
    pub(crate) fn destroys(&self, data_key: &DataKeyId) -> bool {
        self.keys.contains(data_key)
    }

    /// Whether a part of a record may still be there although a record says that it is erased.
    pub(crate) fn covers(&self, facts: &RecordFacts) -> bool {
        let is_disposed = [PartKind::Body, PartKind::Payload]
            .into_iter()
            .any(|part| facts.disposed.erased(part));
        let is_erased = facts.data_key.is_some_and(|key| self.keys.contains(&key));
        is_erased || self.disposing && is_disposed
    }
}

fn key(ledger: &LedgerState, sequence: u64) -> Vec<u8> {
    format!("erased/{}/{sequence}", ledger.id.number()).into_bytes()
}
