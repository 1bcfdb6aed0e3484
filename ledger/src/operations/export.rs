//! Evidence bundles of a ledger: whole, of a range, or of a period of recorded time.

mod said;
pub(super) mod source;

use std::io::{self, Read, Write};

use indelible_evidence::bundle::{
    BundlePlan, GovernanceState, Selection as BundleSelection, WriteError, write_bundle,
};
use indelible_keystore::KeyError;
use indelible_store::StoreError;
use thiserror::Error;

pub(super) use self::source::ChosenParts;
use self::source::Source;
use crate::{
    core::Ledger,
    follow::publication,
    operations::{
        access::Access,
        disclose::{Archived, Disclosure},
        govern::carried::carried,
        selection::{Selection, is_covered, resolve},
    },
    read::key_events::key_events,
    state::{access_error::AccessError, error::ReadError, shared::Published},
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
        let without_archived = form.without_archived || chosen.is_some();
        let archived = match without_archived {
            true => Archived::Stays,
            false => Archived::IfThere,
        };
        let disclosure = form.disclose_keys.as_ref();
        let disclosure = disclosure
            .map(|access| Disclosure::begin(ledger, access, (from, to), archived))
            .transpose()?;
        let mut source = Source::new(cell, store, &key_events)?;
        source.disclosure = disclosure;
        source.chosen = chosen;
        source.without_archived = without_archived;
        let summary = write_bundle(&plan, &mut source, out)?;
        Ok(ExportSummary {
            from,
            to,
            size,
            bytes: summary.bytes,
            disclosed_keys: source.disclosure.as_ref().map(Disclosure::disclosed),
            // What lies before and behind is read for the proofs, and is not in it.
            archive_away: source.archive_away.range(from..to).count() as u64,
        })
    }
}
