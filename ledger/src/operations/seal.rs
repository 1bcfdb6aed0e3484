//! Which events are sealed, and under which data key.

use std::sync::Arc;

use indelible_evidence::{
    IdentityTag,
    hash::DataKeyId,
    header::{Header, RecordKind},
    key_event::DataKeyChange,
};
use indelible_keystore::DataKey;
use indelible_store::{
    SubjectTag,
    record::{Part, StoredRecord},
};

use crate::{
    core::Ledger,
    operations::{
        key_owner,
        record_key_event::{self, Statement},
        unused_keys,
    },
    state::{
        append::NewRange,
        custody::KeysAway,
        error::{KeyEventError, ReadError},
        key_error::KeyringError,
        prepare_error::PrepareError,
        quarantine::on_damage,
        shared::LedgerState,
    },
    write::{
        event::{EventInput, Prepared, Unsealed},
        original,
    },
};

/// What a data key serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyScope {
    /// The whole ledger.
    Ledger,
    /// One data subject.
    Subject(SubjectTag),
}

/// What an event must be sealed under; none if it may stay in the clear.
pub(crate) fn scope(
    cell: &LedgerState,
    event: &EventInput<'_>,
) -> Result<Option<KeyScope>, KeysAway> {
    Ok(match event.body.data_subject {
        Some(subject) => Some(KeyScope::Subject(cell.subject_tag(subject)?)),
        None => cell.encrypts_all().then_some(KeyScope::Ledger),
    })
}

enum Sealing {
    Under(Arc<DataKey>),
    /// The event is a repeat of one that was erased.
    Erased,
}

/// The event that another one repeats.
struct Original {
    data_key: Option<DataKeyId>,
    erased: bool,
}

impl Ledger {
    /// Validates, encodes and seals an event.
    pub(crate) async fn seal(
        &self,
        scope: KeyScope,
        event: EventInput<'_>,
    ) -> Result<Prepared, PrepareError> {
        // Validated first: nothing that is refused makes a key.
        let unsealed = Unsealed::encode(self.cell(), event)?;
        if let Some(key) = self.cached_key(scope, unsealed.id()) {
            return unsealed.seal(self.cell(), &key);
        }
        let ledger = self.clone();
        let sealing =
            self.core
                .environment
                .aside(move || match ledger.key_for(scope, unsealed.id()) {
                    Ok(Sealing::Under(key)) => unsealed.seal(ledger.cell(), &key),
                    Ok(Sealing::Erased) => Ok(unsealed.repeat_of_erased()),
                    Err(KeyEventError::Shut(error)) => Err(error.into()),
                    Err(KeyEventError::DataKey(error)) if error.damaged_key().is_some() => {
                        let error = key_owner::quarantined::<()>(ledger.cell(), Err(error.into()));
                        Err(PrepareError::KeyDamaged {
                            reason: error
                                .err()
                                .map(|error| error.to_string())
                                .unwrap_or_default(),
                        })
                    }
                    Err(error) => Err(PrepareError::DataKey {
                        reason: error.to_string(),
                        cause: error.cause(),
                    }),
                });
        sealing.await.map_err(|error| PrepareError::DataKey {
            reason: error.to_string(),
            cause: None,
        })?
    }

    /// The key that an event is to be sealed under, where no provider has to be asked for it.
    fn cached_key(&self, scope: KeyScope, id: IdentityTag) -> Option<Arc<DataKey>> {
        let (core, cell) = (self.core(), self.cell());
        match scope {
            KeyScope::Subject(tag) => {
                let key = core.keyring.cached_of_subject(cell.id, &tag)?;
                (!cell.unused_keys.is_given_up(key.id())).then_some(key)
            }
            KeyScope::Ledger => {
                let wanted = self.wanted_ledger_key(id).ok()??;
                core.keyring.cached(cell.id, &wanted)
            }
        }
    }

    /// The ledger-wide key for an event: the current one, or that of the event that it repeats. None before the first.
    fn wanted_ledger_key(&self, id: IdentityTag) -> Result<Option<DataKeyId>, ReadError> {
        let (current, rotated) = {
            let keys = self.cell().keys();
            (keys.data_key(), keys.has_rotated())
        };
        if !rotated {
            return Ok(current);
        }
        let repeated = self
            .original(id)?
            .and_then(|original| original.data_key)
            .filter(|key| self.cell().keys().is_ledgers(key));
        Ok(repeated.or(current))
    }

    fn key_for(&self, scope: KeyScope, id: IdentityTag) -> Result<Sealing, KeyEventError> {
        let (core, cell) = (self.core(), self.cell());
        match scope {
            KeyScope::Subject(tag) => {
                // Only a key of an earlier build, which is not bound yet, is asked about.
                let is_theirs = |id: &DataKeyId| key_owner::seals_for(core, cell, &tag, id);
                if let Some(key) = core.keyring.of_subject(cell, &tag, &is_theirs)? {
                    return Ok(Sealing::Under(key));
                }
                // A repeat of an event that was erased must not bring its subject back.
                if self.original(id)?.is_some_and(|original| original.erased) {
                    return Ok(Sealing::Erased);
                }
                core.signers.of(cell)?;
                let key = core.keyring.for_subject(cell, &tag, &is_theirs)?;
                unused_keys::tidy(core, &self.cell);
                Ok(Sealing::Under(key))
            }
            KeyScope::Ledger => {
                let Some(wanted) = self.wanted_ledger_key(id)? else {
                    return self.next_data_key(true).map(|(key, _)| Sealing::Under(key));
                };
                let key = core.keyring.open(cell, &wanted)?;
                key.map(Sealing::Under)
                    .ok_or_else(|| KeyringError::Missing(wanted).into())
            }
        }
    }

    /// The event that has this identity, if the index knows one. The writer finds those that the index does not cover yet.
    fn original(&self, id: IdentityTag) -> Result<Option<Original>, ReadError> {
        let (core, cell) = (self.core(), self.cell());
        let mut found = Vec::with_capacity(1);
        core.store.find_ids(cell.id, &[id], &mut found)?;
        let Some(Some(sequence)) = found.first().copied() else {
            return Ok(None);
        };
        on_damage(cell, original::check(cell, &*core.store, sequence, &id))?;
        let damaged = |what: String| ReadError::Damaged { sequence, what };
        let value = core.store.record(cell.id, sequence)?;
        let value = value.ok_or_else(|| damaged("it is missing from the store".into()))?;
        let stored = StoredRecord::decode(&value).map_err(|error| damaged(error.to_string()))?;
        let header = Header::decode(stored.header).map_err(|error| damaged(error.to_string()))?;
        let data_key = match header.kind {
            RecordKind::Event(event) => event.sealed.map(|sealed| sealed.data_key),
            _ => None,
        };
        let erased =
            stored.body == Part::Erased || data_key.is_some_and(|key| cell.keys().is_erased(&key));
        Ok(Some(Original { data_key, erased }))
    }

    /// Makes a new data key for the events of this ledger that name no data subject, and returns its id and the
    /// record that says so. What is sealed under earlier ones stays readable. Blocking.
    ///
    /// # Errors
    /// Why it was not recorded.
    pub fn rotate_data_key(&self) -> Result<(DataKeyId, Option<NewRange>), KeyEventError> {
        let (key, recorded) = self.next_data_key(false)?;
        Ok((*key.id(), recorded))
    }

    /// Makes a new ledger-wide data key and records that new events are sealed under it. Where only the first one is
    /// wanted, one that somebody else has just recorded serves, and there is no new record. Blocking.
    fn next_data_key(
        &self,
        only_first: bool,
    ) -> Result<(Arc<DataKey>, Option<NewRange>), KeyEventError> {
        let (core, cell) = (self.core(), &self.cell);
        if !cell.encrypts_all() {
            return Err(KeyEventError::NoLedgerKey);
        }
        let _one_at_a_time = cell.rotating();
        if only_first && let Some(current) = cell.keys().data_key() {
            let key = core.keyring.open(cell, &current)?;
            return match key {
                Some(key) => Ok((key, None)),
                None => Err(KeyringError::Missing(current).into()),
            };
        }
        // Without a record the new key would be left behind.
        core.signers.of(cell)?;
        let key = core.keyring.make(cell, None)?;
        let statement = Statement::DataKey(DataKeyChange {
            origin: cell.origin().clone(),
            data_key: *key.id(),
        });
        let recorded = record_key_event::record(core, cell, &statement)?;
        Ok((key, Some(recorded)))
    }
}
