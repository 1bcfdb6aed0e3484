//! Erasing from a ledger that takes no records: one in quarantine, or one whose place a successor took. A record of the store's
//! own ledger orders it, names the ledger, its head, the keys and the ground, and on its word the keys are destroyed.
//!
//! Bodies and payloads stay as they are, sealed under keys that nobody has any more: so every proof and every bundle of the
//! ledger says what it said before, and no verifier needs to know of the order. Index entries and stored states go.
//!
//! | step | a stop after it |
//! | --- | --- |
//! | a pointer to where the order will stand | the next start finds no order, and nothing is erased |
//! | the order is recorded in the store's own ledger | the next start finds it, and goes on |
//! | nobody is shown anything under the keys | the same |
//! | index entries, states and keys are destroyed, and purged from every file | the same |
//! | a mark that it is complete | the end, unless a key is there again: then the next start destroys it |

mod destroy;
mod record;

use std::{collections::BTreeMap, sync::Arc};

use indelible_evidence::{hash::DataKeyId, key_event::check_statement_text};
use indelible_keystore::KekProvider as _;
use indelible_store::Store;
use tracing::{info, warn};

use self::{destroy::destroy, record::order};
use crate::{
    core::{Core, Engine, Ledger},
    operations::{
        erasing::{Erased, ErasureProgress, OnErasure},
        key_owner::seals_for,
    },
    read::{
        named_keys::{Look, is_any_named},
        ordered::{Pointer, is_complete, orders_about, point},
    },
    state::{
        erased_keys::OrderFromElsewhere,
        error::{AppendError, KeyEventError, ReadError},
        key_error::KeyringError,
        shared::{Availability, LedgerState},
    },
};

/// Whether what is erased from a ledger is recorded elsewhere, since it takes no records itself and never will, or not before
/// what it lacks is back.
pub(super) fn is_elsewhere(cell: &LedgerState) -> bool {
    let state = cell.state().0;
    !cell.is_system() && matches!(state, Availability::Quarantined | Availability::Closed)
}

/// The keys of a subject that live in such a ledger. Blocking.
///
/// # Errors
/// If a key is missing or somebody else's, or nobody knows what the ledger's key events say.
pub(super) fn keys_of(
    core: &Core,
    cell: &LedgerState,
    data_subject: &str,
) -> Result<Vec<DataKeyId>, KeyEventError> {
    let (state, reason) = cell.state();
    // A hold may be among what is not there. Once a successor took its place that is lost for good.
    let is_hold_unknown = cell.doubts.has_unread_key_events() || cell.doubts.lacks_records();
    if state == Availability::Quarantined && is_hold_unknown {
        return Err(ReadError::HoldsUnknown(reason).into());
    }
    let tag = cell.subject_tag(data_subject)?;
    let mut living = Vec::new();
    for key in core.keyring.keys_of(cell, &tag)? {
        if !cell.keys().is_erased(&key.id) {
            seals_for(core, cell, &tag, &key.id)?;
            living.push(key.id);
        }
    }
    if living.is_empty() || !is_any_named(&*core.store, cell, &living, Look::Index)? {
        return Err(KeyEventError::SubjectUnknown);
    }
    living.sort_unstable();
    Ok(living)
}

/// Erases a data subject from such a ledger. Blocking.
///
/// # Errors
/// Why nothing was erased; or, once the order is recorded, why it is not complete. The next start continues it.
pub(super) fn erase(
    ledger: &Ledger,
    (data_subject, basis): (&str, &str),
    progress: OnErasure<'_>,
) -> Result<Erased, KeyEventError> {
    let (core, cell) = (ledger.core(), &ledger.cell);
    check_statement_text("basis", basis)?;
    let system = core.system_cell()?;
    let (state, reason) = system.state();
    if state != Availability::Open {
        return Err(AppendError::Refused { state, reason }.into());
    }
    // Once it is ordered it must be possible, and about these keys: the seal over all of them says which there are.
    if cell.key_register.turn().set().is_none() {
        return Err(KeyringError::NotSealed.into());
    }
    let one_order_at_a_time = cell.rotating();
    let data_keys = keys_of(core, cell, data_subject)?;
    let held = cell.keys().check_erasure(&data_keys);
    held.map_err(AppendError::from)?;
    let act = core.environment.event_id();
    let pointer = Pointer {
        act: act.clone(),
        system: system.id.number(),
        from: system.size(),
    };
    point(&*core.store, cell, &pointer)?;
    let events = order(cell, &act, &data_keys, basis);
    let engine = Engine {
        core: Arc::clone(&ledger.core),
    };
    engine.record_system(&events)?.wait(&core.environment)?;
    let orders = orders_about(&*core.store, cell.id, cell.origin())?;
    let Some(order) = orders.into_iter().find(|order| order.act == act) else {
        let sequence = pointer.from;
        let what = "it does not say what was ordered".to_owned();
        return Err(ReadError::Damaged { sequence, what }.into());
    };
    cell.change_keys(|keys| keys.erased.order(order.clone()));
    drop(one_order_at_a_time);
    let record = &order.record;
    info!(ledger = %cell.origin(), sequence = record.sequence, "an erasure is recorded in the store's own ledger");
    progress(ErasureProgress::Recorded {
        sequence: record.sequence,
    });
    let destroyed = destroy(core, cell, &order, progress)?;
    Ok(Erased {
        sequence: record.sequence,
        time: record.time,
        data_keys: record.data_keys.clone(),
        events: destroyed.events,
        evidence: destroyed.evidence,
        answers_in_transit: destroyed.answers_in_transit,
        kek: core.custody.keks()?.describe().kek_id,
        recorded_in: record.recorded_in.clone(),
    })
}

/// The orders about a ledger, oldest first, and whether each is complete.
///
/// # Errors
/// If the store fails.
pub(super) fn orders(
    store: &dyn Store,
    cell: &LedgerState,
) -> Result<Vec<(OrderFromElsewhere, bool)>, ReadError> {
    let orders = cell.keys().erased.elsewhere().to_vec();
    let with_mark = |order: OrderFromElsewhere| {
        let complete = is_complete(store, cell, &order.act)?;
        Ok((order, complete))
    };
    orders.into_iter().map(with_mark).collect()
}

/// The records of the orders about all ledgers that are in force, by the origins of the ledger that each is about and of the one
/// that has it: whatever was copied before has the keys.
pub(super) fn recorded(core: &Core) -> BTreeMap<(String, String), Vec<u64>> {
    let mut found: BTreeMap<_, Vec<u64>> = BTreeMap::new();
    for cell in core.registry.cells() {
        for order in cell.keys().erased.elsewhere() {
            let recorded_in = order.record.recorded_in.clone().unwrap_or_default();
            let origins = (cell.origin().to_string(), recorded_in);
            found
                .entry(origins)
                .or_default()
                .push(order.record.sequence);
        }
    }
    found
}

/// Those records of a ledger that order what is not carried out yet.
///
/// # Errors
/// If the store fails.
pub(super) fn unfinished(core: &Core, in_ledger: &LedgerState) -> Result<Vec<u64>, ReadError> {
    let mut found = Vec::new();
    let origin = in_ledger.origin().as_str();
    for cell in core.registry.cells() {
        for (order, complete) in orders(&*core.store, &cell)? {
            if !complete && order.record.recorded_in.as_deref() == Some(origin) {
                found.push(order.record.sequence);
            }
        }
    }
    Ok(found)
}

/// Continues the orders that a stop or a crash interrupted, and destroys keys that are there again. Blocking, for as long as
/// there is something to destroy.
pub(crate) fn resume(core: &Core) {
    for cell in core.registry.cells() {
        if cell.state().0 == Availability::Stopped {
            continue;
        }
        let orders = cell.keys().erased.elsewhere().to_vec();
        for order in orders {
            let outcome = match is_left(core, &cell, &order) {
                Ok(false) => continue,
                Ok(true) => destroy(core, &cell, &order, &mut |_| {}).map(drop),
                Err(error) => Err(error),
            };
            if let Err(error) = outcome {
                warn!(
                    ledger = %cell.origin(), sequence = order.record.sequence, %error,
                    "an erasure is recorded in the store's own ledger but not complete; the next start continues it"
                );
            }
        }
    }
}

/// Whether something of what is ordered may still be there.
fn is_left(
    core: &Core,
    cell: &LedgerState,
    order: &OrderFromElsewhere,
) -> Result<bool, KeyEventError> {
    if !is_complete(&*core.store, cell, &order.act)? {
        return Ok(true);
    }
    for key in &order.record.data_keys {
        if core.store.data_key(cell.id, key)?.is_some() {
            warn!(
                ledger = %cell.origin(), sequence = order.record.sequence,
                "a data key is there again that was destroyed: somebody put back an older copy of it"
            );
            return Ok(true);
        }
    }
    Ok(false)
}
