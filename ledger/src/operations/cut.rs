//! A cut of the store for a backup: first the files, then what the anchor says. So whatever the cut has is in the anchor,
//! too, and a copy of both never claims less than what was acknowledged when it was made.

use std::{collections::HashMap, sync::Arc, time::Duration};

use indelible_evidence::{
    hash::{ChainHash, Hex, TreeHash},
    key_event::Archive,
};
use indelible_keystore::{KekId, KekProvider as _, Signer};
use indelible_store::{Head, LedgerId, StoreCut, StoreError, StoreId, anchor::AnchorEntry};
use zeroize::Zeroizing;

use crate::{
    core::{Core, Engine},
    keys::kek_records::kek_records,
    operations::{destroying::orders_of, elsewhere},
    read::{archived_file::is_needed, erasure_mark},
    state::{
        error::{AppendError, KeyEventError, ReadError},
        shared::{Availability, LedgerState},
    },
};

/// How often a cut that waits for the anchor looks at it.
const ANCHOR_POLL: Duration = Duration::from_millis(5);
/// Looks after which the anchor will not come: the writer has stopped.
const ANCHOR_LOOKS_MAX: u32 = 2_000;
/// How often it is tried to take a cut during which no identity key is exchanged.
const TRIES_MAX: u32 = 3;

/// All that was durable at one moment, and what is to be said of it.
pub struct Cut {
    /// The files.
    pub files: StoreCut,
    /// The store.
    pub store: StoreId,
    /// When it was taken, nanoseconds since 1970 UTC.
    pub taken: u64,
    /// The KEK under which keys are wrapped now, and others that the catalogue knows.
    pub keks: Vec<KekId>,
    /// The ledgers that have records, in the order of their handles.
    pub ledgers: Vec<CutLedger>,
    /// Signs what is said of the cut.
    pub signer: CutSigner,
    /// A secret of the store that is the same in each of its cuts, and that no backup shows in the clear: it is derived from the index
    /// key of the store's own ledger.
    pub secret: Zeroizing<[u8; 32]>,
}

/// How far a ledger had come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CutLedger {
    /// Its number within the store.
    pub number: u32,
    /// Its name.
    pub name: String,
    /// Its origin.
    pub origin: String,
    /// The key that auditors pin.
    pub verifier_key: String,
    /// Whether a successor took its place, so that it takes no record any more.
    pub is_closed: bool,
    /// How far it had come.
    pub head: Reached,
    /// What the anchor said then, which is never less. None, if it can't say anything of this ledger.
    pub anchor: Option<Reached>,
    /// The sequence number of the newest erasure in the cut.
    pub newest_erasure: Option<u64>,
    /// The erasures and disposals in the cut that were not complete: what they destroy may still be in it.
    pub unfinished_erasures: Vec<u64>,
    /// Files of the archive that hold bodies and payloads of its records. They are not in the cut.
    pub archive: Vec<Archive>,
}

/// A size, and what was signed there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reached {
    /// How many records.
    pub size: u64,
    /// The tree's root.
    pub root: TreeHash,
    /// The chain hash.
    pub chain: ChainHash,
    /// The signed note.
    pub checkpoint: String,
}

/// The identity key that the store's own ledger had when a cut was taken.
pub struct CutSigner {
    /// The origin of the store's own ledger.
    pub origin: String,
    /// The public half.
    pub public: [u8; 32],
    signer: Arc<dyn Signer>,
}

impl CutSigner {
    /// Signs a text, which says itself what it is about. Blocking.
    ///
    /// # Errors
    /// If the key can't be used.
    pub fn sign(&self, text: &str) -> Result<[u8; 64], KeyEventError> {
        Ok(self.signer.sign(text.as_bytes())?)
    }
}

impl Engine {
    /// The store's identity.
    pub fn store_id(&self) -> StoreId {
        self.core.store.store_id()
    }

    /// Takes a cut. An erasure or a disposal is in it as a whole or not at all, but for the record that it begins with.
    /// Blocking: it waits for an erasure or a disposal that runs.
    ///
    /// # Errors
    /// If a key is away, the store or the anchor fails, or the daemon is about to stop.
    pub fn cut(&self) -> Result<Cut, KeyEventError> {
        let core = &*self.core;
        let _no_erasure = core.erasing();
        let _no_new_ledger = core.creating.blocking_lock();
        for _ in 0..TRIES_MAX {
            if core.is_draining() {
                return Err(AppendError::Draining.into());
            }
            let system = core.system_cell()?;
            let signer = core.signers.of(&system)?;
            let cut = take(core)?;
            // A key that was exchanged meanwhile could be one that the cut does not know.
            if system.keys().identity_key() == Some(signer.public()) {
                return finished(core, cut, &system, signer);
            }
        }
        Err(AppendError::Rotating.into())
    }
}

/// The files, and what the anchor says of each ledger.
type Taken = (StoreCut, Vec<(LedgerId, Option<AnchorEntry>)>);

fn take(core: &Core) -> Result<Taken, KeyEventError> {
    let cells = core.registry.cells();
    let read = || {
        let slots = cells
            .iter()
            .map(|cell| (cell.id, core.anchor.read(cell.id)));
        slots.collect::<HashMap<_, _>>()
    };
    let (cut, slots) = in_order(|| core.store.cut(), read)?;
    let mut entries = Vec::with_capacity(cut.heads().len());
    for (ledger, head) in cut.heads() {
        let entry = match slots.get(ledger) {
            Some(Ok(Some(entry))) if entry.size >= head.size => Some(entry.clone()),
            _ => anchored(core, *ledger, head)?,
        };
        entries.push((*ledger, entry));
    }
    Ok((cut, entries))
}

/// First the files, then the anchor. The other way round, the anchor would be behind what the cut has, and nobody could tell
/// from a copy of both what had been acknowledged.
fn in_order<C, A>(
    files: impl FnOnce() -> Result<C, StoreError>,
    anchor: impl FnOnce() -> A,
) -> Result<(C, A), StoreError> {
    let files = files()?;
    let anchor = anchor();
    Ok((files, anchor))
}

/// What the anchor says of a ledger, once it has what the cut has: what is stored and not in the anchor yet is on its way
/// there.
fn anchored(
    core: &Core,
    ledger: LedgerId,
    head: &Head,
) -> Result<Option<AnchorEntry>, KeyEventError> {
    let cells = core.registry.cells();
    let cell = cells.iter().find(|cell| cell.id == ledger);
    for _ in 0..ANCHOR_LOOKS_MAX {
        let entry = core.anchor.read(ledger);
        if let Ok(Some(entry)) = &entry
            && entry.size >= head.size
        {
            return Ok(Some(entry.clone()));
        }
        let (state, reason) = match cell {
            Some(cell) => cell.state(),
            None => return Ok(None),
        };
        match state {
            // The writer appends nothing to it any more, so the anchor will not have more than it has.
            Availability::Quarantined | Availability::Closed => return Ok(None),
            Availability::Stopped => return Err(AppendError::Refused { state, reason }.into()),
            Availability::Open | Availability::ReadOnly if entry.is_err() => return Ok(None),
            Availability::Open | Availability::ReadOnly => {}
        }
        if core.is_draining() {
            return Err(AppendError::Draining.into());
        }
        core.pause(ANCHOR_POLL);
    }
    Err(AppendError::Unreadable {
        reason: "the anchor does not come to what the store has: the writer has stopped".into(),
        cause: None,
    }
    .into())
}

fn finished(
    core: &Core,
    (files, anchors): Taken,
    system: &LedgerState,
    signer: Arc<dyn Signer>,
) -> Result<Cut, KeyEventError> {
    let mut ledgers = Vec::with_capacity(anchors.len());
    let cells = core.registry.cells();
    for ((id, head), (_, anchor)) in files.heads().iter().zip(anchors) {
        // One that can't be served has no name that is known.
        let Some(cell) = cells.iter().find(|cell| cell.id == *id) else {
            continue;
        };
        let erasures = cell.keys().erasures().to_vec();
        let erasures: Vec<_> = erasures
            .iter()
            .map(|erasure| erasure.sequence)
            .filter(|sequence| *sequence < head.size)
            .collect();
        let mut unfinished_erasures = Vec::new();
        for sequence in orders_of(cell) {
            let is_in = sequence < head.size;
            if is_in && !erasure_mark::is_complete(&*core.store, cell, sequence)? {
                unfinished_erasures.push(sequence);
            }
        }
        if cell.is_system() {
            let elsewhere = elsewhere::unfinished(core, cell)?.into_iter();
            unfinished_erasures.extend(elsewhere.filter(|sequence| *sequence < head.size));
        }
        ledgers.push(CutLedger {
            number: id.number(),
            name: cell.stored().name.as_str().to_owned(),
            origin: cell.origin().to_string(),
            verifier_key: cell.verifier_key.to_string(),
            is_closed: cell.state().0 == Availability::Closed,
            head: Reached {
                size: head.size,
                root: head.root,
                chain: head.chain,
                checkpoint: head.checkpoint.clone(),
            },
            anchor: anchor.map(|entry| Reached {
                size: entry.size,
                root: entry.root,
                chain: entry.chain,
                checkpoint: entry.checkpoint,
            }),
            newest_erasure: erasures.last().copied(),
            unfinished_erasures,
            archive: archive_of(core, cell, head.size)?,
        });
    }
    Ok(Cut {
        store: core.store.store_id(),
        taken: core.environment.now(),
        keks: keks(core)?,
        signer: CutSigner {
            origin: system.origin().to_string(),
            public: signer.public(),
            signer,
        },
        secret: system.hasher()?.backup_secret(),
        ledgers,
        files,
    })
}

/// The files of the archive that records below a size need.
fn archive_of(core: &Core, cell: &LedgerState, size: u64) -> Result<Vec<Archive>, KeyEventError> {
    let disposals = cell.keys().disposals().to_vec();
    let mut archive = Vec::new();
    for disposal in disposals.iter().filter(|disposal| disposal.sequence < size) {
        let Some(file) = &disposal.archive else {
            continue;
        };
        // Where records can't be read, nobody can say that the file is not needed.
        match is_needed(&*core.store, cell, disposal) {
            Ok(false) => {}
            Ok(true) | Err(ReadError::Damaged { .. }) => archive.push(file.clone()),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(archive)
}

/// The KEK of now first, then those of passphrases that the catalogue keeps.
fn keks(core: &Core) -> Result<Vec<KekId>, KeyEventError> {
    let now = core.custody.keks()?.describe().kek_id;
    let mut keks = vec![now];
    for record in kek_records(&*core.store)? {
        if !keks.contains(&record.kek_id()) {
            keks.push(record.kek_id());
        }
    }
    Ok(keks)
}

impl std::fmt::Debug for CutSigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CutSigner({})", Hex(&self.public))
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// What the anchor says is read after the files are there: it may have more than they, and never less.
    #[test]
    fn the_anchor_is_read_after_the_cut() {
        let anchored = Cell::new(3_u64);
        let files = || {
            // What was acknowledged until the cut was there.
            anchored.set(5);
            Ok(5)
        };
        let (cut, anchor) = in_order(files, || anchored.get()).unwrap();
        assert!(anchor >= cut, "the anchor has {anchor}, the cut {cut}");
    }
}
