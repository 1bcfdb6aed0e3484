//! What people do: they answer approvals, halt, and resume.

use indelible_governance::{
    digest::Digest,
    limits::APPROVAL_BATCH_MAX,
    record::{Entry, HaltOf},
    state::{ApprovalRefusal, Person, State},
};

use super::asking::{Placed, RECORD_BYTES_USUAL, Recorded};
use crate::{
    core::Ledger,
    state::{all_halted::AllHalt, govern_error::GovernError},
    write::ask::Moment,
};

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

    /// Takes an approval on, so that others leave it for a while.
    ///
    /// # Errors
    /// If it is not open, not this person's to answer, or nothing can be recorded.
    pub async fn claim_approval(&self, by: Person, approval: u64) -> Result<Placed, GovernError> {
        let ledger = self.clone();
        let claim = move |state: &State, moment: Moment| {
            let entry = state.claim_approval(moment.position.time, approval, &by)?;
            let written = ledger.own_record(entry, Some(by.name()))?;
            Ok(((), vec![written]))
        };
        Ok(self.record_own(1, claim).await?.0)
    }

    /// Passes an approval on: to a principal or group, who alone may grant it from then on, or to anybody else.
    ///
    /// # Errors
    /// If it is not open, not this person's to answer, or nothing can be recorded.
    pub async fn escalate_approval(
        &self,
        by: Person,
        approval: u64,
        to: Option<String>,
    ) -> Result<Placed, GovernError> {
        if let Some(to) = &to {
            super::asking::check_name("to", to)?;
        }
        let ledger = self.clone();
        let escalate = move |state: &State, moment: Moment| {
            let time = moment.position.time;
            let entry = state.escalate_approval(time, approval, &by, to.as_deref())?;
            let written = ledger.own_record(entry, Some(by.name()))?;
            Ok(((), vec![written]))
        };
        Ok(self.record_own(1, escalate).await?.0)
    }

    /// Grants several approvals together, all or none: only of acts that the policy calls low risk. Each comes with the
    /// digest of the act that the approver looked at.
    ///
    /// # Errors
    /// If one can't be granted in a batch, or nothing can be recorded.
    pub async fn grant_batch(
        &self,
        by: Person,
        batch: Vec<(u64, Digest)>,
    ) -> Result<Placed, GovernError> {
        let ledger = self.clone();
        let grant = move |state: &State, moment: Moment| {
            let entries = state.grant_batch(moment.position.time, &batch, &by)?;
            let written = entries.into_iter();
            let written = written.map(|entry| ledger.own_record(entry, Some(by.name())));
            Ok(((), written.collect::<Result<Vec<_>, _>>()?))
        };
        Ok(self.record_own(APPROVAL_BATCH_MAX, grant).await?.0)
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

    /// Halts everything, because all ledgers are halted. Nothing is recorded where as many people must resume it already. What
    /// comes out is the record, and the decisions that are open.
    ///
    /// # Errors
    /// If nothing can be recorded.
    pub async fn halt_with_all(
        &self,
        by: &str,
        people: u8,
    ) -> Result<(Option<Placed>, Vec<u64>), GovernError> {
        let (ledger, by) = (self.clone(), by.to_owned());
        let halt = move |state: &State, _: Moment| {
            let open = state.open_decisions(None, None);
            if state.people_to_resume(&HaltOf::Everything) >= people {
                return Ok((open, Vec::new()));
            }
            let entry = Entry::Halted {
                of: HaltOf::Everything,
                by: by.clone(),
                people,
            };
            let written = ledger.own_record(entry, Some(&by))?;
            Ok((open, vec![written]))
        };
        let size = (1, RECORD_BYTES_USUAL);
        match self.record_made(None, size, halt).await? {
            Recorded::New(placed, open) => Ok((Some(placed), open)),
            Recorded::Nothing(open) => Ok((None, open)),
            Recorded::There(_) => Err(super::asking::lost()),
        }
    }

    /// Resumes what was halted with all ledgers; none: it was not, or is not halted any more. Otherwise whether it goes on.
    ///
    /// # Errors
    /// If it is not by this person, or nothing can be recorded.
    pub async fn resume_with_all(
        &self,
        halt: &AllHalt,
        by: Person,
    ) -> Result<Option<bool>, GovernError> {
        let (ledger, halt) = (self.clone(), halt.clone());
        let resume = move |state: &State, _: Moment| {
            let of = HaltOf::Everything;
            if !state.is_halted_since(&of, &halt.by, halt.since) {
                return Ok((None, Vec::new()));
            }
            let entry = state.resumption(&of, &by)?;
            let goes_on = !state.waits_for_second(&of);
            let written = ledger.own_record(entry, Some(by.name()))?;
            Ok((Some(goes_on), vec![written]))
        };
        let size = (1, RECORD_BYTES_USUAL);
        match self.record_made(None, size, resume).await? {
            Recorded::New(_, goes_on) | Recorded::Nothing(goes_on) => Ok(goes_on),
            Recorded::There(_) => Err(super::asking::lost()),
        }
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

/// Only a person with the approver's role grants: no token does, whatever its role is.
pub(super) fn check_approver(by: &Person) -> Result<(), GovernError> {
    match by.is_approver {
        true => Ok(()),
        false => Err(ApprovalRefusal::NotApprover.into()),
    }
}
