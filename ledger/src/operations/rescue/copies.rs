//! Data keys, opened by their copies. A key that can't be had keeps no other from being opened.

use std::{
    cell::RefCell,
    collections::{BTreeMap, HashMap, HashSet},
    rc::Rc,
};

use indelible_evidence::{DataKeyId, Salt, header::SealedBy, sealed::EventKey};
use indelible_keystore::{
    SecretKey,
    age::{AgeError, Identity},
};
use indelible_store::Store;

use super::outcome::{Unopened, UnopenedKey, UnopenedKeys};
use crate::{
    operations::{
        disclose::{OpensEvents, committed},
        first_time::FirstTime,
    },
    state::{
        error::ReadError,
        key_copy::{CopyError, CopyOf},
        limits::{RESCUE_KEYS_OPEN_MAX, RESCUE_KEYS_TOLD_MAX},
        shared::LedgerState,
    },
};

/// Opens data keys by their copies.
pub(super) struct Copies<'a> {
    store: &'a dyn Store,
    identities: &'a [Identity],
    /// Keys that were erased, as the store's own ledger tells. What the ledger's own records say is asked before.
    erased: Option<&'a HashSet<DataKeyId>>,
    opened: RefCell<HashMap<DataKeyId, Rc<SecretKey>>>,
    /// Keys that could not be opened.
    failed: RefCell<HashMap<DataKeyId, UnopenedKey>>,
    first_time: FirstTime,
}

/// Why a key can't be had, for programs and in words.
type Failure = (Unopened, String);

impl<'a> Copies<'a> {
    pub(super) fn new(
        store: &'a dyn Store,
        identities: &'a [Identity],
        erased: Option<&'a HashSet<DataKeyId>>,
    ) -> Self {
        Self {
            store,
            identities,
            erased,
            opened: RefCell::default(),
            failed: RefCell::default(),
            first_time: FirstTime::default(),
        }
    }

    /// A data key.
    fn data_key(&self, cell: &LedgerState, id: &DataKeyId) -> Result<Rc<SecretKey>, Failure> {
        if let Some(key) = self.opened.borrow().get(id) {
            return Ok(Rc::clone(key));
        }
        if let Some(failed) = self.failed.borrow().get(id) {
            return Err((failed.why, failed.detail.clone()));
        }
        let key = Rc::new(self.open(cell, id)?);
        let mut opened = self.opened.borrow_mut();
        if opened.len() >= RESCUE_KEYS_OPEN_MAX {
            opened.clear();
        }
        opened.insert(*id, Rc::clone(&key));
        Ok(key)
    }

    fn open(&self, cell: &LedgerState, id: &DataKeyId) -> Result<SecretKey, Failure> {
        if self.erased.is_some_and(|erased| erased.contains(id)) {
            let detail =
                "it was erased, as _system tells, and the record of that is not in the ledger";
            return Err((Unopened::Erased, detail.to_owned()));
        }
        let entry = match self.store.data_key(cell.id, id) {
            Ok(entry) => entry,
            Err(error) => {
                return Err((
                    Unopened::Damaged,
                    format!("its entry can't be read: {error}"),
                ));
            }
        };
        let Some(entry) = entry else {
            let detail = "it is not in the store, and no record says that it was erased";
            return Err((Unopened::Missing, detail.to_owned()));
        };
        let Some(copy) = &entry.copy else {
            let detail = "it has no copy for a rescue identity";
            return Err((Unopened::NoCopy, detail.to_owned()));
        };
        let of = CopyOf {
            origin: cell.origin(),
            id,
            subject: entry.subject.as_ref(),
        };
        of.open(copy, self.identities).map_err(|error| match error {
            CopyError::Age(AgeError::OtherRecipients) => {
                let detail = "its copy is sealed to other recipients";
                (Unopened::OtherRecipients, detail.to_owned())
            }
            error => {
                let detail =
                    format!("its copy in the store is not the one that was sealed: {error}");
                (Unopened::WrongCopy, detail)
            }
        })
    }

    /// The key of an event, which must be the one that its header commits to.
    fn event_key(
        &self,
        cell: &LedgerState,
        sequence: u64,
        sealed: &SealedBy,
        salt: &Salt,
    ) -> Result<EventKey, Failure> {
        let key = self.data_key(cell, &sealed.data_key)?;
        committed(key.expose(), sealed, salt).ok_or_else(|| {
            let detail = format!(
                "the key in its copy is not the one that the header of record {sequence} commits to: somebody changed the \
                 store"
            );
            (Unopened::WrongCopy, detail)
        })
    }

    /// Notes an event that stays encrypted.
    fn note(&self, id: DataKeyId, sequence: u64, (why, detail): Failure) {
        if !self.first_time.is_of(sequence) {
            return;
        }
        let mut failed = self.failed.borrow_mut();
        let key = failed.entry(id).or_insert(UnopenedKey {
            id,
            first: sequence,
            events: 0,
            why,
            detail,
        });
        key.events += 1;
    }

    /// What could not be opened.
    pub(super) fn into_unopened(self) -> UnopenedKeys {
        let mut told: Vec<_> = self.failed.into_inner().into_values().collect();
        let mut reasons: BTreeMap<Unopened, (u64, u64)> = BTreeMap::new();
        for key in &told {
            let (keys, events) = reasons.entry(key.why).or_default();
            *keys += 1;
            *events += key.events;
        }
        told.sort_unstable_by_key(|key| key.first);
        told.truncate(RESCUE_KEYS_TOLD_MAX);
        let reasons = reasons.into_iter();
        UnopenedKeys {
            reasons: reasons
                .map(|(why, (keys, events))| (why, keys, events))
                .collect(),
            told,
        }
    }
}

impl OpensEvents for Copies<'_> {
    fn event_key(
        &self,
        cell: &LedgerState,
        sequence: u64,
        sealed: &SealedBy,
        salt: &Salt,
    ) -> Result<Option<EventKey>, ReadError> {
        match self.event_key(cell, sequence, sealed, salt) {
            Ok(key) => Ok(Some(key)),
            Err(failure) => {
                self.note(sealed.data_key, sequence, failure);
                Ok(None)
            }
        }
    }
}
