//! Whether a ledger's data keys are those that were written: each entry by its MAC, all of them by their seal, the seal by
//! the head, and the lists of subjects by the entries. What it takes grows with the keys and not with the log.

use std::collections::{BTreeMap, HashSet};

use indelible_evidence::{DataKeyId, header::Header};
use indelible_store::{
    Head, KeySeal, Store, SubjectTag,
    record::{Part, StoredRecord},
};
use tracing::{error, warn};

use crate::{
    check::finding::{Finding, FindingCode},
    keys::key_changes::{PAGE_KEYS, each_page, owner, settle},
    read::erasure_mark::Pending,
    state::{
        key_binding::{KeyBinder, KeySet, Sum},
        key_error::KeyringError,
        shared::LedgerState,
    },
};

/// Lists that are put right in one write.
const BATCH_LISTS: usize = 1_024;

/// Holds the data keys against their seal, and puts that in force. Lists of subjects that are not what the keys say are
/// made again from them. A ledger of an earlier build whose keys are not sealed yet passes.
pub(crate) fn check(
    store: &dyn Store,
    ledger: &LedgerState,
    head: &Head,
    binder: &KeyBinder,
) -> Result<(), Finding> {
    let register = &ledger.key_register;
    if !register.wants_seal() {
        return Ok(());
    }
    let mut turn = register.turn();
    let counted = Counted::take(store, ledger, binder)?;
    let sealed = under_seal(store, ledger, binder, &counted.set)?;
    let mut set = sealed;
    set.heads_are_marked |= head.key_mark.is_some();
    against_head(ledger, head, binder, &set)?;
    ledger_wide(store, ledger)?;
    if listed(store, ledger, binder)? != counted.listed {
        rebuild_lists(store, ledger)?;
    }
    if set != sealed {
        let seal = KeySeal {
            ledger: ledger.id,
            value: set.seal(binder, ledger.origin()),
        };
        // A store that was opened from a copy takes no writes yet; the next start does it.
        if let Err(error) = store.put_data_keys(&[], Some(&seal)) {
            warn!(ledger = %ledger.origin(), %error, "the seal of the data keys stays as it was");
            turn.sealed(sealed);
            turn.attempts(set);
            return Ok(());
        }
    }
    turn.sealed(set);
    Ok(())
}

/// The same while the ledger is in use, for a verification: nothing is put right.
pub(crate) fn check_again(store: &dyn Store, ledger: &LedgerState) -> Result<(), Finding> {
    let Ok(binder) = ledger.binder() else {
        return Ok(());
    };
    let mut turn = ledger.key_register.turn();
    if !ledger.key_register.wants_seal() {
        return Ok(());
    }
    settle(store, ledger, binder, &mut turn)?;
    let counted = Counted::take(store, ledger, binder)?;
    let sealed = under_seal(store, ledger, binder, &counted.set)?;
    if turn.set().is_some_and(|set| set != sealed) {
        let detail = "the data keys are sealed otherwise than the daemon left them";
        return Err(Finding::new(FindingCode::DataKeySealMismatch, detail));
    }
    ledger_wide(store, ledger)?;
    if listed(store, ledger, binder)? != counted.listed {
        let detail = "the lists of the data subjects' keys are not what the keys say";
        return Err(Finding::new(FindingCode::DataKeyMisplaced, detail));
    }
    Ok(())
}

/// What the entries come to.
pub(crate) struct Counted {
    /// All of them.
    pub(crate) set: KeySet,
    /// What the lists of subjects must say.
    listed: Sum,
}

impl Counted {
    /// Walks over all entries, each of which must be what was written.
    pub(crate) fn take(
        store: &dyn Store,
        ledger: &LedgerState,
        binder: &KeyBinder,
    ) -> Result<Self, Finding> {
        let mut counted = Self {
            set: KeySet::default(),
            listed: Sum::default(),
        };
        let mut pending = None;
        each_page::<Finding>(store, ledger.id, |page| {
            for (id, entry) in &page {
                let mac = entry
                    .mac
                    .filter(|_| binder.vouches(ledger.origin(), id, entry));
                let mac = mac.ok_or_else(|| damaged(KeyringError::Misplaced(*id)))?;
                counted.set.add(binder, id, &mac);
                if let Some(subject) = &entry.subject {
                    counted.listed.add_listed(binder, subject, id);
                }
                if ledger.keys().is_erased(id) {
                    let pending = match &mut pending {
                        Some(pending) => pending,
                        none => none.insert(Pending::of(store, ledger)?),
                    };
                    if !pending.destroys(id) {
                        let detail = format!("data key {id} was erased, and is there again");
                        return Err(Finding::new(FindingCode::DataKeyMisplaced, detail));
                    }
                }
            }
            Ok(())
        })?;
        Ok(counted)
    }
}

fn under_seal(
    store: &dyn Store,
    ledger: &LedgerState,
    binder: &KeyBinder,
    counted: &KeySet,
) -> Result<KeySet, Finding> {
    let seal = store.key_seal(ledger.id)?;
    let seal = seal.ok_or_else(|| "the seal over the data keys is missing".to_owned());
    seal.and_then(|seal| KeySet::under(&seal, counted, binder, ledger.origin()))
        .map_err(|what| Finding::new(FindingCode::DataKeySealMismatch, what))
}

/// Every commit says which seal was in force, so an older one is seen beside the newest head.
fn against_head(
    ledger: &LedgerState,
    head: &Head,
    binder: &KeyBinder,
    set: &KeySet,
) -> Result<(), Finding> {
    let Some(mark) = &head.key_mark else {
        return match set.heads_are_marked && head.size > 0 {
            true => {
                let detail = "the head does not say which seal of the data keys was in force";
                Err(Finding::new(FindingCode::HeadMismatch, detail))
            }
            false => Ok(()),
        };
    };
    if !binder.is_marked(ledger.origin(), head.size, &head.chain, mark) {
        let detail = "what the head says of the data keys was not written by the daemon";
        return Err(Finding::new(FindingCode::HeadMismatch, detail));
    }
    if mark.changes > set.changes {
        let detail = format!(
            "the data keys are an older copy: they had changed {} times when they were sealed, and {} times when the \
             newest record was written",
            set.changes, mark.changes
        );
        return Err(Finding::new(FindingCode::DataKeySealMismatch, detail));
    }
    Ok(())
}

/// The data keys that the chain itself introduces are there, as the ledger's own.
fn ledger_wide(store: &dyn Store, ledger: &LedgerState) -> Result<(), Finding> {
    let ids: Vec<_> = {
        let keys = ledger.keys();
        let living = |id: &&DataKeyId| !keys.is_erased(id);
        keys.ledger_keys().iter().filter(living).copied().collect()
    };
    for id in ids {
        match store.data_key(ledger.id, &id)? {
            None => return Err(damaged(KeyringError::Missing(id))),
            Some(entry) if entry.subject.is_some() => {
                return Err(damaged(KeyringError::Misplaced(id)));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// What the lists of subjects say.
fn listed(store: &dyn Store, ledger: &LedgerState, binder: &KeyBinder) -> Result<Sum, Finding> {
    let mut sum = Sum::default();
    each_list(store, ledger, |subject, ids| {
        for id in ids {
            sum.add_listed(binder, subject, id);
        }
    })?;
    Ok(sum)
}

fn each_list(
    store: &dyn Store,
    ledger: &LedgerState,
    mut visit: impl FnMut(&SubjectTag, &[DataKeyId]),
) -> Result<(), Finding> {
    let mut after = None;
    loop {
        let page = store.subjects(ledger.id, after.as_ref(), PAGE_KEYS)?;
        page.iter().for_each(|(subject, ids)| visit(subject, ids));
        after = page.last().map(|(subject, _)| *subject);
        if page.len() < PAGE_KEYS {
            return Ok(());
        }
    }
}

/// Makes the lists of subjects again from the entries. The caller has held these against their MACs.
pub(crate) fn rebuild_lists(store: &dyn Store, ledger: &LedgerState) -> Result<(), Finding> {
    let mut right: BTreeMap<SubjectTag, Vec<DataKeyId>> = BTreeMap::new();
    each_page::<Finding>(store, ledger.id, |page| {
        for (id, entry) in page {
            if let Some(subject) = entry.subject {
                right.entry(subject).or_default().push(id);
            }
        }
        Ok(())
    })?;
    let mut changes = Vec::new();
    each_list(store, ledger, |subject, ids| {
        let wanted = right.remove(subject).unwrap_or_default();
        let mut stored = ids.to_vec();
        stored.sort_unstable();
        if stored != wanted {
            changes.push((*subject, wanted));
        }
    })?;
    changes.extend(right);
    for batch in changes.chunks(BATCH_LISTS) {
        store.set_subject_keys(ledger.id, batch)?;
    }
    if !changes.is_empty() {
        error!(
            ledger = %ledger.origin(), lists = changes.len(),
            "the lists of data subjects' keys were not what the keys say, and were made again from these: somebody changed \
             the store"
        );
        ledger.key_register.lists_rebuilt(changes.len() as u64);
    }
    Ok(())
}

/// Which data keys the records name that were looked at: each must be there, or be on record as erased.
pub(crate) struct NamedKeys {
    seen: HashSet<DataKeyId>,
}

impl NamedKeys {
    pub(crate) fn new() -> Self {
        Self {
            seen: HashSet::new(),
        }
    }

    /// Looks at the data key of a record whose body is there; the first record of a key decides.
    pub(crate) fn see(
        &mut self,
        store: &dyn Store,
        ledger: &LedgerState,
        header: &Header<'_>,
        stored: &StoredRecord<'_>,
    ) -> Result<(), KeyringError> {
        let sealed = header.kind.event().and_then(|event| event.sealed.as_ref());
        let (Some(sealed), Part::Present { .. }) = (sealed, stored.body) else {
            return Ok(());
        };
        let id = sealed.data_key;
        if self.seen.contains(&id) || ledger.keys().is_erased(&id) {
            return Ok(());
        }
        self.seen.insert(id);
        let wrong = match store.data_key(ledger.id, &id)? {
            None => KeyringError::Missing(id),
            Some(entry) => match owner(ledger, &id, &entry) {
                Err(error @ KeyringError::Misplaced(_)) => error,
                // While the keys are away, whether the entry is what was written can't be told.
                _ => return Ok(()),
            },
        };
        // An erasure that was recorded meanwhile has destroyed it.
        if ledger.keys().is_erased(&id) {
            return Ok(());
        }
        warn!(ledger = %ledger.origin(), sequence = header.sequence, error = %wrong, "a record names a damaged data key");
        Err(wrong)
    }
}

/// The finding of a key that is missing or misplaced.
pub(crate) fn damaged(error: KeyringError) -> Finding {
    Finding::of_data_key(&error)
        .unwrap_or_else(|| Finding::new(FindingCode::StoreDamaged, error.to_string()))
}
