//! What is in the catalogue when a store is opened.
//!
//! Whoever has the files can write there, so each entry stands for itself: one
//! that can't be read costs its own ledger at most, and one that means nothing
//! is passed over and told.

use std::collections::{BTreeSet, HashMap, HashSet};

use rocksdb::{DB, Direction, IteratorMode};

use super::{engine_error, keys};
use crate::contracts::{LedgerId, Oddity};
use crate::error::Result;
use crate::head::Head;

/// The catalogue, as an opening finds it.
#[derive(Default)]
pub(super) struct Survey {
    /// The heads that can be read.
    pub(super) heads: HashMap<LedgerId, Head>,
    /// Ledgers whose head can't be read.
    pub(super) unreadable_heads: HashSet<LedgerId>,
    /// Ledgers that have a descriptor.
    pub(super) described: BTreeSet<LedgerId>,
    /// Ledgers that have a head, and no descriptor.
    pub(super) undescribed: Vec<LedgerId>,
    /// What nobody of this program wrote.
    pub(super) oddities: Vec<Oddity>,
}

impl Survey {
    pub(super) fn of(db: &DB) -> Result<Self> {
        let mut survey = Self::default();
        let strays = each_of(db, keys::DESCRIPTOR, &mut |ledger, _| {
            survey.described.insert(ledger);
        })?;
        survey.passed_over(keys::DESCRIPTOR, strays);
        let strays = each_of(
            db,
            keys::HEAD,
            &mut |ledger, value| match Head::decode(value) {
                Some(head) => drop(survey.heads.insert(ledger, head)),
                None => drop(survey.unreadable_heads.insert(ledger)),
            },
        )?;
        survey.passed_over(keys::HEAD, strays);
        let headed = survey.heads.keys().chain(&survey.unreadable_heads);
        let mut undescribed: Vec<_> = headed
            .filter(|ledger| !survey.described.contains(ledger))
            .copied()
            .collect();
        undescribed.sort_unstable();
        survey.undescribed = undescribed;
        survey.compare_next(db)?;
        Ok(survey)
    }

    /// The number after the greatest one that a descriptor has.
    pub(super) fn end(&self) -> u32 {
        let last = self.described.last();
        last.map_or(0, |ledger| ledger.number().saturating_add(1))
    }

    /// All ledgers that have a descriptor or a head.
    pub(super) fn ledgers(&self) -> impl Iterator<Item = LedgerId> {
        self.described.iter().chain(&self.undescribed).copied()
    }

    fn passed_over(&mut self, kind: u8, strays: u64) {
        if strays > 0 {
            self.tell(format!(
                "keys of the catalogue that begin with {kind:#04x} and name no ledger, which were passed over: {strays}"
            ));
        }
    }

    /// Holds the number that the catalogue has for the next ledger against the
    /// descriptors. Nothing relies on it: see [`free_number`].
    fn compare_next(&mut self, db: &DB) -> Result<()> {
        let stored = db
            .get_pinned(keys::NEXT_LEDGER)
            .map_err(engine_error::on("read the catalog"))?;
        let stored = match stored.as_deref() {
            None => Some(0),
            Some(value) => value.try_into().ok().map(u32::from_be_bytes),
        };
        let (end, there) = (self.end(), self.described.len());
        if stored != Some(end) {
            let said = stored.map_or_else(
                || "something that is not a number".to_owned(),
                |number| number.to_string(),
            );
            self.tell(format!(
                "the catalogue has {said} as the number of the next ledger, but after the {there} ledgers that it \
                 describes comes {end}; a new ledger gets a number under which nothing is stored"
            ));
        }
        if let Some(last) = self.described.last().filter(|_| there < end as usize) {
            self.tell(format!(
                "the catalogue describes {there} ledgers, but the greatest of their numbers is {last}: descriptors were \
                 removed, or added. Ledgers whose records were acknowledged and that are missing now, the anchor names"
            ));
        }
        Ok(())
    }

    fn tell(&mut self, what: String) {
        self.oddities.push(Oddity { ledger: None, what });
    }
}

/// Visits the entries of a kind that belong to a ledger, and counts those that
/// belong to none.
pub(super) fn each_of(db: &DB, kind: u8, visit: &mut dyn FnMut(LedgerId, &[u8])) -> Result<u64> {
    let mut strays = 0;
    let from = IteratorMode::From(&[kind], Direction::Forward);
    for item in db.iterator(from) {
        let (key, value) = item.map_err(engine_error::on("read the catalog"))?;
        if key.first() != Some(&kind) {
            break;
        }
        match keys::ledger_in(kind, &key) {
            Some(ledger) => visit(ledger, &value),
            None => strays += 1,
        }
    }
    Ok(strays)
}
