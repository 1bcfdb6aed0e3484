//! One pass over all stored keys, which moves each under the current KEK.

use std::sync::Arc;

use indelible_evidence::{DataKeyId, hash::Hex, key_event::KekChange};
use indelible_keystore::{KekId, KekProvider as _, KekSet, KeyError, WrappedKey};
use indelible_store::{LedgerId, PurgeProgress, StoreError, StoredDataKey};
use tracing::{info, warn};

use crate::{
    core::Core,
    keys::{
        kek_usage,
        key_changes::{self, Rewrapping},
        stored_identity::IdentityPlace,
        wrapping,
    },
    operations::record_key_event::{self, Statement},
    state::{
        descriptor::{Descriptor, Lifecycle},
        error::{AppendError, KeyEventError},
        key_error::{KeyringError, KeysError},
        rotation_reason::RotationReason,
        shared::{Availability, LedgerState},
    },
};

/// Data keys that are replaced in one write.
const BATCH_KEYS: usize = 128;
/// Reasons that are told one by one; what is left is counted in any case.
const REASONS_MAX: usize = 32;

/// What a change of the KEK is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RewrapProgress {
    /// Keys are being moved.
    Moving {
        /// Keys that are under the current KEK now, of those that were not.
        done: u64,
        /// Keys that were not, at the beginning.
        total: u64,
    },
    /// Everything that is stored is being looked at once more.
    Checking,
    /// The old wrapped keys are being removed from every file.
    Purging(PurgeProgress),
}

/// Told what a change of the KEK is doing.
pub type OnRewrap<'a> = &'a mut dyn FnMut(RewrapProgress);

/// One pass over all stored keys.
pub(super) struct Run<'a> {
    pub(super) core: &'a Core,
    pub(super) keks: &'a KekSet,
    /// Why, as the records say it.
    pub(super) reason: Option<RotationReason>,
    pub(super) current: KekId,
    /// Whether the catalogue says that a change has begun.
    pub(super) is_begun: bool,
    pub(super) recorded: u64,
    pub(super) moved: u64,
    pub(super) total: u64,
    pub(super) reasons: Vec<String>,
    pub(super) progress: OnRewrap<'a>,
}

/// Why something does not move.
enum MoveError {
    /// It alone is left.
    Left(String),
    /// All ends here.
    End(KeyEventError),
}

impl<T: Into<KeyEventError>> From<T> for MoveError {
    fn from(error: T) -> Self {
        Self::End(error.into())
    }
}

impl Run<'_> {
    pub(super) fn all(&mut self) -> Result<(), KeyEventError> {
        (self.progress)(RewrapProgress::Moving {
            done: 0,
            total: self.total,
        });
        for (id, stored) in self.core.store.ledgers()? {
            let descriptor = match Descriptor::decode(&stored) {
                Ok(descriptor) => descriptor,
                Err(error) => {
                    let left = Err(MoveError::Left(error.to_string()));
                    self.take_note(&format!("entry {id} of the catalogue"), left)?;
                    continue;
                }
            };
            let cell = self.core.registry.find(descriptor.origin.as_str());
            let outcome = match cell {
                Some(cell) => self.ledger(&cell),
                None => self.without_records(id, descriptor.clone()),
            };
            self.take_note(descriptor.origin.as_str(), outcome)?;
        }
        for (public, place) in self.core.signers.places()? {
            let outcome = self.identity(&public, place);
            self.take_note(&format!("identity key {}", Hex(&public)), outcome)?;
        }
        Ok(())
    }

    /// Keeps the reason for what is left.
    fn take_note(
        &mut self,
        what: &str,
        outcome: Result<(), MoveError>,
    ) -> Result<(), KeyEventError> {
        match outcome {
            Ok(()) => Ok(()),
            Err(MoveError::Left(reason)) => {
                warn!(what, reason, "a key stays under an earlier KEK");
                if self.reasons.len() < REASONS_MAX {
                    self.reasons.push(format!("{what}: {reason}"));
                }
                Ok(())
            }
            // What is damaged in one ledger does not keep the others under an earlier KEK.
            Err(MoveError::End(KeyEventError::Store(error @ StoreError::Damaged { .. }))) => {
                self.take_note(what, Err(MoveError::Left(error.to_string())))
            }
            Err(MoveError::End(error)) => Err(error),
        }
    }

    /// Moves the keys of one ledger.
    fn ledger(&mut self, cell: &Arc<LedgerState>) -> Result<(), MoveError> {
        let mut chain = InChain::of(cell, &self.current);
        if chain == InChain::Contradicted {
            self.record(cell, &mut chain)?;
        }
        let core = self.core;
        key_changes::each_page(&*core.store, cell.id, |page| {
            let is_foreign = |key: &StoredDataKey| {
                !WrappedKey::from_bytes(&key.value)
                    .is_ok_and(|wrapped| wrapped.kek_id() == self.current)
            };
            let foreign = page.into_iter().filter(|(_, key)| is_foreign(key));
            let foreign: Vec<_> = foreign.collect();
            foreign
                .chunks(BATCH_KEYS)
                .try_for_each(|batch| self.data_keys(cell, &mut chain, batch))
        })?;
        self.index_key(cell, &mut chain)
    }

    /// Moves a batch of data keys.
    fn data_keys(
        &mut self,
        cell: &Arc<LedgerState>,
        chain: &mut InChain,
        batch: &[(DataKeyId, StoredDataKey)],
    ) -> Result<(), MoveError> {
        if self.core.is_draining() {
            return Err(AppendError::Draining.into());
        }
        let mut replacements = Vec::with_capacity(batch.len());
        for (id, stored) in batch {
            match self.data_key(cell, id, stored) {
                Ok(Some(replacement)) => replacements.push(replacement),
                Ok(None) => {}
                Err(MoveError::Left(reason)) => {
                    let what = format!("{}, data key {}", cell.origin(), id);
                    self.take_note(&what, Err(MoveError::Left(reason)))?;
                }
                Err(end) => return Err(end),
            }
        }
        if replacements.is_empty() {
            return Ok(());
        }
        self.record(cell, chain)?;
        self.replace(cell, &replacements)
    }

    fn data_key(
        &self,
        cell: &LedgerState,
        id: &DataKeyId,
        stored: &StoredDataKey,
    ) -> Result<Option<Rewrapping>, MoveError> {
        let wrapped = WrappedKey::from_bytes(&stored.value);
        let wrapped = wrapped.map_err(|error| MoveError::Left(error.to_string()))?;
        let owner = key_changes::owner(cell, id, stored).map_err(left_if_damaged)?;
        let context = wrapping::data_key_context(cell.origin().as_str(), id, owner);
        let context = context.map_err(move_error)?;
        let moved = wrapping::rewrapped(self.keks, &context, &wrapped).map_err(move_error)?;
        Ok(moved.map(|after| Rewrapping {
            id: *id,
            before: stored.clone(),
            after,
            is_bound: false,
        }))
    }

    /// Replaces keys, except those that were destroyed meanwhile.
    fn replace(
        &mut self,
        cell: &LedgerState,
        replacements: &[Rewrapping],
    ) -> Result<(), MoveError> {
        let replaced = key_changes::replace(&*self.core.store, cell, replacements);
        self.count(replaced.map_err(left_if_damaged)?);
        Ok(())
    }

    fn index_key(&mut self, cell: &Arc<LedgerState>, chain: &mut InChain) -> Result<(), MoveError> {
        let stored = cell.stored().clone();
        let Some(moved) = self.moved_index_key(&stored)? else {
            return Ok(());
        };
        self.record(cell, chain)?;
        let mut stored = cell.stored();
        let changed = Descriptor {
            index_key: moved,
            ..stored.clone()
        };
        self.core.store.update_ledger(cell.id, &changed.encode())?;
        *stored = changed;
        drop(stored);
        self.count(1);
        Ok(())
    }

    /// A ledger whose creation was broken off has an index key that nobody uses, and no chain.
    fn without_records(&mut self, id: LedgerId, descriptor: Descriptor) -> Result<(), MoveError> {
        if descriptor.lifecycle != Lifecycle::Abandoned {
            // It is being created, under the current KEK.
            return Ok(());
        }
        let Some(moved) = self.moved_index_key(&descriptor)? else {
            return Ok(());
        };
        self.begin()?;
        let changed = Descriptor {
            index_key: moved,
            ..descriptor
        };
        self.core.store.update_ledger(id, &changed.encode())?;
        self.count(1);
        Ok(())
    }

    fn moved_index_key(&self, descriptor: &Descriptor) -> Result<Option<Vec<u8>>, MoveError> {
        let wrapped = WrappedKey::from_bytes(&descriptor.index_key).map_err(move_error)?;
        let (origin, id) = (descriptor.origin.as_str(), descriptor.index_key_id);
        let context = wrapping::index_key_context(origin, id, &wrapped).map_err(move_error)?;
        let moved = wrapping::rewrapped(self.keks, &context, &wrapped).map_err(move_error)?;
        Ok(moved.map(|moved| moved.as_bytes().to_vec()))
    }

    fn identity(&mut self, public: &[u8; 32], place: IdentityPlace) -> Result<(), MoveError> {
        match place {
            IdentityPlace::Wrapped(kek) if kek != self.current => self.begin()?,
            IdentityPlace::AtProvider(kek) if kek != self.current => {
                return Err(MoveError::Left(format!(
                    "it never leaves the provider of KEK {kek}; rotate it with `indelible keys rotate identity`"
                )));
            }
            _ => return Ok(()),
        }
        let core = self.core;
        match core.signers.rewrap(public, &*core.store, self.keks) {
            Ok(moved) => {
                self.count(u64::from(moved));
                Ok(())
            }
            Err(KeysError::Key(error)) => Err(move_error(error)),
            Err(error) => Err(error.into()),
        }
    }

    /// Lets the chain say where the ledger's keys go, unless it does already.
    fn record(&mut self, cell: &Arc<LedgerState>, chain: &mut InChain) -> Result<(), MoveError> {
        if *chain == InChain::Said {
            return self.begin();
        }
        let statement = Statement::Kek(KekChange {
            reason: self.reason.map(|reason| reason.name().to_owned()),
            origin: cell.origin().clone(),
            kek: *self.current.as_bytes(),
            provider: self.keks.describe().kind.name().to_owned(),
        });
        match record_key_event::record(self.core, cell, &statement) {
            Ok(recorded) => {
                info!(ledger = %cell.origin(), sequence = recorded.first, kek = %self.current, "a change of the KEK is recorded");
            }
            Err(KeyEventError::Append(AppendError::Refused { reason, .. })) => {
                let reason = format!(
                    "the ledger takes no records ({reason}), so the change can't be recorded in it; its keys move \
                     when it takes records again or has a successor"
                );
                return Err(MoveError::Left(reason));
            }
            Err(error) => return Err(error.into()),
        }
        *chain = InChain::Said;
        self.recorded += 1;
        self.begin()
    }

    /// Notes that a change has begun, before the first key moves: until it is complete the old wrapped keys may be in
    /// the files.
    fn begin(&mut self) -> Result<(), MoveError> {
        if !self.is_begun {
            kek_usage::set_changing(&*self.core.store, true)?;
            self.is_begun = true;
        }
        Ok(())
    }

    fn count(&mut self, moved: u64) {
        self.moved += moved;
        (self.progress)(RewrapProgress::Moving {
            done: self.moved,
            total: self.total.max(self.moved),
        });
    }
}

/// What a ledger's chain says of the KEK that its keys go under.
#[derive(Clone, Copy, PartialEq, Eq)]
enum InChain {
    /// It names the current one; or it has ended, and nothing can be said in it any more.
    Said,
    /// It names none, which is right as long as none of its keys moves.
    Silent,
    /// It names another one.
    Contradicted,
}

impl InChain {
    fn of(cell: &LedgerState, current: &KekId) -> Self {
        if cell.state().0 == Availability::Closed {
            return Self::Said;
        }
        match cell.keys().kek() {
            None => Self::Silent,
            Some(kek) if kek == *current.as_bytes() => Self::Said,
            Some(_) => Self::Contradicted,
        }
    }
}

/// Keys that are not what was stored are left where they are.
fn left_if_damaged(error: KeyringError) -> MoveError {
    match error {
        KeyringError::Missing(_) | KeyringError::Misplaced(_) | KeyringError::NotSealed => {
            MoveError::Left(error.to_string())
        }
        other => MoveError::End(KeyEventError::DataKey(other)),
    }
}

/// A provider that fails will fail for the next key, too; a key that does not open is left alone.
fn move_error(error: KeyError) -> MoveError {
    match error {
        KeyError::Provider { .. } | KeyError::NoEntropy { .. } => {
            MoveError::End(KeyEventError::Kek(error))
        }
        other => MoveError::Left(other.to_string()),
    }
}
