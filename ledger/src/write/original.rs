//! The record that a repeat repeats, as it is stored: it must have the identity that was looked up, and be the one that the
//! signed tree holds.

use indelible_evidence::{IdentityTag, chain::ChainHasher};
use indelible_store::{Store, record::StoredRecord};

use crate::state::{error::ReadError, proven_leaf::check_leaf, shared::LedgerState};

/// Checks the record that the index, or the writer's memory, names for an identity.
pub(crate) fn check(
    ledger: &LedgerState,
    store: &dyn Store,
    sequence: u64,
    id: &IdentityTag,
) -> Result<(), ReadError> {
    let value = stored_value(ledger, store, sequence)?;
    let damaged = |what: String| ReadError::Damaged { sequence, what };
    let stored = StoredRecord::decode(&value).map_err(|error| damaged(error.to_string()))?;
    if stored.id_hash != *id {
        return Err(ReadError::Misindexed {
            sequence,
            what: "it is the record of another event than the one that was looked up".into(),
        });
    }
    // What was synced a moment ago is not in the readers' tree yet.
    if sequence >= ledger.size() {
        return Ok(());
    }
    let previous = match sequence.checked_sub(1) {
        None => ChainHasher::start(ledger.origin()),
        Some(before) => {
            let value = stored_value(ledger, store, before)?;
            StoredRecord::decode_chain(&value).map_err(|error| ReadError::Damaged {
                sequence: before,
                what: error.to_string(),
            })?
        }
    };
    if ChainHasher::new().link(&previous, stored.header) != stored.chain {
        return Err(damaged("it does not continue the chain".into()));
    }
    check_leaf(ledger, store, sequence, &stored.chain)
}

fn stored_value(
    ledger: &LedgerState,
    store: &dyn Store,
    sequence: u64,
) -> Result<Vec<u8>, ReadError> {
    store
        .record(ledger.id, sequence)?
        .ok_or_else(|| ReadError::Damaged {
            sequence,
            what: "it is missing from the store".into(),
        })
}
