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
    read::named_keys::{Look, is_any_named},
    state::{error::KeyEventError, quarantine::on_damage, shared::LedgerState},
};

/// The living and the erased keys of a subject, for an erasure or a hold. Each entry vouches for the subject, and where
/// an event under the key can be opened, it names the subject. Living keys of which no record names any are left out:
/// they are from appends that were refused. Blocking.
///
/// # Errors
/// If a key is missing or somebody else's, or the index hides a record of one: then the ledger is in quarantine.
pub(crate) fn for_an_order(
    core: &Core,
    cell: &LedgerState,
    subject: &SubjectTag,
    look: Look,
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
    let keys = keys.into_iter().map(|key| key.id);
    let (erased, living): (Vec<_>, Vec<_>) = keys.partition(|id| cell.keys().is_erased(id));
    let is_named = on_damage(cell, is_any_named(&*core.store, cell, &living, look))?;
    let living = if is_named { living } else { Vec::new() };
    Ok(erased.into_iter().chain(living).collect())
}
