//! The engine's hold on the anchor file: present, or not usable and why. Nothing is ever overwritten here: an
//! anchor is made only where none is, when the first ledger of a fresh store or a successor needs it.

use std::{
    collections::HashSet,
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

use indelible_store::{
    Commit, Committed, Head, LedgerId, StoreId,
    anchor::{
        Anchor, AnchorDamage, AnchorEntry, AnchorError, AnchorPlace, AnchorState, Standing,
        UnreadableSlot,
    },
};

use crate::state::error::LedgerError;

/// The anchor, or what was found in its place.
pub(crate) struct Anchorage {
    place: Box<dyn AnchorPlace>,
    store_id: StoreId,
    anchor: OnceLock<Anchor>,
    /// Why it can't vouch for any ledger, if there was one to vouch for.
    fault: Option<String>,
    /// There is none, so one may be made.
    absent: bool,
    /// The handle that the next ledger gets.
    next: AtomicU32,
}

impl Anchorage {
    /// Looks for the anchor of a store that has so many ledgers: their handles count up from 0.
    pub(crate) fn open(
        place: Box<dyn AnchorPlace>,
        store_id: StoreId,
        ledgers: usize,
    ) -> Result<Self, AnchorError> {
        let fresh = ledgers == 0;
        let anchor = OnceLock::new();
        let (fault, absent) = match place.open(store_id)? {
            AnchorState::Present(present) => {
                let _first = anchor.set(present);
                (None, false)
            }
            AnchorState::Missing if fresh => (None, true),
            AnchorState::Missing => (
                Some("the anchor is missing beside a store that has ledgers".to_owned()),
                true,
            ),
            AnchorState::OtherStore { found } => (
                Some(format!(
                    "the anchor belongs to store {found}, but this is store {store_id}"
                )),
                false,
            ),
            AnchorState::Damaged { finding } => {
                (Some(format!("the anchor is damaged: {finding}")), false)
            }
        };
        Ok(Self {
            place,
            store_id,
            anchor,
            fault,
            absent,
            next: AtomicU32::new(u32::try_from(ledgers).unwrap_or(u32::MAX)),
        })
    }

    /// Why the anchor can't vouch for any ledger.
    pub(crate) fn fault(&self) -> Option<&str> {
        self.fault.as_deref()
    }

    /// Whether there is an anchor by now that is written: it was there, or was made since the start.
    pub(crate) fn is_there(&self) -> bool {
        self.anchor.get().is_some()
    }

    /// What the anchor holds of a ledger.
    pub(crate) fn read(&self, ledger: LedgerId) -> Result<Option<AnchorEntry>, String> {
        match (&self.fault, self.anchor.get()) {
            (Some(fault), _) => Err(fault.clone()),
            (None, Some(anchor)) => anchor.read(ledger).map_err(|damage| damage.to_string()),
            (None, None) => Ok(None),
        }
    }

    /// Which of the ledger's two slots can't be read, beside the one that [`Self::read`] goes by.
    pub(crate) fn unreadable_slot(&self, ledger: LedgerId) -> Option<UnreadableSlot> {
        self.anchor.get()?.unreadable_slot(ledger)
    }

    /// Whether the ledger's one slot that was ever written can't be read: a crash tore it when the ledger was
    /// created, or it was damaged since. No record was acknowledged before the next slot was written.
    pub(crate) fn only_begun(&self, ledger: LedgerId) -> bool {
        let read = self.anchor.get().map(|anchor| anchor.read(ledger));
        matches!(read, Some(Err(AnchorDamage::FirstSlot { .. })))
    }

    /// Ledgers that had records, as the anchor shows, with their origins where it can tell, but for those
    /// that `known` has.
    pub(crate) fn strangers(&self, known: &HashSet<LedgerId>) -> Vec<(LedgerId, String)> {
        let entries = self.anchor.get().map(Anchor::entries).unwrap_or_default();
        let strangers = entries.into_iter().filter_map(|(ledger, entry)| {
            let named = match entry {
                Ok(entry) if entry.size == 0 => return None,
                Ok(entry) => format!(
                    "{} with {} records",
                    entry.checkpoint.lines().next().unwrap_or_default(),
                    entry.size
                ),
                Err(AnchorDamage::FirstSlot { .. }) => return None,
                Err(damage) => damage.to_string(),
            };
            (!known.contains(&ledger)).then_some((ledger, named))
        });
        strangers.collect()
    }

    /// Whether a ledger that has records, or had, holds this place in the anchor.
    pub(crate) fn is_taken(&self, ledger: LedgerId) -> bool {
        match self.anchor.get().map(|anchor| anchor.read(ledger)) {
            None | Some(Ok(None)) => false,
            Some(Ok(Some(entry))) => entry.size > 0,
            Some(Err(_)) => true,
        }
    }

    /// Makes sure that there is an anchor to write to. Beside a store that has ledgers only a successor makes a new one:
    /// an operator has decided then that the old one is lost.
    pub(crate) fn prepare(&self, is_for_a_successor: bool) -> Result<(), String> {
        if self.anchor.get().is_some() {
            return Ok(());
        }
        let place = self.place.name();
        match &self.fault {
            Some(fault) if !self.absent => {
                return Err(format!(
                    "{fault}; move {place} away before anything is written"
                ));
            }
            Some(fault) if !is_for_a_successor => {
                return Err(format!(
                    "{fault}; put it back at {place}, and restart. If it is lost, start a successor of a ledger, which \
                     makes a new one"
                ));
            }
            _ => {}
        }
        let created = self.place.create(self.store_id);
        let anchor = created.map_err(|error| error.to_string())?;
        let _first = self.anchor.set(anchor);
        Ok(())
    }

    /// Makes room for the next ledger before anything of it is stored: a ledger without room would stop all others.
    pub(crate) fn reserve(&self) -> Result<(), LedgerError> {
        let Some(anchor) = self.anchor.get() else {
            return Err(LedgerError::Anchor("there is no anchor".to_owned()));
        };
        let next = LedgerId::new(self.next.load(Ordering::Acquire));
        anchor.reserve(next).map_err(|error| match error {
            AnchorError::NoRoom { .. } => LedgerError::AnchorFull(error.to_string()),
            error => LedgerError::Anchor(error.to_string()),
        })
    }

    /// Notes that a ledger has got its handle.
    pub(crate) fn entered(&self, ledger: LedgerId) {
        self.next.fetch_max(ledger.number() + 1, Ordering::AcqRel);
    }

    /// Ledgers that can still be created before the anchor needs more room on its volume.
    pub(crate) fn room_left(&self) -> u64 {
        let room = self.anchor.get().map_or(0, Anchor::room);
        room.saturating_sub(u64::from(self.next.load(Ordering::Acquire)))
    }

    /// Compares the anchor with the file under its path, and writes it anew where that is not the same. Each advance does
    /// so, too: this is for ledgers that rest.
    pub(crate) fn keep_in_place(&self) -> Result<(), String> {
        match self.anchor.get() {
            Some(anchor) => {
                let kept = anchor.keep_in_place().map(drop);
                kept.map_err(|error| error.to_string())
            }
            None => Ok(()),
        }
    }

    /// Writes it anew where it could not be before, for the next start: nothing is acknowledged any more. Whether it was not in
    /// its place.
    pub(crate) fn put_back(&self) -> Result<bool, String> {
        match self.anchor.get() {
            Some(anchor) => {
                let put_back = anchor.put_back().map(|found| found.is_some());
                put_back.map_err(|error| error.to_string())
            }
            None => Ok(false),
        }
    }

    /// How often it was written anew since the start, and what was found in its place the last time.
    pub(crate) fn restored(&self) -> Option<(u64, Standing)> {
        self.anchor.get()?.restored()
    }

    /// Where it lies, for people.
    pub(crate) fn place(&self) -> String {
        self.place.name()
    }

    /// Advances the anchor to what the store has made durable; the anchor is synced when this returns. After a crash it
    /// is never ahead of the store.
    pub(crate) fn seal<'g>(&self, committed: Committed<'g>) -> Result<Anchored<'g>, String> {
        let group = committed.group();
        if !group.is_empty() {
            let entries: Vec<_> = group
                .iter()
                .map(|commit| (commit.ledger, entry(&commit.head)))
                .collect();
            self.advance(&entries)?;
        }
        Ok(Anchored { group })
    }

    /// Advances the anchor; durable when this returns.
    pub(crate) fn advance(&self, entries: &[(LedgerId, AnchorEntry)]) -> Result<(), String> {
        let anchor = self.anchor.get().ok_or("there is no anchor")?;
        let entries: Vec<_> = entries
            .iter()
            .map(|(ledger, entry)| (*ledger, entry))
            .collect();
        anchor.advance(&entries).map_err(|error| error.to_string())
    }
}

/// A group that is in the store and in the anchor. Only [`Anchorage::seal`] makes one.
pub(crate) struct Anchored<'g> {
    group: &'g [Commit],
}

impl<'g> Anchored<'g> {
    /// What is durable.
    pub(crate) fn group(&self) -> &'g [Commit] {
        self.group
    }
}

/// What the anchor is to hold of a head.
pub(crate) fn entry(head: &Head) -> AnchorEntry {
    AnchorEntry {
        size: head.size,
        root: head.root,
        chain: head.chain,
        checkpoint: head.checkpoint.clone(),
    }
}
