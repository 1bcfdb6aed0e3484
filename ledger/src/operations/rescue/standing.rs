//! Whether what is stored of a ledger is older than what was acknowledged of it. Who was erased meanwhile would be opened
//! again, so four witnesses are asked: the anchor, checkpoints that came another way, records behind the head, and the
//! erasures that the store's own ledger tells of.

use std::sync::Arc;

use indelible_evidence::{
    checkpoint::{Checkpoint, verify_identity},
    header::Header,
    note::SignedNote,
};
use indelible_store::{
    Head, LedgerId, Store,
    anchor::{Anchor, AnchorEntry, UnreadableSlot},
    record::StoredRecord,
};

use super::outcome::Shortfall;
use crate::{
    check::{finding::Finding, signed_heads::SignedHeads},
    state::{
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

    pub(super) fn note(&self) -> &SignedNote {
        &self.note
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

/// What it comes to that the published checkpoint is not good: it may have been of records that are not there. `is_covered` says
/// that the anchor, which is never behind it, knows no more of them than there are.
pub(super) fn by_bad_checkpoint(finding: &Finding, is_covered: bool) -> Option<Shortfall> {
    match finding.missing {
        Some((from, to)) => Some(Shortfall::Missing {
            from,
            to,
            witness: "the published checkpoint".to_owned(),
        }),
        None if is_covered => None,
        None => Some(Shortfall::Unknown {
            reason: format!("{finding}, so it may have been of more records than are there"),
        }),
    }
}

/// What a checkpoint that came another way is worth if the store does not have its ledger.
pub(super) enum Unknown {
    /// The anchor has the ledger, and tells that it is missing.
    Anchored,
    /// The ledger may be missing.
    MayBeMissing(String),
    /// It is of another store, or of a ledger that is newer than all that is here.
    Foreign(String),
}

/// Tells these apart.
pub(super) fn unknown(
    given: &GivenHead,
    anchor: Option<&Anchor>,
    cells: &[Arc<LedgerState>],
) -> Unknown {
    let (name, origin) = (given.name(), given.origin());
    if let Some(anchor) = anchor {
        let anchored = anchor.entries().into_iter();
        let mut anchored = anchored.filter_map(|(_, entry)| entry.ok());
        return match anchored.any(|entry| entry.checkpoint.lines().next() == Some(origin)) {
            true => Unknown::Anchored,
            false => Unknown::Foreign(format!(
                "{name} is a checkpoint of {origin}, and neither the store nor its anchor has such a ledger: it is of another \
                 store, or of a ledger that is newer than both. It vouches for nothing here"
            )),
        };
    }
    let prefix = |origin: &str| {
        let rest = origin.rsplit_once('/')?.0;
        Some(rest.rsplit_once('/')?.0.to_owned())
    };
    let is_ours = |cell: &Arc<LedgerState>| prefix(cell.origin().as_str()) == prefix(origin);
    match cells.iter().any(is_ours) {
        true => Unknown::MayBeMissing(format!(
            "{origin}: the store does not have it, and {name} is a checkpoint of it, under the origin prefix of this store"
        )),
        false => Unknown::Foreign(format!(
            "{name} is a checkpoint of {origin}, and no ledger of this store has this origin prefix: it is of another store. It \
             vouches for nothing here"
        )),
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
            "{name} is a checkpoint of size {size} under this ledger's origin, and no identity key of the ledger that is known here \
             signed it: it is a stranger's, or a later identity key of the ledger signed it"
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
