//! What is known of the ledgers of a store that is rescued: which are not sound, which may be older than what was acknowledged,
//! and what of them is erased, whatever they say themselves.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use indelible_evidence::DataKeyId;
use indelible_store::{LedgerId, Store, anchor::Anchor};

use super::{
    outcome::Shortfall,
    standing::{self, GivenHead},
    told::{ErasuresTold, erasures_told},
};
use crate::{
    check::{copy, finding::Finding},
    state::shared::LedgerState,
};

/// What the witnesses say.
#[derive(Default)]
pub(super) struct Judgement {
    unsound: HashMap<LedgerId, String>,
    shortfalls: HashMap<LedgerId, Shortfall>,
    /// Ledgers that end where a checkpoint that came another way says.
    vouched: HashSet<LedgerId>,
    /// Data keys that are erased, as somebody else than the ledger tells.
    erased: HashMap<LedgerId, HashSet<DataKeyId>>,
}

impl Judgement {
    /// Notes what a witness says of a ledger.
    pub(super) fn note(&mut self, id: LedgerId, said: Result<Option<Shortfall>, Finding>) {
        match said {
            Ok(None) => {}
            Ok(Some(shortfall)) => {
                let worst = match self.shortfalls.remove(&id) {
                    Some(before) => before.or(shortfall),
                    None => shortfall,
                };
                self.shortfalls.insert(id, worst);
            }
            Err(finding) => {
                let unsound = self.unsound.entry(id);
                unsound.or_insert_with(|| finding.to_string());
            }
        }
    }

    /// Notes data keys that are erased, whatever the ledger says of them.
    pub(super) fn note_erased(&mut self, id: LedgerId, keys: impl Iterator<Item = DataKeyId>) {
        self.erased.entry(id).or_default().extend(keys);
    }

    /// Why what is stored of a ledger is not what was signed; none if nothing is wrong with it.
    pub(super) fn unsound(&self, id: LedgerId) -> Option<&String> {
        self.unsound.get(&id)
    }

    /// Why a ledger may be older than what was acknowledged.
    pub(super) fn shortfall(&self, id: LedgerId) -> Option<&Shortfall> {
        self.shortfalls.get(&id)
    }

    /// The data keys of a ledger that are erased, whatever it says itself.
    pub(super) fn erased(&self, id: LedgerId) -> Option<&HashSet<DataKeyId>> {
        self.erased.get(&id)
    }

    /// Holds a ledger against a checkpoint of it that came another way.
    pub(super) fn by_given(&mut self, store: &dyn Store, cell: &LedgerState, given: &GivenHead) {
        let said = standing::by_given(store, cell, given);
        if matches!(said, Ok(None)) && given.size() == cell.size() {
            self.vouched.insert(cell.id);
        }
        self.note(cell.id, said);
    }

    /// The store's own ledger tells of each erasure, so one that was put back alone is known by it. Where that ledger itself
    /// can't be relied on, another ledger is taken for what it was only if the anchor, or a checkpoint that came another way,
    /// says how far it had come. `may_lack_one` says that a ledger can't be read that may be the newest of the store's own.
    pub(super) fn by_system(
        &mut self,
        store: &dyn Store,
        anchor: Option<&Anchor>,
        (cells, may_lack_one): (&[Arc<LedgerState>], bool),
    ) {
        let mut doubt = match (cells.iter().any(|cell| cell.is_system()), may_lack_one) {
            (false, _) => Some("it is not there, or can't be read".to_owned()),
            (true, true) => Some(
                "a ledger can't be read that may be its successor, see what is not readable"
                    .to_owned(),
            ),
            (true, false) => None,
        };
        for system in cells.iter().filter(|cell| cell.is_system()) {
            match erasures_told(store, system) {
                Ok(told) => self.take_told(cells, &told),
                Err(error) => self.note(system.id, Err(error.into())),
            }
            doubt = doubt.or_else(|| self.doubt_in(store, system));
        }
        let Some(doubt) = doubt else { return };
        let shortfalls = |id| self.shortfalls.get(&id).cloned();
        let is_newest = anchor.is_some_and(|anchor| standing::is_newest(anchor, cells, shortfalls));
        for cell in cells.iter().filter(|cell| !cell.is_system()) {
            if !is_newest && !self.vouched.contains(&cell.id) {
                let reason = format!(
                    "_system, which tells of erasures, can't be relied on ({doubt}), and neither the newest anchor nor a \
                     checkpoint of this size that came another way says how far the ledger had come"
                );
                self.note(cell.id, Ok(Some(Shortfall::Unknown { reason })));
            }
        }
    }

    /// Why the store's own ledger may not tell of all erasures; none if it is whole, and of its newest state.
    fn doubt_in(&mut self, store: &dyn Store, system: &LedgerState) -> Option<String> {
        if let Some(unsound) = self.unsound.get(&system.id) {
            return Some(unsound.clone());
        }
        if let Some(shortfall) = self.shortfalls.get(&system.id) {
            return Some(shortfall.to_string());
        }
        let head = system.committed().head.clone();
        let found = copy::walked(system, store, &head, &mut |_, _, _| {});
        let found = found.into_iter().next()?;
        self.unsound.insert(system.id, found.clone());
        Some(found)
    }

    fn take_told(&mut self, cells: &[Arc<LedgerState>], told: &HashMap<String, ErasuresTold>) {
        for cell in cells {
            let Some(erasures) = told.get(cell.origin().as_str()) else {
                continue;
            };
            self.note(cell.id, Ok(erasures.shortfall(cell)));
            self.note_erased(cell.id, erasures.data_keys.iter().copied());
        }
    }
}
