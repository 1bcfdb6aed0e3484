//! Making the copies of data keys that have none for the recipients of `[rescue]`, and taking away those that are for
//! others. New keys get theirs as they are made, so this is for keys from before. It goes on at the next start where it was
//! broken off: what is right is passed over, without being opened.
//!
//! Replaced copies stay in the store's files until these are written anew. So the catalogue says that there may be some
//! before the first is replaced, until a purge has ended.

use std::time::Duration;

use indelible_evidence::DataKeyId;
use indelible_keystore::{KekProvider as _, KeyError, Remedy, WrappedKey};
use indelible_store::{CopiedKey, Store, StoreError, StoredDataKey};
use tracing::{info, warn};

use crate::{
    core::{Core, Engine, Ledger},
    keys::{
        key_changes::{self, each_page},
        wrapping,
    },
    operations::bind_keys,
    state::{
        error::{AppendError, KeyEventError, ReadError},
        key_copies::CopyFigures,
        key_copy::CopyOf,
        key_error::KeyringError,
        limits::{KEY_COPIES_AT_ONCE, KEY_COPY_PAUSE_MAX, KEYS_RETRY_MAX},
        shared::{Availability, LedgerState},
    },
};

/// How often the thread looks whether it must stop.
const TICK: Duration = Duration::from_millis(50);
/// Where the catalogue says what is stored of copies: nothing as long as there never were any.
const MARK: &[u8] = b"key-copies";
/// There may be copies.
const MADE: &[u8] = b"made";
/// There were some, and none is left; backups may hold them.
const REMOVED: &[u8] = b"removed";
/// There may be, and replaced ones may be left in the files.
const REPLACED: &[u8] = b"replaced";

impl Engine {
    /// Says that it is on record who may open copies of data keys: from here on they are made. Blocking.
    ///
    /// # Errors
    /// If the store fails.
    pub fn rescue_is_on_record(&self) -> Result<(), StoreError> {
        let core = &*self.core;
        if core.copies.recipients().is_none() || core.copies.is_on_record() {
            return Ok(());
        }
        if matches!(&mark(&*core.store)?[..], b"" | REMOVED) {
            core.store.put(MARK, MADE)?;
        }
        core.copies.note_on_record();
        Ok(())
    }
}

impl Ledger {
    /// Whether copies of data keys were ever made in this store, so that backups may hold some. Blocking.
    ///
    /// # Errors
    /// If the store fails.
    pub fn has_had_copies(&self) -> Result<bool, ReadError> {
        Ok(!mark(&*self.core().store)?.is_empty())
    }
}

/// Looks at every key until all have the copies that they must have. Blocking.
pub(crate) fn run(core: &Core) {
    let mut pause = core.options.keys_retry;
    loop {
        if core.is_draining() {
            return;
        }
        match pass(core) {
            Ok(true) => return,
            Ok(false) => core.pause(TICK),
            Err(_) if core.is_draining() => return,
            Err(error) => {
                warn!(%error, "the copies of data keys could not all be put right yet");
                core.copies
                    .tell(|figures| figures.problem = Some(error.to_string()));
                wait(core, pause);
                pause = (pause * 2).min(KEYS_RETRY_MAX);
            }
        }
    }
}

fn wait(core: &Core, pause: Duration) {
    let mut waited = Duration::ZERO;
    while waited < pause && !core.is_draining() {
        core.pause(TICK);
        waited += TICK;
    }
}

fn mark(store: &dyn Store) -> Result<Vec<u8>, StoreError> {
    Ok(store.get(MARK)?.unwrap_or_default())
}

/// One pass over all keys; false if it can't begin yet.
fn pass(core: &Core) -> Result<bool, KeyEventError> {
    let store = &*core.store;
    match core.copies.recipients() {
        None if matches!(&mark(store)?[..], b"" | REMOVED) => {
            core.copies.tell(CopyFigures::begin);
            return Ok(true);
        }
        Some(_) if !core.copies.is_on_record() || core.custody.keks().is_err() => return Ok(false),
        _ => {}
    }
    core.copies.tell(CopyFigures::begin);
    let mut walk = Walk {
        core,
        replaced: mark(store)? == REPLACED,
        changed: 0,
        unopened: None,
    };
    for cell in core.registry.cells() {
        walk.ledger(&cell)?;
    }
    let Walk {
        replaced,
        changed,
        unopened,
        ..
    } = walk;
    if replaced {
        // So that no earlier recipient finds one of theirs in the files.
        store.purge(&[], &mut |_| core.go_on())?;
    }
    let is_wanted = core.copies.recipients().is_some();
    store.put(MARK, if is_wanted { MADE } else { REMOVED })?;
    if changed > 0 {
        match is_wanted {
            true => info!(
                keys = changed,
                "the copies of data keys are those for the recipients of [rescue]"
            ),
            false => info!(
                keys = changed,
                "the copies of data keys are taken away, since [rescue] names nobody"
            ),
        }
        // A key that was made while this began may have been passed over.
        return Ok(false);
    }
    if let Some(error) = unopened {
        return Err(error);
    }
    core.copies.tell(CopyFigures::end);
    Ok(true)
}

/// What a pass has come to.
struct Walk<'a> {
    core: &'a Core,
    /// Whether replaced copies may be in the files.
    replaced: bool,
    changed: u64,
    /// Why a ledger's keys could not be looked at now.
    unopened: Option<KeyEventError>,
}

impl Walk<'_> {
    fn ledger(&mut self, cell: &LedgerState) -> Result<(), KeyEventError> {
        let store = &*self.core.store;
        if self.core.copies.recipients().is_some() {
            // Whose a key is must be certain, for its copy says it.
            let bound = match cell.binder() {
                Err(away) => Err(away.into()),
                Ok(_) if bind_keys::is_due(cell) => bind_keys::ensure(self.core, cell),
                Ok(_) => Ok(()),
            };
            if let Err(error) = bound {
                return self.not_looked_at(cell, error);
            }
        }
        let walked = each_page::<KeyEventError>(store, cell.id, |page| {
            for some in page.chunks(KEY_COPIES_AT_ONCE) {
                self.some(cell, some)?;
            }
            Ok(())
        });
        match walked {
            // What is damaged in one ledger keeps no other's keys from their copies.
            Err(KeyEventError::Store(error @ StoreError::Damaged { .. })) => {
                match self.core.copies.recipients().is_some() {
                    true => {
                        warn!(ledger = %cell.origin(), %error, "data keys can't be read, and get no copies");
                    }
                    false => {
                        warn!(ledger = %cell.origin(), %error, "data keys can't be read, and may keep their copies");
                    }
                }
                self.core.copies.tell(|figures| figures.lacking += 1);
                Ok(())
            }
            walked => walked,
        }
    }

    /// Nothing can be said of a ledger's keys now. If its index key or a data key is damaged, that stays so.
    fn not_looked_at(
        &mut self,
        cell: &LedgerState,
        error: KeyEventError,
    ) -> Result<(), KeyEventError> {
        let may_open = matches!(
            cell.state().0,
            Availability::Open | Availability::ReadOnly | Availability::Stopped
        );
        warn!(ledger = %cell.origin(), %error, "data keys can't be read, and get no copies");
        // Those that can't be read can't be counted either.
        let _unread = each_page::<StoreError>(&*self.core.store, cell.id, |page| {
            self.core.copies.tell(|figures| {
                page.iter().for_each(|(id, _)| figures.look_at(id));
                figures.lacking += page.len() as u64;
            });
            Ok(())
        });
        if may_open {
            self.unopened = Some(error);
        }
        Ok(())
    }

    /// Puts the copies of some keys right, and then lets others go on for as long as that took.
    fn some(
        &mut self,
        cell: &LedgerState,
        keys: &[(DataKeyId, StoredDataKey)],
    ) -> Result<(), KeyEventError> {
        if self.core.is_draining() {
            return Err(AppendError::Draining.into());
        }
        let begun = self.core.environment.elapsed();
        let (mut copies, mut lacking) = (Vec::new(), 0);
        for (id, key) in keys {
            match self.wanted(cell, id, key) {
                Ok(None) => {}
                Ok(Some(copy)) => copies.push(CopiedKey {
                    key_id: *id,
                    expected: key.clone(),
                    copy,
                }),
                Err(error) if error.is_passing() => return Err(error.into()),
                Err(error) => {
                    warn!(ledger = %cell.origin(), key = %id, %error, "a data key gets no copy");
                    lacking += 1;
                }
            }
        }
        let (wanted, changed) = (copies.len() as u64, self.put(cell, copies)?);
        // Those that were overtaken are looked at again as well.
        self.changed += wanted;
        self.core.copies.tell(|figures| {
            keys.iter().for_each(|(id, _)| figures.look_at(id));
            figures.changed += changed;
            figures.lacking += lacking;
        });
        if wanted > 0 {
            let took = self.core.environment.elapsed().saturating_sub(begun);
            self.core.pause(took.min(KEY_COPY_PAUSE_MAX));
        }
        Ok(())
    }

    fn put(&mut self, cell: &LedgerState, copies: Vec<CopiedKey>) -> Result<u64, KeyEventError> {
        let store = &*self.core.store;
        let is_replaced = copies.iter().any(|copied| copied.expected.copy.is_some());
        if is_replaced && !self.replaced {
            store.put(MARK, REPLACED)?;
            self.replaced = true;
        }
        Ok(key_changes::set_copies(store, cell, copies)?)
    }

    /// The copy that a key must have and has not, or none where it must have none; nothing if all is as it must be.
    fn wanted(
        &self,
        cell: &LedgerState,
        id: &DataKeyId,
        key: &StoredDataKey,
    ) -> Result<Option<Option<Vec<u8>>>, KeyringError> {
        // One that is being destroyed gets no copy, and keeps none.
        let is_erased = cell.keys().is_erased(id);
        let Some(recipients) = self.core.copies.recipients().filter(|_| !is_erased) else {
            return Ok(key.copy.is_some().then_some(None));
        };
        let binder = cell.binder()?;
        let subject = key_changes::owner(cell, id, key)?;
        if key.mac.is_none() {
            // Whose it is nothing says yet, so that its copy could not say it either.
            return Err(KeyringError::Misplaced(*id));
        }
        let of = CopyOf {
            origin: cell.origin(),
            id,
            subject,
        };
        let is_right = |copy: &Vec<u8>| of.is_sealed_to(copy, recipients, binder);
        if key.copy.as_ref().is_some_and(is_right) {
            return Ok(None);
        }
        let context = wrapping::data_key_context(cell.origin().as_str(), id, subject)?;
        let keks = self.core.custody.keks()?;
        let opened = WrappedKey::from_bytes(&key.value)
            .and_then(|wrapped| keks.unwrap_key(&context, &wrapped))
            .map_err(|error| KeyringError::unopened(id, error))?;
        Ok(Some(Some(of.seal(&opened, recipients, binder)?)))
    }
}

impl KeyringError {
    /// Whether the same may succeed later.
    fn is_passing(&self) -> bool {
        match self {
            Self::Key(KeyError::NoEntropy { .. }) => true,
            // A key under a KEK that nobody holds is no reason to leave the others without copies.
            Self::Key(error) => error.remedy() == Remedy::Wait,
            Self::Away(_) | Self::Store(_) | Self::NotCopied(_) | Self::Full => true,
            Self::Missing(_) | Self::Misplaced(_) | Self::NotSealed => false,
        }
    }
}
