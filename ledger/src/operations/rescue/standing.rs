//! Whether what is stored of a ledger is older than what was acknowledged of it. Who was erased meanwhile would be opened
//! again, so four witnesses are asked: the anchor, checkpoints that came another way, records behind the head, and the
//! erasures that the store's own ledger tells of.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use data_encoding::HEXLOWER;
use indelible_evidence::{
    DataKeyId,
    body::{Body, FactValue},
    checkpoint::{Checkpoint, verify_identity},
    header::Header,
    note::SignedNote,
};
use indelible_store::{
    Head, LedgerId, Store,
    anchor::{Anchor, AnchorEntry, UnreadableSlot},
    record::{Part, StoredRecord},
};

use super::outcome::Shortfall;
use crate::{
    check::{finding::Finding, signed_heads::SignedHeads},
    operations::system::SystemKind,
    state::{
        error::ReadError,
        register::{Registered, Witness},
        shared::LedgerState,
    },
};

/// A checkpoint of a ledger that came another way.
#[derive(Clone, Debug)]
pub struct GivenHead {
    name: String,
    note: SignedNote,
    checkpoint: Checkpoint,
}

impl GivenHead {
    /// Reads a checkpoint; `name` is what it is called, for people.
    ///
    /// # Errors
    /// If it is not a checkpoint.
    pub fn parse(name: &str, note: &[u8]) -> Result<Self, String> {
        let note = SignedNote::parse(note).map_err(|error| error.to_string())?;
        let checkpoint = Checkpoint::parse_text(&note.text).map_err(|error| error.to_string())?;
        Ok(Self {
            name: name.to_owned(),
            note,
            checkpoint,
        })
    }

    /// The ledger that it is of.
    #[must_use]
    pub fn origin(&self) -> &str {
        self.checkpoint.origin.as_str()
    }

    /// How many records it is of.
    pub(super) fn size(&self) -> u64 {
        self.checkpoint.size
    }

    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// What the anchor holds of a ledger, as far as the store can be held against it, and why the ledger may be older.
pub(super) fn by_anchor(
    anchor: &Anchor,
    id: LedgerId,
    head: &Head,
) -> (Option<AnchorEntry>, Option<Shortfall>) {
    let unknown = |reason: String| Some(Shortfall::Unknown { reason });
    let perhaps_newer = anchor.unreadable_slot(id) == Some(UnreadableSlot::PerhapsNewer);
    match anchor.read(id) {
        Err(damage) => (None, unknown(format!("the anchor can't be read: {damage}"))),
        Ok(None) => (
            None,
            unknown("the anchor knows nothing of the ledger".to_owned()),
        ),
        Ok(Some(entry)) if entry.size > head.size => (
            None,
            Some(Shortfall::Missing {
                from: head.size,
                to: entry.size,
                witness: "the anchor".to_owned(),
            }),
        ),
        Ok(Some(entry)) if entry.size == head.size && perhaps_newer => {
            let reason = "one of the ledger's two slots in the anchor can't be read, and it may be the newer one";
            (Some(entry), unknown(reason.to_owned()))
        }
        Ok(Some(entry)) => (Some(entry), None),
    }
}

/// Ledgers that the anchor holds records of, and the store does not have, in words.
pub(super) fn only_anchored(anchor: &Anchor, is_there: impl Fn(LedgerId) -> bool) -> Vec<String> {
    let entries = anchor.entries().into_iter();
    let strangers = entries.filter(|(id, _)| !is_there(*id));
    let said = strangers.filter_map(|(id, entry)| match entry {
        Ok(entry) if entry.size == 0 => None,
        Ok(entry) => {
            let origin = entry.checkpoint.lines().next().unwrap_or_default();
            let size = entry.size;
            Some(format!(
                "ledger number {id}, {origin}: the anchor knows {size} records of it, and the store has none"
            ))
        }
        Err(damage) => Some(format!(
            "ledger number {id}: the store does not have it, and what the anchor says of it can't be read: {damage}"
        )),
    });
    said.collect()
}

/// Holds a ledger against a checkpoint that came another way.
///
/// # Errors
/// If what is stored is another history.
pub(super) fn by_given(
    store: &dyn Store,
    cell: &LedgerState,
    given: &GivenHead,
) -> Result<Option<Shortfall>, Finding> {
    let Checkpoint { size, root, .. } = given.checkpoint;
    let name = &given.name;
    let (key, is_trusted) = {
        let keys = cell.keys();
        let is_trusted = keys.identities().trusted_at(size);
        (keys.verifier_key_at(size), is_trusted)
    };
    let is_signed = key.is_some_and(|key| verify_identity(&given.note, &key).is_ok());
    if !(is_signed && is_trusted) {
        let reason = format!(
            "{name} is a checkpoint of size {size} that the ledger's identity key, as far as it is known here, did not sign"
        );
        return Ok(Some(Shortfall::Unknown { reason }));
    }
    let head = cell.committed().head.clone();
    if size > head.size {
        return Ok(Some(Shortfall::Missing {
            from: head.size,
            to: size,
            witness: format!("the checkpoint {name}"),
        }));
    }
    let heads = SignedHeads {
        store,
        ledger: cell,
        head: &head,
    };
    let witness = Witness {
        held: Registered { size, root },
        register: format!("the checkpoint {name}"),
    };
    heads.registered(&witness).map(|()| None)
}

/// Looks for records behind the head, which is then an older one, up to the last that is stored. What the key events among
/// them say is in force here from now on, so that nothing is opened that they erase.
///
/// # Errors
/// If the store can't be read.
pub(super) fn behind_head(
    store: &dyn Store,
    cell: &LedgerState,
) -> Result<Option<Shortfall>, Finding> {
    let size = cell.size();
    let Some(last) = store.last_record(cell.id)?.filter(|last| *last >= size) else {
        return Ok(None);
    };
    for sequence in size..=last {
        let taken = match store.record(cell.id, sequence)? {
            Some(value) => take_in(cell, &value),
            None => Err("it is missing".to_owned()),
        };
        if let Err(problem) = taken {
            // What it erased, and what those after it did, is not known.
            let reason = format!(
                "records up to {last} are stored behind the ledger's head, which ends at {size}, and of record {sequence} it is not \
                 known what it says: {problem}"
            );
            return Ok(Some(Shortfall::Unknown { reason }));
        }
    }
    Ok(Some(Shortfall::Missing {
        from: size,
        to: last + 1,
        witness: "what is stored behind the ledger's head".to_owned(),
    }))
}

/// Takes in what a record behind the head says of keys.
fn take_in(cell: &LedgerState, value: &[u8]) -> Result<(), String> {
    let stored = StoredRecord::decode(value).map_err(|error| error.to_string())?;
    let header = Header::decode(stored.header).map_err(|error| error.to_string())?;
    match header.is_key_event() {
        true => cell
            .change_keys(|keys| keys.apply(&header))
            .map_err(|finding| finding.to_string()),
        false => Ok(()),
    }
}

/// Whether the anchor, as far as it can be held against the store, is the newest: it is behind nothing that is stored, or that
/// another witness shows.
pub(super) fn is_newest(
    anchor: &Anchor,
    cells: &[Arc<LedgerState>],
    shortfall: impl Fn(LedgerId) -> Option<Shortfall>,
) -> bool {
    cells.iter().all(|cell| {
        let Ok(Some(entry)) = anchor.read(cell.id) else {
            return false;
        };
        let shown = match shortfall(cell.id) {
            Some(Shortfall::Missing { to, .. }) => to,
            Some(Shortfall::Unknown { .. }) => return false,
            None => cell.size(),
        };
        anchor.unreadable_slot(cell.id).is_none() && entry.size >= shown.max(cell.size())
    })
}

/// What the store's own ledger tells of the erasures in one ledger.
#[derive(Default)]
pub(super) struct ErasuresTold {
    /// The newest record of one.
    newest: u64,
    /// The keys that it names: a long list is not there whole.
    pub(super) data_keys: HashSet<DataKeyId>,
}

impl ErasuresTold {
    /// Whether a ledger lacks the newest of them.
    pub(super) fn shortfall(&self, cell: &LedgerState) -> Option<Shortfall> {
        let Self { newest, .. } = self;
        (*newest >= cell.size()).then(|| Shortfall::Missing {
            from: cell.size(),
            to: newest + 1,
            witness: format!("the erasure in record {newest} that _system tells of"),
        })
    }
}

/// What the store's own ledger tells of erasures that were done, by the origin of their ledger.
pub(super) fn erasures_told(
    store: &dyn Store,
    system: &LedgerState,
) -> Result<HashMap<String, ErasuresTold>, ReadError> {
    let mut told: HashMap<String, ErasuresTold> = HashMap::new();
    // Also what stands behind its head, and beyond a gap.
    let end = store.last_record(system.id)?.map_or(0, |last| last + 1);
    for record in 0..end {
        let value = store.record(system.id, record)?;
        if let Some((origin, sequence, data_keys)) = value.as_deref().and_then(erasure_in) {
            let told = told.entry(origin).or_default();
            told.newest = sequence.max(told.newest);
            told.data_keys.extend(data_keys);
        }
    }
    Ok(told)
}

/// From which ledger what was erased, and by which of its records, if a record of the store's own ledger says so.
fn erasure_in(value: &[u8]) -> Option<(String, u64, Vec<DataKeyId>)> {
    let stored = StoredRecord::decode(value).ok()?;
    let header = Header::decode(stored.header).ok()?;
    let event = header.kind.event()?;
    let Part::Present { bytes, .. } = stored.body else {
        return None;
    };
    if event.event_type != SystemKind::Erased.event_type() || event.sealed.is_some() {
        return None;
    }
    let body = Body::decode(bytes).ok()?;
    let fact = |name: &str| {
        let mut facts = body.facts.iter();
        facts
            .find(|(fact, _)| *fact == name)
            .map(|(_, value)| value)
    };
    // Only where it was done a record of the ledger is named.
    let (Some(FactValue::Text(origin)), Some(FactValue::Uint(sequence))) =
        (fact("origin"), fact("sequence"))
    else {
        return None;
    };
    let named = match fact("data_keys") {
        Some(FactValue::Text(named)) => named,
        _ => "",
    };
    let id = |text: &str| {
        let bytes = HEXLOWER.decode(text.as_bytes()).ok()?;
        Some(DataKeyId::from_bytes(bytes.try_into().ok()?))
    };
    let data_keys = named.split(',').filter_map(id).collect();
    Some(((*origin).to_owned(), *sequence, data_keys))
}
