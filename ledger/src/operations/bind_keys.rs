//! Binding the data keys of a ledger that an earlier build began. There nothing bound a key to its subject, so the chain
//! says whose it is: an event that is sealed under it, opened. Then the key is wrapped anew for that subject, and in the
//! end all of the ledger's keys are sealed together and its index key says so. It happens once, in the background, or
//! before the first erasure or hold; what a crash interrupted goes on at the next start.

use std::{
    collections::{HashMap, HashSet},
    ops::ControlFlow,
    time::Duration,
};

use indelible_evidence::{DataKeyId, chain::ChainHasher, header::Header};
use indelible_keystore::{KekProvider as _, KekSet, WrappedKey};
use indelible_store::{
    KeySeal, StoredDataKey, TryScan,
    record::{Part, StoredRecord},
};
use tracing::{info, warn};

use crate::{
    check::{
        data_keys::{Counted, rebuild_lists},
        finding::Finding,
    },
    core::Core,
    keys::{
        key_changes::{self, Rewrapping, each_page},
        wrapping,
    },
    operations::key_owner::{owner_of, quarantined},
    state::{
        descriptor::Descriptor,
        error::{AppendError, KeyEventError, ReadError},
        key_error::KeyringError,
        limits::KEYS_RETRY_MAX,
        shared::{Availability, LedgerState},
    },
};

/// How often the thread looks whether it must stop.
const TICK: Duration = Duration::from_millis(50);
/// Data keys that are replaced in one write.
const BATCH_KEYS: usize = 128;
/// Records between two looks whether the daemon stops.
const LOOK_RECORDS: u64 = 4_096;

/// Binds the keys of every ledger whose keys are not bound, until none is left. Blocking.
pub(crate) fn run(core: &Core) {
    let mut pause = core.options.keys_retry;
    while core.custody.keks().is_err() {
        if core.is_draining() {
            return;
        }
        core.pause(TICK);
    }
    loop {
        let mut left = 0;
        for cell in core.registry.cells().iter().filter(|cell| is_due(cell)) {
            if core.is_draining() {
                return;
            }
            if let Err(error) = ensure(core, cell) {
                left += u64::from(is_due(cell));
                warn!(ledger = %cell.origin(), %error, "the ledger's data keys could not be bound yet");
            }
        }
        if left == 0 {
            return;
        }
        let mut waited = Duration::ZERO;
        while waited < pause {
            if core.is_draining() {
                return;
            }
            core.pause(TICK);
            waited += TICK;
        }
        pause = (pause * 2).min(KEYS_RETRY_MAX);
    }
}

/// Whether a ledger's keys are still to be bound.
pub(crate) fn is_due(cell: &LedgerState) -> bool {
    matches!(cell.state().0, Availability::Open | Availability::ReadOnly)
        && cell.size() > 0
        && !cell.key_register.wants_seal()
}

/// Binds the keys of a ledger, unless they are bound. Blocking, once for as long as it takes to read the log.
///
/// # Errors
/// If it can't be done now. If a key is missing, or is not whose the store says, the ledger is in quarantine.
pub(crate) fn ensure(core: &Core, cell: &LedgerState) -> Result<(), KeyEventError> {
    if cell.key_register.is_sealed() {
        return Ok(());
    }
    if cell.key_register.wants_seal() {
        return Err(KeyringError::NotSealed.into());
    }
    // Nothing else wraps keys anew meanwhile.
    let _turn = core.kek_work.turn();
    quarantined(cell, bind(core, cell))
}

fn bind(core: &Core, cell: &LedgerState) -> Result<(), KeyEventError> {
    if cell.key_register.is_sealed() {
        return Ok(());
    }
    let store = &*core.store;
    let keks = core.custody.keks()?;
    let named = Named::by(core, cell)?;
    let mut bound = 0;
    let mut there = HashSet::new();
    each_page::<KeyEventError>(store, cell.id, |page| {
        there.extend(page.iter().map(|(id, _)| *id));
        let unbound: Vec<_> = page.iter().filter(|(_, key)| key.mac.is_none()).collect();
        for batch in unbound.chunks(BATCH_KEYS) {
            if core.is_draining() {
                return Err(AppendError::Draining.into());
            }
            let rewrapped = batch
                .iter()
                .map(|(id, key)| named.bind(core, cell, keks, id, key))
                .collect::<Result<Vec<_>, _>>()?;
            bound += key_changes::replace(store, cell, &rewrapped)?;
        }
        Ok(())
    })?;
    for id in named.events.keys() {
        // A key that was made meanwhile is not named yet, and one that was erased is named by its record.
        if !there.contains(id)
            && store.data_key(cell.id, id)?.is_none()
            && !cell.keys().is_erased(id)
        {
            return Err(KeyringError::Missing(*id).into());
        }
    }
    seal(core, cell, keks)?;
    info!(ledger = %cell.origin(), bound, "the ledger's data keys are bound to their subjects");
    Ok(())
}

/// Seals all keys together, each of which is bound, and has the index key say so.
fn seal(core: &Core, cell: &LedgerState, keks: &KekSet) -> Result<(), KeyEventError> {
    let (store, binder) = (&*core.store, cell.binder()?);
    let mut turn = cell.key_register.turn();
    let counted = Counted::take(store, cell, binder).map_err(unreadable)?;
    rebuild_lists(store, cell).map_err(unreadable)?;
    let set = counted.set.changed();
    let seal = KeySeal {
        ledger: cell.id,
        value: set.seal(binder, cell.origin()),
    };
    store.put_data_keys(&[], Some(&seal))?;
    let mut stored = cell.stored();
    let (origin, id) = (stored.origin.as_str(), stored.index_key_id);
    let index_key = wrapping::sealing_index_key(origin, id, &stored.index_key, keks)?;
    let changed = Descriptor {
        index_key,
        ..stored.clone()
    };
    store.update_ledger(cell.id, &changed.encode())?;
    *stored = changed;
    turn.sealed(set);
    Ok(())
}

fn unreadable(finding: Finding) -> KeyEventError {
    AppendError::Unreadable {
        reason: finding.reason(),
        cause: finding.cause,
    }
    .into()
}

/// The data keys that the headers of the chain name, each with the first event under it whose body is there.
struct Named {
    events: HashMap<DataKeyId, Option<u64>>,
}

impl Named {
    /// Reads the log, and follows its chain to the head.
    fn by(core: &Core, cell: &LedgerState) -> Result<Self, KeyEventError> {
        let head = cell.committed().head.clone();
        let mut events = HashMap::new();
        let (mut hasher, mut chain) = (ChainHasher::new(), ChainHasher::start(cell.origin()));
        let damaged = |sequence, what: String| ReadError::Damaged { sequence, what };
        core.store
            .try_scan(cell.id, 0, head.size, |sequence, value| {
                if sequence % LOOK_RECORDS == 0 && core.is_draining() {
                    return Err(KeyEventError::from(AppendError::Draining));
                }
                let stored = StoredRecord::decode(value)
                    .map_err(|error| damaged(sequence, error.to_string()))?;
                let header = Header::decode(stored.header)
                    .map_err(|error| damaged(sequence, error.to_string()))?;
                chain = hasher.link(&chain, stored.header);
                if chain != stored.chain {
                    return Err(damaged(sequence, "it does not continue the chain".into()).into());
                }
                if let Some(sealed) = header.kind.event().and_then(|event| event.sealed.as_ref()) {
                    let event = events.entry(sealed.data_key).or_insert(None);
                    if event.is_none() && matches!(stored.body, Part::Present { .. }) {
                        *event = Some(sequence);
                    }
                }
                Ok(ControlFlow::Continue(()))
            })?;
        match chain == head.chain {
            true => Ok(Self { events }),
            false => Err(damaged(
                head.size.saturating_sub(1),
                "it is not the head's record".into(),
            )
            .into()),
        }
    }

    /// A key as one of whom its events name. One with no event left is its entry's: nothing is sealed under it any more.
    fn bind(
        &self,
        core: &Core,
        cell: &LedgerState,
        keks: &KekSet,
        id: &DataKeyId,
        key: &StoredDataKey,
    ) -> Result<Rewrapping, KeyEventError> {
        if let Some(Some(event)) = self.events.get(id)
            && let Some(owner) = owner_of(core, cell, id, *event)?
            && (owner != key.subject || (owner.is_none() && !cell.keys().is_ledgers(id)))
        {
            return Err(KeyringError::Misplaced(*id).into());
        }
        let wrapped = WrappedKey::from_bytes(&key.value)
            .map_err(|error| KeyringError::unopened(id, error))?;
        let context = |subject| wrapping::data_key_context(cell.origin().as_str(), id, subject);
        let opened = keks
            .unwrap_key(&context(None)?, &wrapped)
            .map_err(|error| KeyringError::unopened(id, error))?;
        let after = match &key.subject {
            None => wrapped,
            Some(subject) => {
                let context = context(Some(subject))?;
                let after = keks.wrap(&context, &opened)?;
                // The old one is not replaced by one that was never opened.
                keks.unwrap_key(&context, &after)?;
                after
            }
        };
        Ok(Rewrapping {
            id: *id,
            before: key.clone(),
            after,
            is_bound: true,
        })
    }
}
