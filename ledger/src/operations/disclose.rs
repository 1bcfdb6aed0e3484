//! Event keys that are disclosed in a bundle. They are derived from data keys, which are never disclosed. A disclosed
//! event key opens one record for ever, even if the data key is destroyed later.

use std::{
    cell::Cell,
    ops::{ControlFlow, Range},
};

use indelible_evidence::{
    Salt,
    header::{Header, SealedBy},
    sealed::EventKey,
};
use indelible_store::{
    Store, TryScan,
    record::{Part, StoredRecord},
};

use crate::{
    core::Ledger,
    keys::keyring::Keyring,
    operations::access::Access,
    state::{access_error::AccessError, error::ReadError, shared::LedgerState},
};

/// How many records are entered into an access trail at once. Their numbers are a few hundred events at most, which is
/// less than a batch may have.
const RECORDED_AT_ONCE: usize = 16_384;

/// Opens data keys for the events of a bundle.
pub(crate) trait OpensEvents {
    /// The key of an event that is sealed under a data key; none if that was erased or can't be had, which is not an error of
    /// the bundle.
    ///
    /// # Errors
    /// If the data key must be available, and is not.
    fn event_key(
        &self,
        cell: &LedgerState,
        sequence: u64,
        sealed: &SealedBy,
        salt: &Salt,
    ) -> Result<Option<EventKey>, ReadError>;
}

impl OpensEvents for Keyring {
    fn event_key(
        &self,
        cell: &LedgerState,
        _sequence: u64,
        sealed: &SealedBy,
        salt: &Salt,
    ) -> Result<Option<EventKey>, ReadError> {
        let opened = self.open(cell, &sealed.data_key)?;
        Ok(opened.map(|key| EventKey::derive(key.expose(), &sealed.data_key, salt)))
    }
}

/// Derives the event keys of one bundle.
pub(crate) struct Disclosure<'a> {
    cell: &'a LedgerState,
    keys: &'a dyn OpensEvents,
    /// The records of the bundle: others are read for its proofs.
    records: Range<u64>,
    /// How many keys were given out, and the last record of which one was: a bundle may be read over more than once.
    disclosed: Cell<(u64, Option<u64>)>,
}

impl<'a> Disclosure<'a> {
    /// How many keys it has given out.
    pub(crate) fn disclosed(&self) -> u64 {
        self.disclosed.get().0
    }

    /// Every bundle that discloses keys begins here, before its first byte is written and its first key is opened. In a
    /// ledger with an access trail, each record whose key may leave is on record, and durable, when this returns.
    ///
    /// # Errors
    /// If a record is damaged, or the access can't be recorded: then no key leaves.
    pub(crate) fn begin(
        ledger: &'a Ledger,
        access: &Access,
        from: u64,
        to: u64,
    ) -> Result<Self, AccessError> {
        let cell = ledger.cell();
        tracing::info!(
            ledger = %cell.origin(),
            from,
            to,
            "a bundle is exported that discloses event keys"
        );
        ledger.record_opening(access, from, to)?;
        Ok(Self {
            cell,
            keys: &*ledger.core().keyring,
            records: from..to,
            disclosed: Cell::new((0, None)),
        })
    }

    /// The same where no daemon serves the ledger, and nothing is recorded any more.
    pub(crate) fn offline(cell: &'a LedgerState, keys: &'a dyn OpensEvents, size: u64) -> Self {
        Self {
            cell,
            keys,
            records: 0..size,
            disclosed: Cell::new((0, None)),
        }
    }

    /// The key of a stored event. None if the bundle has not its record, if its body is in the clear or not there, and none
    /// from the moment on at which its data key is recorded as erased, though the key may still be on its way out. Blocking.
    ///
    /// # Errors
    /// If the data key is not available, or is not the one that the header commits to.
    pub(crate) fn event_key(
        &self,
        sequence: u64,
        stored: &StoredRecord<'_>,
    ) -> Result<Option<EventKey>, ReadError> {
        if !self.records.contains(&sequence) {
            return Ok(None);
        }
        let (Part::Present { salt, .. }, Some(sealed)) =
            (stored.body, disclosable(self.cell, sequence, stored)?)
        else {
            return Ok(None);
        };
        let Some(event_key) = self.keys.event_key(self.cell, sequence, &sealed, &salt)? else {
            return Ok(None);
        };
        if event_key.commitment() != sealed.key_commitment {
            return Err(ReadError::Damaged {
                sequence,
                what: "its event's key is not the one that its header commits to".into(),
            });
        }
        let (count, last) = self.disclosed.get();
        if last.is_none_or(|last| last < sequence) {
            self.disclosed.set((count + 1, Some(sequence)));
        }
        Ok(Some(event_key))
    }
}

/// What an event is sealed under whose key may leave.
fn disclosable(
    cell: &LedgerState,
    sequence: u64,
    stored: &StoredRecord<'_>,
) -> Result<Option<SealedBy>, ReadError> {
    // What is archived is read back by whoever discloses it.
    let (Part::Present { .. } | Part::Archived) = stored.body else {
        return Ok(None);
    };
    let header = Header::decode(stored.header).map_err(|error| ReadError::Damaged {
        sequence,
        what: error.to_string(),
    })?;
    let Some(event) = header.kind.event() else {
        return Ok(None);
    };
    let erased = |sealed: &SealedBy| cell.keys().is_erased(&sealed.data_key);
    Ok(event.sealed.filter(|sealed| !erased(sealed)))
}

impl Ledger {
    /// Enters each record of a range that is sealed and can be opened into the store's own ledger and into the access
    /// trail, as far as they are kept; all of it is durable when this returns.
    ///
    /// # Errors
    /// If a record is damaged, or the access can't be recorded: then nothing of them may be opened.
    pub(crate) fn record_opening(
        &self,
        access: &Access,
        from: u64,
        to: u64,
    ) -> Result<(), AccessError> {
        self.check_nothing_is_missing()?;
        let (cell, store) = (self.cell(), &*self.core().store);
        let mut next = from;
        while self.records_openings() && next < to {
            let disclosed;
            (disclosed, next) = disclosed_from(cell, store, next, to)?;
            self.record_access(access, &disclosed)?;
        }
        Ok(())
    }
}

/// The records from `from` on whose keys may leave, as many as are recorded at once, and where to go on.
fn disclosed_from(
    cell: &LedgerState,
    store: &dyn Store,
    from: u64,
    to: u64,
) -> Result<(Vec<u64>, u64), ReadError> {
    let (mut disclosed, mut next) = (Vec::new(), to);
    store.try_scan(cell.id, from, to, |sequence, value| {
        let stored = StoredRecord::decode(value).map_err(|error| ReadError::Damaged {
            sequence,
            what: error.to_string(),
        })?;
        let sealed = disclosable(cell, sequence, &stored)?;
        disclosed.extend(sealed.map(|_| sequence));
        if disclosed.len() < RECORDED_AT_ONCE {
            return Ok(ControlFlow::Continue(()));
        }
        next = sequence + 1;
        Ok::<_, ReadError>(ControlFlow::Break(()))
    })?;
    Ok((disclosed, next))
}
