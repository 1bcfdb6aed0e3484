//! The records of a bundle: what the store has of each, what the key events say of it, and the keys that are disclosed.

use std::{borrow::Cow, cell::RefCell, collections::BTreeSet, ops::ControlFlow};

use indelible_evidence::{
    bundle::{KeyEventRecord, Part as BundlePart, RecordSource, SourceRecord},
    commitment::PartKind,
    hash::TreeHash,
    header::Header,
    sealed::EventKey,
    tree::NodeId,
};
use indelible_store::{ErasedParts, Store, TryScan, record::StoredRecord};

use super::said::Said;
use crate::{
    check::data_keys::NamedKeys,
    operations::disclose::Disclosure,
    read::{
        archived::{Filled, filled},
        nodes::Nodes,
        record_fault::unsupported,
    },
    state::{error::ReadError, shared::LedgerState, shelf::ShelfError},
};

/// The records of a bundle, as the store has them.
pub(crate) struct Source<'a> {
    cell: &'a LedgerState,
    /// What the bundle's own key events say.
    said: Said,
    store: &'a dyn Store,
    nodes: Nodes<'a>,
    /// The data keys that were looked at; none where a key that is not there is told otherwise.
    pub(in crate::operations) named_keys: Option<RefCell<NamedKeys>>,
    pub(in crate::operations) disclosure: Option<Disclosure<'a>>,
    /// The parts that are shown, where that is not all of them, in the order of the records.
    pub(in crate::operations) chosen: Option<&'a [ChosenParts]>,
    pub(in crate::operations) without_archived: bool,
    /// Records that the archive has, and could not be read there. A chunk is read more than once.
    pub(in crate::operations) archive_away: BTreeSet<u64>,
    /// Why the first of them could not.
    pub(in crate::operations) archive_fault: Option<ShelfError>,
    /// Told of each record as the bundle has it, whenever it is read.
    pub(in crate::operations) seen: Option<OnRecord<'a>>,
}

/// Who is told of records.
pub(in crate::operations) type OnRecord<'a> = &'a mut (dyn FnMut(&SourceRecord<'_>) + 'a);

/// A record, and which of its parts.
pub(in crate::operations) type ChosenParts = (u64, ErasedParts);

/// Whether parts of a record are chosen at all.
fn is_chosen(chosen: Option<&[ChosenParts]>, sequence: u64, kind: PartKind) -> bool {
    let Some(chosen) = chosen else { return true };
    let found = chosen.binary_search_by_key(&sequence, |(of, _)| *of).ok();
    let parts = found.and_then(|at| chosen.get(at)).map(|(_, parts)| *parts);
    parts.is_some_and(|parts| match kind {
        PartKind::Body => parts != ErasedParts::Payloads,
        PartKind::Payload => parts != ErasedParts::Bodies,
    })
}

impl<'a> Source<'a> {
    /// All parts of all records, in a bundle with these key events.
    pub(in crate::operations) fn new(
        cell: &'a LedgerState,
        store: &'a dyn Store,
        key_events: &[KeyEventRecord],
    ) -> Result<Self, ReadError> {
        Ok(Self {
            cell,
            said: Said::by(cell, key_events)?,
            store,
            nodes: Nodes::new(cell, store),
            named_keys: Some(RefCell::new(NamedKeys::new())),
            disclosure: None,
            chosen: None,
            without_archived: false,
            archive_away: BTreeSet::new(),
            archive_fault: None,
            seen: None,
        })
    }
}

impl Source<'_> {
    fn event_key(
        &self,
        sequence: u64,
        stored: &StoredRecord<'_>,
    ) -> Result<Option<EventKey>, ReadError> {
        match &self.disclosure {
            Some(disclosure) => disclosure.event_key(sequence, stored),
            None => Ok(None),
        }
    }

    /// Shows one stored record.
    fn show(
        &mut self,
        sequence: u64,
        value: &[u8],
        visit: &mut dyn FnMut(SourceRecord<'_>) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, ReadError> {
        let mut value = Cow::Borrowed(value);
        let disclosure = self.disclosure.as_ref();
        if disclosure.is_some_and(|disclosure| disclosure.is_away(sequence)) {
            self.archive_away.insert(sequence);
        } else if !self.without_archived {
            let Filled {
                value: filled,
                away,
            } = filled(self.cell, sequence, &value);
            if let Some(away) = away {
                self.archive_away.insert(sequence);
                self.archive_fault.get_or_insert(away.what);
            }
            if let Cow::Owned(filled) = filled {
                value = Cow::Owned(filled);
            }
        }
        let stored = StoredRecord::decode(&value).map_err(|error| ReadError::Damaged {
            sequence,
            what: error.to_string(),
        })?;
        let header = Header::decode(stored.header).map_err(|error| ReadError::Damaged {
            sequence,
            what: error.to_string(),
        })?;
        if let Some(what) = unsupported(self.cell, &header, &stored) {
            return Err(ReadError::Damaged { sequence, what });
        }
        let shown = |kind, part| match self.said.part(self.cell, &header, kind, part) {
            BundlePart::Present { .. } if !is_chosen(self.chosen, sequence, kind) => {
                BundlePart::Withheld
            }
            shown => shown,
        };
        let body = shown(PartKind::Body, stored.body);
        let payload = shown(PartKind::Payload, stored.payload);
        // A key that is gone without an erasure on record is damage, whether it is asked for or not.
        if let Some(named_keys) = &self.named_keys {
            let mut named_keys = named_keys.borrow_mut();
            named_keys.see(self.store, self.cell, &header, &stored)?;
        }
        let event_key = match body {
            BundlePart::Present { .. } => self.event_key(sequence, &stored)?,
            _ => None,
        };
        let record = SourceRecord {
            sequence,
            header: stored.header,
            chain: stored.chain,
            body: with_key(body, event_key.as_ref()),
            payload,
        };
        if let Some(seen) = &mut self.seen {
            seen(&record);
        }
        Ok(visit(record))
    }
}

impl RecordSource for Source<'_> {
    type Error = ReadError;

    fn for_each(
        &mut self,
        from: u64,
        to: u64,
        visit: &mut dyn FnMut(SourceRecord<'_>) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        let (store, id) = (self.store, self.cell.id);
        store.try_scan(id, from, to, |sequence, value| {
            self.show(sequence, value, visit)
        })
    }

    fn node(&mut self, node: NodeId) -> Result<TreeHash, ReadError> {
        self.nodes.node(node)
    }
}

/// A body with the key that is disclosed for it.
fn with_key<'a>(body: BundlePart<'a>, event_key: Option<&'a EventKey>) -> BundlePart<'a> {
    match (body, event_key) {
        (BundlePart::Present { salt, bytes }, Some(key)) => BundlePart::Disclosed {
            salt,
            bytes,
            event_key: key.as_bytes(),
        },
        (body, _) => body,
    }
}
