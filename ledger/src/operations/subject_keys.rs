//! Whose keys an erasure or a hold is about, before it acts on one: an erasure that would destroy somebody else's, a hold that
//! would miss one.

use indelible_evidence::DataKeyId;
use indelible_store::SubjectTag;

use crate::{
    core::Core,
    operations::{
        bind_keys,
        key_owner::{quarantined, seals_for},
    },
    state::{error::KeyEventError, shared::LedgerState},
};

/// The living and the erased keys of a subject, for an erasure or a hold. Each entry vouches for the subject, and where
/// an event under the key can be opened, it names the subject. Blocking.
///
/// # Errors
/// If a key is missing or somebody else's: then the ledger is in quarantine.
pub(crate) fn for_an_order(
    core: &Core,
    cell: &LedgerState,
    subject: &SubjectTag,
) -> Result<Vec<DataKeyId>, KeyEventError> {
    bind_keys::ensure(core, cell)?;
    let keys = core.keyring.keys_of(cell, subject).and_then(|keys| {
        for key in &keys {
            if !cell.keys().is_erased(&key.id) {
                seals_for(core, cell, subject, &key.id)?;
            }
        }
        Ok(keys)
    });
    let keys = quarantined(cell, keys.map_err(KeyEventError::from))?;
    Ok(keys.into_iter().map(|key| key.id).collect())
}
