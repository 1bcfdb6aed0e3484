//! Data keys, opened by their copies.

use std::{
    cell::{Cell, RefCell},
    collections::{HashMap, HashSet},
    rc::Rc,
};

use indelible_evidence::{DataKeyId, Salt, header::SealedBy, sealed::EventKey};
use indelible_keystore::{SecretKey, age::Identity};
use indelible_store::{Store, StoreError};

use crate::{
    operations::disclose::OpensEvents,
    state::{
        error::ReadError,
        key_copy::{CopyError, CopyOf},
        key_error::KeyringError,
        limits::RESCUE_KEYS_OPEN_MAX,
        shared::LedgerState,
    },
};

/// Opens data keys by their copies.
pub(super) struct Copies<'a> {
    store: &'a dyn Store,
    identities: &'a [Identity],
    opened: RefCell<HashMap<DataKeyId, Rc<SecretKey>>>,
    /// Keys without a copy.
    pub(super) lacking: RefCell<HashSet<DataKeyId>>,
    /// Events under these, and the last of them: a bundle may be read over more than once.
    pub(super) sealed: Cell<(u64, Option<u64>)>,
    /// The copy for which all ends.
    pub(super) refused: RefCell<Option<(DataKeyId, String)>>,
}

impl<'a> Copies<'a> {
    pub(super) fn new(store: &'a dyn Store, identities: &'a [Identity]) -> Self {
        Self {
            store,
            identities,
            opened: RefCell::default(),
            lacking: RefCell::default(),
            sealed: Cell::new((0, None)),
            refused: RefCell::default(),
        }
    }

    /// A data key; none if it has no copy.
    fn data_key(
        &self,
        cell: &LedgerState,
        id: &DataKeyId,
    ) -> Result<Option<Rc<SecretKey>>, Unopened> {
        if let Some(key) = self.opened.borrow().get(id) {
            return Ok(Some(Rc::clone(key)));
        }
        let entry = self.store.data_key(cell.id, id)?;
        let entry = entry.ok_or(KeyringError::Missing(*id))?;
        let Some(copy) = &entry.copy else {
            return Ok(None);
        };
        let of = CopyOf {
            origin: cell.origin(),
            id,
            subject: entry.subject.as_ref(),
        };
        let key = Rc::new(of.open(copy, self.identities)?);
        let mut opened = self.opened.borrow_mut();
        if opened.len() >= RESCUE_KEYS_OPEN_MAX {
            opened.clear();
        }
        opened.insert(*id, Rc::clone(&key));
        Ok(Some(key))
    }

    /// Notes for which copy all ends.
    fn refuse(&self, id: &DataKeyId, sequence: u64, problem: String) -> ReadError {
        let what = format!("the copy of its data key {id}: {problem}");
        *self.refused.borrow_mut() = Some((*id, problem));
        ReadError::Damaged { sequence, what }
    }
}

/// Why a data key can't be had by its copy.
enum Unopened {
    Copy(CopyError),
    Other(ReadError),
}

impl From<CopyError> for Unopened {
    fn from(error: CopyError) -> Self {
        Self::Copy(error)
    }
}

impl From<StoreError> for Unopened {
    fn from(error: StoreError) -> Self {
        Self::Other(error.into())
    }
}

impl From<KeyringError> for Unopened {
    fn from(error: KeyringError) -> Self {
        Self::Other(error.into())
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
        let id = &sealed.data_key;
        let key = match self.data_key(cell, id) {
            Ok(Some(key)) => key,
            Ok(None) => {
                self.lacking.borrow_mut().insert(*id);
                let (count, last) = self.sealed.get();
                if last.is_none_or(|last| last < sequence) {
                    self.sealed.set((count + 1, Some(sequence)));
                }
                return Ok(None);
            }
            Err(Unopened::Copy(error)) => return Err(self.refuse(id, sequence, error.to_string())),
            Err(Unopened::Other(error)) => return Err(error),
        };
        let event_key = EventKey::derive(key.expose(), id, salt);
        if event_key.commitment() != sealed.key_commitment {
            let problem = format!(
                "the key in it is not the one that the header of record {sequence} commits to"
            );
            return Err(self.refuse(id, sequence, problem));
        }
        Ok(Some(event_key))
    }
}
