//! Evidence bundles of a ledger: whole, of a range, or of a period of recorded time.

mod said;

use std::{
    borrow::Cow,
    cell::RefCell,
    collections::BTreeSet,
    io::{self, Read, Write},
    ops::ControlFlow,
};

use indelible_evidence::{
    bundle::{
        BundlePlan, GovernanceState, Part as BundlePart, RecordSource,
        Selection as BundleSelection, SourceRecord, WriteError, write_bundle,
    },
    commitment::PartKind,
    hash::TreeHash,
    header::Header,
    sealed::EventKey,
    tree::NodeId,
};
use indelible_keystore::KeyError;
use indelible_store::{ErasedParts, Store, StoreError, TryScan, record::StoredRecord};
use thiserror::Error;

use self::said::Said;
use crate::{
    check::data_keys::NamedKeys,
    core::Ledger,
    follow::publication,
    operations::{
        access::Access,
        disclose::Disclosure,
        govern::carried::carried,
        selection::{Selection, is_covered, resolve},
    },
    read::{
        archived::{Filled, filled},
        key_events::key_events,
        nodes::Nodes,
        record_fault::unsupported,
    },
    state::{
        access_error::AccessError,
        error::ReadError,
        shared::{LedgerState, Published},
    },
};

/// What a bundle holds of its records besides their headers.
#[derive(Clone, Debug, Default)]
pub struct ExportForm {
    /// Leave the payloads out.
    pub withhold_payloads: bool,
    /// Leave what is archived where it is: it stands in the bundle as archived.
    pub without_archived: bool,
    /// Disclose the event keys of encrypted events, and for whom. Everybody who has the bundle can then read these
    /// events, also after an erasure.
    pub disclose_keys: Option<Access>,
}

/// What was exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExportSummary {
    /// The first record.
    pub from: u64,
    /// One past the last.
    pub to: u64,
    /// The checkpoint's size.
    pub size: u64,
    /// Bytes of the tar.
    pub bytes: u64,
    /// How many event keys it discloses; nothing where it was to disclose none.
    pub disclosed_keys: Option<u64>,
    /// Records with a part that stands in it as archived because the archive could not be read.
    pub archive_away: u64,
}

/// Why a bundle could not be written. The bytes written before are not a bundle.
#[derive(Debug, Error)]
pub enum ExportError {
    /// The ledger could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Keys can't be disclosed.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The bundle could not be written.
    #[error(transparent)]
    Write(#[from] WriteError<ReadError>),
}

impl From<KeyError> for ExportError {
    fn from(error: KeyError) -> Self {
        Self::Read(error.into())
    }
}

impl From<StoreError> for ExportError {
    fn from(error: StoreError) -> Self {
        Self::Read(error.into())
    }
}

impl Ledger {
    /// Writes an evidence bundle, under a checkpoint that the identity key signs for it, with the time. Blocking.
    ///
    /// # Errors
    /// If the selection is empty, a record is damaged, the identity key can't sign, a key that must be disclosed is
    /// not available, its disclosure can't be recorded, or `out` fails.
    pub fn export(
        &self,
        selection: Selection,
        form: &ExportForm,
        out: &mut dyn Write,
    ) -> Result<ExportSummary, ExportError> {
        Planned::new(self, selection)?.write(form, out)
    }
}

/// A bundle that can be written: its checkpoint is signed, and its records are known.
pub(crate) struct Planned<'a> {
    ledger: &'a Ledger,
    /// The checkpoint that proves it.
    pub(crate) checkpoint: Published,
    selection: BundleSelection,
    from: u64,
    to: u64,
}

impl<'a> Planned<'a> {
    pub(crate) fn new(ledger: &'a Ledger, selection: Selection) -> Result<Self, ExportError> {
        let (cell, core) = (ledger.cell(), ledger.core());
        let store = &*core.store;
        let (checkpoint, unsigned) = publication::for_export(cell, store, &core.signers)?;
        let size = checkpoint.size;
        if let Some(unsigned) = unsigned
            && !is_covered(cell, store, selection, size)?
        {
            return Err(unsigned.beyond(size).into());
        }
        let (selection, from, to) = resolve(cell, store, selection, size)?;
        Ok(Self {
            ledger,
            checkpoint,
            selection,
            from,
            to,
        })
    }

    /// The same for what a selection meant when the ledger had `size` records. The bundle goes on to that size, so that
    /// it shows the root there.
    pub(crate) fn as_of(
        ledger: &'a Ledger,
        selection: Selection,
        size: u64,
    ) -> Result<Self, ExportError> {
        let to = Some(size);
        let below = Self::new(ledger, Selection::Range { from: 0, to })?;
        let (_, from, _) = resolve(ledger.cell(), &*ledger.core().store, selection, size)?;
        Ok(Self {
            selection: BundleSelection::Range { from, to: size },
            from,
            to: size,
            ..below
        })
    }

    pub(crate) fn write(
        self,
        form: &ExportForm,
        out: &mut dyn Write,
    ) -> Result<ExportSummary, ExportError> {
        self.write_some(form, None, out)
    }

    /// The same, with the parts that are chosen, if any are, and no others.
    pub(super) fn write_some(
        self,
        form: &ExportForm,
        chosen: Option<&[ChosenParts]>,
        out: &mut dyn Write,
    ) -> Result<ExportSummary, ExportError> {
        let Self {
            ledger,
            checkpoint,
            selection,
            from,
            to,
        } = self;
        let (cell, store) = (ledger.cell(), &*ledger.core().store);
        let size = checkpoint.size;
        let key_events = key_events(cell, store, size)?;
        // A state says what the payloads say, of all records.
        let carried = match form.withhold_payloads || chosen.is_some() {
            true => Vec::new(),
            false => carried(ledger, from, to)?,
        };
        let open = carried.iter().map(|carried| {
            let state = &carried.state[..];
            move || Ok::<Box<dyn Read + '_>, io::Error>(Box::new(state))
        });
        let open: Vec<_> = open.collect();
        let states = carried.iter().zip(&open);
        let states = states.map(|(carried, open)| GovernanceState {
            sequence: carried.sequence,
            sha256: *carried.digest.as_bytes(),
            bytes: carried.state.len() as u64,
            open,
        });
        let states: Vec<_> = states.collect();
        let plan = BundlePlan {
            checkpoint: &checkpoint.note,
            selection,
            key_events: &key_events,
            states: &states,
            withhold_payloads: form.withhold_payloads,
        };
        let disclosure = form.disclose_keys.as_ref();
        let disclosure = disclosure
            .map(|access| Disclosure::begin(ledger, access, from, to))
            .transpose()?;
        let mut source = Source {
            cell,
            said: Said::by(cell, &key_events)?,
            store,
            nodes: Nodes::new(cell, store),
            named_keys: RefCell::new(NamedKeys::new()),
            disclosure,
            chosen,
            without_archived: form.without_archived || chosen.is_some(),
            archive_away: BTreeSet::new(),
        };
        let summary = write_bundle(&plan, &mut source, out)?;
        Ok(ExportSummary {
            from,
            to,
            size,
            bytes: summary.bytes,
            disclosed_keys: source.disclosure.as_ref().map(Disclosure::disclosed),
            archive_away: source.archive_away.len() as u64,
        })
    }
}

struct Source<'a> {
    cell: &'a LedgerState,
    /// What the bundle's own key events say.
    said: Said,
    store: &'a dyn Store,
    nodes: Nodes<'a>,
    named_keys: RefCell<NamedKeys>,
    disclosure: Option<Disclosure<'a>>,
    /// The parts that are shown, where that is not all of them, in the order of the records.
    chosen: Option<&'a [ChosenParts]>,
    without_archived: bool,
    /// Records that the archive has, and could not be read there. A chunk is read more than once.
    archive_away: BTreeSet<u64>,
}

/// A record, and which of its parts.
pub(super) type ChosenParts = (u64, ErasedParts);

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
        if !self.without_archived {
            let Filled {
                value: filled,
                away,
            } = filled(self.cell, sequence, &value);
            if away.is_some() {
                self.archive_away.insert(sequence);
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
        self.named_keys
            .borrow_mut()
            .see(self.store, self.cell, &header, &stored)?;
        let event_key = match body {
            BundlePart::Present { .. } => self.event_key(sequence, &stored)?,
            _ => None,
        };
        Ok(visit(SourceRecord {
            sequence,
            header: stored.header,
            chain: stored.chain,
            body: with_key(body, event_key.as_ref()),
            payload,
        }))
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
