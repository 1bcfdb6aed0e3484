//! What a ledger has of a data subject: how much, where and since when. Nothing is decrypted for it.

use std::{collections::BTreeMap, ops::ControlFlow};

use indelible_evidence::{DataKeyId, commitment::PartKind, header::Header};
use indelible_store::{TryScan as _, record::StoredRecord};

use crate::{
    core::Ledger,
    operations::{elsewhere, subject_keys},
    read::{
        named_keys::{Look, is_any_named},
        record::{RecordView, unlinked_record},
    },
    state::{
        absent_word::AbsentWord,
        error::{AppendError, KeyEventError, ReadError},
        event_identity::Attribute,
        limits::TYPES_TOLD_MAX,
        orders::Hold,
        quarantine::on_damage,
        shared::{Availability, LedgerState},
    },
};

/// What a ledger has of a data subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataSubject {
    /// The subject's living data keys.
    pub data_keys: Vec<DataKeyId>,
    /// The events under them.
    pub extent: Extent,
    /// The holds in force that keep them from being erased.
    pub holds: Vec<Hold>,
}

/// Events, as their headers show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extent {
    /// How many.
    pub events: u64,
    /// The first and the last, with their recorded times in nanoseconds since 1970 UTC.
    pub first: Option<(u64, u64)>,
    /// The last.
    pub last: Option<(u64, u64)>,
    /// How many of each type, of the first types that are met: producers name types, so there may be any number.
    pub types: BTreeMap<String, u64>,
    /// How many of all other types.
    pub of_other_types: u64,
    /// How many have neither body nor payload any more, since rules of retention let go of both.
    pub empty: u64,
    /// Of how many body or payload lies in the archive.
    pub archived: u64,
}

impl Extent {
    fn add(&mut self, cell: &LedgerState, view: &RecordView) {
        let header = view.header();
        self.empty += u64::from(view.is_empty());
        self.archived += u64::from(is_archived(cell, &header));
        let at = (header.sequence, header.time);
        self.events += 1;
        self.first.get_or_insert(at);
        self.last = Some(at);
        if let Some(event) = header.kind.event() {
            if let Some(count) = self.types.get_mut(event.event_type) {
                *count += 1;
            } else if self.types.len() < TYPES_TOLD_MAX {
                self.types.insert(event.event_type.to_owned(), 1);
            } else {
                self.of_other_types += 1;
            }
        }
    }
}

/// Whether body or payload lies in the archive, as the records say: where it can be read there, the record is shown with it.
fn is_archived(cell: &LedgerState, header: &Header<'_>) -> bool {
    let Some(event) = header.kind.event() else {
        return false;
    };
    let keys = cell.keys();
    let is_there = |kind| {
        keys.supports(header, kind, AbsentWord::Archived)
            && !keys.supports(header, kind, AbsentWord::Erased)
    };
    is_there(PartKind::Body) || event.payload.is_some() && is_there(PartKind::Payload)
}

impl Ledger {
    /// What the ledger has of a data subject. Blocking.
    ///
    /// # Errors
    /// If no record of it names a living key of theirs, or a key of the subject is missing or somebody else's.
    pub fn data_subject(&self, data_subject: &str) -> Result<DataSubject, KeyEventError> {
        let (core, cell) = (self.core(), &self.cell);
        let tag = cell.subject_tag(data_subject)?;
        // The same look as before an erasure; a ledger that takes no erasure is only read.
        let mut data_keys = match cell.state().0 {
            Availability::Open => subject_keys::for_an_order(core, cell, &tag, Look::Index)?,
            _ => {
                let keys = core.keyring.keys_of(cell, &tag)?;
                keys.into_iter().map(|key| key.id).collect()
            }
        };
        data_keys.retain(|key| !cell.keys().is_erased(key));
        let is_named = is_any_named(&*core.store, cell, &data_keys, Look::Index);
        if !on_damage(cell, is_named)? {
            return Err(KeyEventError::SubjectUnknown);
        }
        data_keys.sort_unstable();
        let mut holds = cell.keys().holds();
        holds.retain(|hold| {
            let held = hold.data_keys.as_ref();
            held.is_none_or(|held| data_keys.iter().any(|key| held.contains(key)))
        });
        let extent = on_damage(cell, self.extent(&data_keys))?;
        Ok(DataSubject {
            data_keys,
            extent,
            holds,
        })
    }

    /// The data keys of a data subject that an erasure or a hold of now would be about: the living ones, or all if none
    /// lives. Blocking.
    ///
    /// # Errors
    /// If the ledger takes no such order, there is no key, or one is missing or somebody else's.
    pub fn data_keys_of(&self, data_subject: &str) -> Result<Vec<DataKeyId>, KeyEventError> {
        let (core, cell) = (self.core(), &self.cell);
        if elsewhere::is_elsewhere(cell) {
            return elsewhere::keys_of(core, cell, data_subject);
        }
        let (state, reason) = cell.state();
        if state != Availability::Open {
            return Err(AppendError::Refused { state, reason }.into());
        }
        let tag = cell.subject_tag(data_subject)?;
        let mut keys = subject_keys::for_an_order(core, cell, &tag, Look::Records)?;
        let erased = |key: &DataKeyId| cell.keys().is_erased(key);
        if !keys.iter().all(erased) {
            keys.retain(|key| !erased(key));
        }
        match keys.is_empty() {
            true => Err(KeyEventError::SubjectUnknown),
            false => Ok(keys),
        }
    }

    /// The events under some data keys: by the index as far as it reaches, and the rest by their headers.
    fn extent(&self, data_keys: &[DataKeyId]) -> Result<Extent, ReadError> {
        let (core, cell) = (self.core(), &self.cell);
        // The cursor first: what is indexed after this is found in the tail as well.
        let indexed = cell.indexed.load(std::sync::atomic::Ordering::Acquire);
        let mut sequences = Vec::new();
        for key in data_keys {
            let term = cell.term(Attribute::DataKey, key.as_bytes())?;
            core.store.postings(cell.id, &term, 0, &mut |block| {
                sequences.extend(block.iter().filter(|sequence| **sequence < indexed));
                ControlFlow::Continue(())
            })?;
        }
        sequences.sort_unstable();
        let is_theirs = |header: &Header<'_>| {
            let sealed = header.kind.event().and_then(|event| event.sealed);
            sealed.is_some_and(|sealed| data_keys.contains(&sealed.data_key))
        };
        let mut extent = Extent::default();
        for sequence in sequences {
            let view = unlinked_record(cell, &*core.store, sequence)?;
            let header = view.header();
            if !is_theirs(&header) {
                return Err(ReadError::Misindexed {
                    sequence,
                    what: "it is not encrypted under a key of the data subject".into(),
                });
            }
            extent.add(cell, &view);
        }
        core.store
            .try_scan(cell.id, indexed, cell.size(), |sequence, value| {
                let damaged = |what: String| ReadError::Damaged { sequence, what };
                let stored =
                    StoredRecord::decode(value).map_err(|error| damaged(error.to_string()))?;
                let header =
                    Header::decode(stored.header).map_err(|error| damaged(error.to_string()))?;
                if is_theirs(&header) {
                    extent.add(cell, &RecordView::check(cell, sequence, value.to_vec())?);
                }
                Ok::<_, ReadError>(ControlFlow::Continue(()))
            })?;
        Ok(extent)
    }
}
