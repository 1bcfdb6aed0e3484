//! Putting a ledger into quarantine while the daemon runs: what is read of it is not what was acknowledged.

use indelible_store::StoreError;
use tracing::error;

use crate::state::{
    error::ReadError,
    shared::{Availability, LedgerState},
};

/// The code of what reading a record can find.
const RECORD_DAMAGED: &str = "record-damaged";
/// The code of what reading the store's files can find.
const STORE_DAMAGED: &str = "store-damaged";
/// The code of an index that does not say what the records do.
pub(crate) const INDEX_MISMATCH: &str = "index-mismatch";

/// Puts a ledger into quarantine, and no other. The first reason stays.
pub(crate) fn quarantine(ledger: &LedgerState, code: &str, reason: &str) {
    if ledger.suspect() {
        error!(ledger = %ledger.origin(), code, reason, "the ledger goes into quarantine: reads and proofs only");
    }
    ledger.set_state(Availability::Quarantined, reason);
}

/// What a read found: a ledger that has damaged records takes no more of them.
pub(crate) fn on_damage<T>(
    ledger: &LedgerState,
    result: Result<T, ReadError>,
) -> Result<T, ReadError> {
    let code = match &result {
        Err(ReadError::Damaged { .. }) => RECORD_DAMAGED,
        Err(ReadError::Misindexed { .. }) => INDEX_MISMATCH,
        Err(ReadError::Store(StoreError::Damaged { .. })) => STORE_DAMAGED,
        _ => return result,
    };
    result.inspect_err(|error| quarantine(ledger, code, &format!("{error} [{code}]")))
}
