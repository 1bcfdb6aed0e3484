//! What is halted in a ledger, whoever halted it: somebody here, somebody in all ledgers, or the ledger's own beginning.

use indelible_governance::{
    record::HaltOf,
    state::{HaltView, SUCCESSOR, State},
};

use crate::{
    core::Ledger,
    state::{all_halted::AllHaltStanding, govern_error::GovernError},
};

/// What is halted in a ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Halts {
    /// The halts that records say are in force.
    pub in_force: Vec<HaltView>,
    /// Nothing is recorded of the ledger's governance yet, and it will begin with these halts. One that has no time yet has 0.
    pub at_beginning: Vec<HaltView>,
    /// Whether all ledgers are halted and this one goes on: it was resumed alone, or not reached.
    pub goes_on_alone: bool,
    /// Whether nobody has read yet if all ledgers are halted.
    pub is_all_unread: bool,
}

impl Ledger {
    /// What is halted.
    ///
    /// # Errors
    /// If the state can't be had.
    pub async fn halts(&self, most: usize) -> Result<Halts, GovernError> {
        let look = move |state: &State, _: u64| {
            let is_halted = state.people_to_resume(&HaltOf::Everything) > 0;
            (state.halts(most), state.semantics() > 0, is_halted)
        };
        let (in_force, has_begun, is_halted) = self.look(look).await?;
        let all = match self.decides() {
            true => self.core.queue.all_halted.standing(),
            false => AllHaltStanding::None,
        };
        let at_beginning = match has_begun || !self.decides() {
            true => Vec::new(),
            false => self.begins_with(&all),
        };
        Ok(Halts {
            in_force,
            at_beginning,
            goes_on_alone: has_begun && !is_halted && matches!(all, AllHaltStanding::InForce(_)),
            is_all_unread: all == AllHaltStanding::Unread,
        })
    }

    /// The halts with which the ledger's governance will begin.
    fn begins_with(&self, all: &AllHaltStanding) -> Vec<HaltView> {
        let everything = |by: String, at: u64, resumed_by: Option<String>| HaltView {
            of: HaltOf::Everything,
            by,
            at,
            resumed_by,
        };
        let mut halts = Vec::new();
        if self.summary().predecessor.is_some() {
            halts.push(everything(SUCCESSOR.to_owned(), 0, None));
        }
        if let AllHaltStanding::InForce(halt) = all {
            let by = halt.by.last().cloned().unwrap_or_default();
            halts.push(everything(by, halt.since, halt.resumed_by.clone()));
        }
        halts
    }
}
