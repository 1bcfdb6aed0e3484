//! What people do: they answer approvals, halt, and resume.

use indelible_governance::{
    digest::Digest,
    record::{Entry, HaltOf},
    state::{Person, State},
};

use super::asking::Placed;
use crate::{core::Ledger, state::govern_error::GovernError, write::ask::Moment};

/// A halt that is in force.
#[derive(Clone, Debug)]
pub struct HaltPlaced {
    /// Where it is recorded.
    pub placed: Placed,
    /// The decisions that it is about and that are neither completed nor released, by sequence number.
    pub open_decisions: Vec<u64>,
}

impl Ledger {
    /// Answers an approval. `shown` is the digest of the act that the approver looked at.
    ///
    /// # Errors
    /// If there is no such approval that can be answered, not by this person, or nothing can be recorded.
    pub async fn answer_approval(
        &self,
        by: Person,
        approval: u64,
        shown: Digest,
        granted: bool,
    ) -> Result<Placed, GovernError> {
        let ledger = self.clone();
        let answer = move |state: &State, moment: Moment| {
            let entry = state.answer(moment.position.time, approval, &by, shown, granted)?;
            let written = ledger.own_record(entry, Some(by.name()))?;
            Ok(((), vec![written]))
        };
        Ok(self.record_own(1, answer).await?.0)
    }

    /// Halts something, for every decision that comes after. `people` are how many must resume it.
    ///
    /// # Errors
    /// If nothing can be recorded.
    pub async fn halt(&self, of: HaltOf, by: &str, people: u8) -> Result<HaltPlaced, GovernError> {
        if let HaltOf::Agent(name) | HaltOf::Session(name) = &of {
            super::asking::check_name("name", name)?;
        }
        let (ledger, by) = (self.clone(), by.to_owned());
        let halt = move |state: &State, _: Moment| {
            let open = match &of {
                HaltOf::Everything => state.open_decisions(None, None),
                HaltOf::Agent(agent) => state.open_decisions(Some(agent), None),
                HaltOf::Session(session) => state.open_decisions(None, Some(session)),
            };
            let actor = by.clone();
            let entry = Entry::Halted { of, by, people };
            let written = ledger.own_record(entry, Some(&actor))?;
            Ok((open, vec![written]))
        };
        let (placed, open_decisions) = self.record_own(1, halt).await?;
        Ok(HaltPlaced {
            placed,
            open_decisions,
        })
    }

    /// Resumes what is halted. Where two people must, the first alone does not end the halt: the answer says whether it goes on.
    ///
    /// # Errors
    /// If it is not halted, not by this person, or nothing can be recorded.
    pub async fn resume(&self, of: HaltOf, by: Person) -> Result<(Placed, bool), GovernError> {
        let ledger = self.clone();
        let resume = move |state: &State, _: Moment| {
            let entry = state.resumption(&of, &by)?;
            let waits = state.waits_for_second(&of);
            let written = ledger.own_record(entry, Some(by.name()))?;
            Ok((!waits, vec![written]))
        };
        self.record_own(1, resume).await
    }
}
