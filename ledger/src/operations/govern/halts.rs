//! What is halted in a ledger, whoever halted it: somebody here, somebody in all ledgers, or the ledger's own beginning.

use indelible_governance::{
    record::HaltOf,
    state::{HaltView, SUCCESSOR, State},
};

use super::fold;
use crate::{
    core::Ledger,
    state::{all_halted::AllHaltStanding, govern_error::GovernError, shared::Availability},
    write::govern::PEOPLE_OF_SUCCESSOR,
};

/// What is halted in a ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Halts {
    /// The halts that records say are in force.
    pub in_force: Vec<HaltView>,
    /// Nothing is recorded of the ledger's governance yet, and it will begin with these halts. One that has no time yet has 0.
    pub at_beginning: Vec<HaltView>,
    /// Whether all ledgers are halted and this one is not: it was resumed alone, or not reached.
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
        let (in_force, has_begun, is_halted) = match self.cell.state().0 {
            Availability::Open => self.look(look).await?,
            // The writer has nothing to do with it. What is on record can be read all the same.
            _ => {
                let ledger = self.clone();
                let read = move || fold::read(&ledger).map(|state| look(&state, 0));
                let read = self.core.environment.aside(read);
                read.await.map_err(|error| GovernError::Unusable {
                    reason: error.to_string(),
                })??
            }
        };
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
        let everything = |by: String, at: u64, people: u8| HaltView {
            of: HaltOf::Everything,
            by,
            at,
            people,
            resumed_by: None,
        };
        let mut halts = Vec::new();
        if self.summary().predecessor.is_some() {
            halts.push(everything(SUCCESSOR.to_owned(), 0, PEOPLE_OF_SUCCESSOR));
        }
        if let AllHaltStanding::InForce(halt) = all {
            // Its time is that of the first, too.
            let by = halt.by.first().cloned().unwrap_or_default();
            halts.push(HaltView {
                resumed_by: halt.resumed_by.clone(),
                ..everything(by, halt.since, halt.people)
            });
        }
        halts
    }
}
