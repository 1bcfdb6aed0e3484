//! Destroying data keys that no record names, which appends leave that are refused after their events were sealed. There is
//! no record of it: nothing was ever sealed under such a key that is in the ledger.
//!
//! An append under such a key may be on its way. So the key is given up first, and the writer links nothing more that is
//! sealed under it; then what the writer had linked before is awaited; then the records decide.

use std::{collections::HashSet, ops::ControlFlow, sync::Arc, time::Duration};

use indelible_evidence::{DataKeyId, header::Header};
use indelible_store::{Store, TryScan as _, record::StoredRecord};
use tracing::{info, warn};

use crate::{
    core::{Core, Ledger},
    operations::record_key_event::reserve,
    read::named_keys::{Look, is_any_named},
    state::{
        error::{AppendError, KeyEventError, ReadError},
        quarantine::on_damage,
        shared::{Availability, LedgerState},
        unused_keys::MadeKey,
    },
};

/// How often it is looked whether what was linked is durable.
const DURABLE_POLL: Duration = Duration::from_millis(5);

impl Ledger {
    /// Destroys the data keys of a data subject of whom no record names one. Nothing happens if a record names one, or
    /// there is no room to remember the keys. Blocking.
    ///
    /// # Errors
    /// If the ledger takes no appends, the store fails, or what is stored is damaged.
    pub fn forget_unused_keys(&self, data_subject: &str) -> Result<(), KeyEventError> {
        let (core, cell) = (self.core(), &self.cell);
        let tag = cell.subject_tag(data_subject)?;
        let keys = core.keyring.keys_of(cell, &tag)?;
        let ids: Vec<_> = keys.into_iter().map(|key| key.id).collect();
        if ids.is_empty() || on_damage(cell, is_any_named(&*core.store, cell, &ids, Look::Index))? {
            return Ok(());
        }
        forget(core, cell, &ids, 0)
    }
}

/// Destroys those keys of refused appends that are due, if one was just made. What can't be done now is done later.
pub(crate) fn tidy(core: &Core, cell: &Arc<LedgerState>) {
    let now = core.environment.elapsed();
    let due = cell.unused_keys.due(now);
    if due.is_empty() {
        return;
    }
    if let Err(error) = forget_of(core, cell, &due) {
        warn!(ledger = %cell.origin(), %error, "data keys of refused appends can't be destroyed now");
        cell.unused_keys.keep(due, now);
    }
}

/// Destroys those of some keys of refused appends that no record names.
///
/// # Errors
/// Why none was destroyed.
pub(crate) fn forget_of(
    core: &Core,
    cell: &Arc<LedgerState>,
    due: &[MadeKey],
) -> Result<(), KeyEventError> {
    let mut unnamed = Vec::new();
    let mut from = u64::MAX;
    for key in due {
        if !is_any_named(&*core.store, cell, &[key.id], Look::Postings)? {
            unnamed.push(key.id);
            from = from.min(key.size);
        }
    }
    match unnamed.is_empty() {
        true => Ok(()),
        false => forget(core, cell, &unnamed, from),
    }
}

/// Destroys those of some keys that no record from `from` on names; no earlier one does.
fn forget(
    core: &Core,
    cell: &Arc<LedgerState>,
    ids: &[DataKeyId],
    from: u64,
) -> Result<(), KeyEventError> {
    if !cell.unused_keys.give_up(ids) {
        return Ok(());
    }
    let unnamed = await_linked(core, cell)
        .and_then(|()| Ok(on_damage(cell, unnamed(&*core.store, cell, ids, from))?));
    let destroyed = unnamed.and_then(|unnamed| {
        core.keyring.destroy(cell, &unnamed)?;
        Ok(unnamed)
    });
    // Whatever is certainly still there is used again.
    let is_there = |id: &&DataKeyId| matches!(core.store.data_key(cell.id, id), Ok(Some(_)));
    let there: Vec<_> = ids.iter().filter(is_there).copied().collect();
    cell.unused_keys.take_back(&there);
    let destroyed = destroyed?;
    if !destroyed.is_empty() {
        let keys = destroyed.len();
        info!(ledger = %cell.origin(), keys, "destroyed data keys of refused appends, which no record names");
    }
    Ok(())
}

/// Waits until all is durable that the writer has linked by now.
fn await_linked(core: &Core, cell: &Arc<LedgerState>) -> Result<(), KeyEventError> {
    // The place is held for a moment, and tells how far the writer is.
    let linked = reserve(core, cell)?.place().sequence;
    loop {
        if cell.size() >= linked {
            return Ok(());
        }
        let (state, reason) = cell.state();
        if state == Availability::Stopped {
            return Err(AppendError::Refused { state, reason }.into());
        }
        if core.is_draining() {
            return Err(AppendError::Draining.into());
        }
        core.pause(DURABLE_POLL);
    }
}

/// Those of some keys that no record names.
fn unnamed(
    store: &dyn Store,
    cell: &LedgerState,
    ids: &[DataKeyId],
    from: u64,
) -> Result<Vec<DataKeyId>, ReadError> {
    let mut left: HashSet<_> = ids.iter().copied().collect();
    store.try_scan(cell.id, from, cell.size(), |sequence, value| {
        let damaged = |what: String| ReadError::Damaged { sequence, what };
        let stored = StoredRecord::decode(value).map_err(|error| damaged(error.to_string()))?;
        let header = Header::decode(stored.header).map_err(|error| damaged(error.to_string()))?;
        if let Some(sealed) = header.kind.event().and_then(|event| event.sealed) {
            left.remove(&sealed.data_key);
        }
        Ok::<_, ReadError>(match left.is_empty() {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        })
    })?;
    let keys = cell.keys();
    left.retain(|id| !keys.names_any(&[*id]));
    Ok(left.into_iter().collect())
}
