//! Event keys that are disclosed in a bundle. They are derived from data keys, which are never disclosed. A disclosed
//! event key opens one record for ever, even if the data key is destroyed later.

use std::{
    cell::Cell,
    ops::{ControlFlow, Range},
};

use indelible_evidence::{
    Salt,
    commitment::PartKind,
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
    operations::{access::Access, first_time::FirstTime},
    read::archived::{filled, with_body},
    state::{
        absent_word::AbsentWord, access_error::AccessError, error::ReadError, shared::LedgerState,
    },
};

/// How many records are entered into an access trail at once. Their numbers are a few hundred events at most, which is
/// less than a batch may have.
const RECORDED_AT_ONCE: usize = 16_384;

/// Opens data keys for the events of a bundle.
pub(crate) trait OpensEvents {
    /// The key of an event that is sealed under a data key, which is the one that its header commits to; none if the data key
    /// was erased or can't be had, which is not an error of the bundle.
    ///
    /// # Errors
    /// If the data key must be available, and is not, or is not the one that the header commits to.
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
        sequence: u64,
        sealed: &SealedBy,
        salt: &Salt,
    ) -> Result<Option<EventKey>, ReadError> {
        let Some(key) = self.open(cell, &sealed.data_key)? else {
            return Ok(None);
        };
        match committed(key.expose(), sealed, salt) {
            Some(event_key) => Ok(Some(event_key)),
            None => Err(ReadError::Damaged {
                sequence,
                what: "its event's key is not the one that its header commits to".into(),
            }),
        }
    }
}

/// The key of an event; none if the data key is not the one under which the header says that it is sealed.
pub(super) fn committed(key: &[u8; 32], sealed: &SealedBy, salt: &Salt) -> Option<EventKey> {
    let event_key = EventKey::derive(key, &sealed.data_key, salt);
    (event_key.commitment() == sealed.key_commitment).then_some(event_key)
}

/// Derives the event keys of one bundle.
pub(crate) struct Disclosure<'a> {
    cell: &'a LedgerState,
    keys: &'a dyn OpensEvents,
    /// The records of the bundle: others are read for its proofs.
    records: Range<u64>,
    /// Those whose bodies could not be read in the archive. No record says that they were opened, so they are not, also if
    /// the archive comes back meanwhile.
    away: Runs,
    /// How many keys were given out.
    disclosed: Cell<u64>,
    first_time: FirstTime,
}

impl<'a> Disclosure<'a> {
    /// How many keys it has given out.
    pub(crate) fn disclosed(&self) -> u64 {
        self.disclosed.get()
    }

    /// Whether the archive could not be read for a record when the bundle began. Then it stays as archived in it.
    pub(crate) fn is_away(&self, sequence: u64) -> bool {
        self.away.contains(sequence)
    }

    /// Every bundle that discloses keys begins here, before its first byte is written and its first key is opened. In a
    /// ledger with an access trail, each record whose key may leave is on record, and durable, when this returns.
    ///
    /// # Errors
    /// If a record is damaged, or the access can't be recorded: then no key leaves.
    pub(crate) fn begin(
        ledger: &'a Ledger,
        access: &Access,
        (from, to): (u64, u64),
        archived: Archived,
    ) -> Result<Self, AccessError> {
        let cell = ledger.cell();
        tracing::info!(
            ledger = %cell.origin(),
            from,
            to,
            "a bundle is exported that discloses event keys"
        );
        let away = ledger.record_opening(access, from..to, archived)?;
        Ok(Self {
            cell,
            keys: &*ledger.core().keyring,
            records: from..to,
            away,
            disclosed: Cell::default(),
            first_time: FirstTime::default(),
        })
    }

    /// The same where no daemon serves the ledger, and nothing is recorded any more.
    pub(crate) fn offline(cell: &'a LedgerState, keys: &'a dyn OpensEvents, size: u64) -> Self {
        Self {
            cell,
            keys,
            records: 0..size,
            away: Runs::default(),
            disclosed: Cell::default(),
            first_time: FirstTime::default(),
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
        if self.first_time.is_of(sequence) {
            self.disclosed.set(self.disclosed.get() + 1);
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
    let keys = cell.keys();
    // What a disposal has named goes, though it may still be there.
    let is_disposed = keys.supports(&header, PartKind::Body, AbsentWord::Erased);
    let erased = |sealed: &SealedBy| is_disposed || keys.is_erased(&sealed.data_key);
    Ok(event.sealed.filter(|sealed| !erased(sealed)))
}

/// What is opened of the bodies that are in the archive.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Archived {
    /// None: they stay there.
    Stays,
    /// Those that can be read there now.
    IfThere,
    /// All of them, or nothing at all is opened.
    All,
}

/// Ascending numbers, as runs.
#[derive(Debug, Default)]
pub(crate) struct Runs(Vec<Range<u64>>);

impl Runs {
    fn push(&mut self, number: u64) {
        match self.0.last_mut() {
            Some(run) if run.end == number => run.end += 1,
            _ => self.0.push(number..number + 1),
        }
    }

    fn contains(&self, number: u64) -> bool {
        let at = self.0.partition_point(|run| run.end <= number);
        self.0.get(at).is_some_and(|run| run.contains(&number))
    }
}

impl Ledger {
    /// Enters each record of a range that is sealed and can be opened into the store's own ledger and into the access
    /// trail, as far as they are kept; all of it is durable when this returns. Returns the records whose bodies can't be read
    /// in the archive: they were not entered, so they must not be opened.
    ///
    /// # Errors
    /// If a record is damaged, the access can't be recorded, or what is archived must be there and is not: then nothing of
    /// them may be opened.
    pub(crate) fn record_opening(
        &self,
        access: &Access,
        records: Range<u64>,
        archived: Archived,
    ) -> Result<Runs, AccessError> {
        self.check_nothing_is_missing()?;
        let (cell, store) = (self.cell(), &*self.core().store);
        if archived == Archived::All {
            check_archive(cell, store, &records)?;
        }
        let (mut next, to) = (records.start, records.end);
        let mut away = Runs::default();
        while self.records_openings() && next < to {
            let disclosed;
            (disclosed, next) = disclosed_from(cell, store, next..to, archived, &mut away)?;
            self.record_access(access, &disclosed)?;
        }
        Ok(away)
    }
}

/// Reads everything of some records that is in the archive, before anything is said to have been opened.
fn check_archive(
    cell: &LedgerState,
    store: &dyn Store,
    records: &Range<u64>,
) -> Result<(), ReadError> {
    let is_archived = cell
        .keys()
        .disposals()
        .iter()
        .any(|disposal| disposal.archive.is_some());
    if !is_archived {
        return Ok(());
    }
    store.try_scan(cell.id, records.start, records.end, |sequence, value| {
        filled(cell, sequence, value).whole()?;
        Ok::<_, ReadError>(ControlFlow::Continue(()))
    })?;
    Ok(())
}

/// The records of a range whose keys may leave, as many as are recorded at once, and where to go on. Those whose bodies
/// can't be read in the archive are added to `away`.
fn disclosed_from(
    cell: &LedgerState,
    store: &dyn Store,
    records: Range<u64>,
    archived: Archived,
    away: &mut Runs,
) -> Result<(Vec<u64>, u64), ReadError> {
    let (mut disclosed, mut next) = (Vec::new(), records.end);
    store.try_scan(cell.id, records.start, records.end, |sequence, value| {
        let damaged = |what: String| ReadError::Damaged { sequence, what };
        let stored = StoredRecord::decode(value).map_err(|error| damaged(error.to_string()))?;
        let sealed = disclosable(cell, sequence, &stored)?;
        let leaves = sealed.is_some()
            && match (stored.body, archived) {
                (Part::Archived, Archived::Stays) => false,
                (Part::Archived, Archived::IfThere) => {
                    let is_there = with_body(cell, sequence, value).is_ok();
                    if !is_there {
                        away.push(sequence);
                    }
                    is_there
                }
                _ => true,
            };
        disclosed.extend(leaves.then_some(sequence));
        if disclosed.len() < RECORDED_AT_ONCE {
            return Ok(ControlFlow::Continue(()));
        }
        next = sequence + 1;
        Ok::<_, ReadError>(ControlFlow::Break(()))
    })?;
    Ok((disclosed, next))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_contain_what_was_put_into_them() {
        let mut runs = Runs::default();
        for number in [3, 4, 5, 9, 11] {
            runs.push(number);
        }
        assert_eq!(runs.0.len(), 3);
        let contained: Vec<u64> = (0..20).filter(|number| runs.contains(*number)).collect();
        assert_eq!(contained, [3, 4, 5, 9, 11]);
    }
}
