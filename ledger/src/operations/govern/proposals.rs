//! Proposals: made, voted on, approved by somebody else, carried out, or rejected.

use indelible_evidence::FieldViolation;
use indelible_governance::{
    day::SECOND_NS,
    digest::Digest,
    limits::PROPOSAL_SECONDS_MAX,
    record::{Entry, ProposalStep, Proposed, Voted},
    state::{Person, ProposalState, ProposalView, State},
};

use super::asking::Placed;
use crate::{core::Ledger, state::govern_error::GovernError, write::ask::Moment};

/// What is proposed.
#[derive(Clone, Debug)]
pub struct NewProposal {
    /// The digest of it.
    pub content: Digest,
    /// How many of the voters must say yes; 0: no vote is asked for.
    pub quorum: u8,
    /// Who may vote.
    pub voters: Vec<String>,
    /// For how many seconds votes are taken.
    pub seconds: u64,
}

impl Ledger {
    /// Proposes something.
    ///
    /// # Errors
    /// If the quorum can't be reached, or nothing can be recorded.
    pub async fn propose_matter(&self, new: NewProposal, by: &str) -> Result<Placed, GovernError> {
        for voter in &new.voters {
            super::asking::check_name("voters", voter)?;
        }
        if !(1..=PROPOSAL_SECONDS_MAX).contains(&new.seconds) {
            return Err(GovernError::Field(FieldViolation {
                field: "seconds".into(),
                problem: format!("must be 1 to {PROPOSAL_SECONDS_MAX}"),
            }));
        }
        let (ledger, by) = (self.clone(), by.to_owned());
        let propose = move |state: &State, moment: Moment| {
            let time = moment.position.time;
            let proposed = Proposed {
                content: new.content,
                proposer: by.clone(),
                quorum: new.quorum,
                voters: new.voters,
                deadline: time.saturating_add(new.seconds * SECOND_NS),
            };
            state.check_proposal(time, &proposed)?;
            let written = ledger.own_record(Entry::Proposed(proposed), Some(&by))?;
            Ok(((), vec![written]))
        };
        Ok(self.record_own(1, propose).await?.0)
    }

    /// Votes on a proposal. A vote is final.
    ///
    /// # Errors
    /// If the caller is no voter or has voted, the time is over, or nothing can be recorded.
    pub async fn vote(&self, vote: Voted) -> Result<Placed, GovernError> {
        if let Some((model, version)) = &vote.model {
            super::asking::check_name("model", model)?;
            super::asking::check_name("model_version", version)?;
        }
        let ledger = self.clone();
        let record = move |state: &State, moment: Moment| {
            state.check_vote(moment.position.time, &vote)?;
            let by = vote.voter.clone();
            let written = ledger.own_record(Entry::Voted(vote), Some(&by))?;
            Ok(((), vec![written]))
        };
        Ok(self.record_own(1, record).await?.0)
    }

    /// Takes a proposal a step on. One that is approved is decided on before, in the same commit: the quorum must have said
    /// yes.
    ///
    /// # Errors
    /// If the step does not follow, is not this person's, or nothing can be recorded.
    pub async fn move_proposal(
        &self,
        by: Person,
        proposal: u64,
        to: ProposalStep,
    ) -> Result<Placed, GovernError> {
        if to == ProposalStep::Approved {
            super::people::check_approver(&by)?;
        }
        let ledger = self.clone();
        let record = move |state: &State, _: Moment| {
            let is_new = state.proposal(proposal) == Some(ProposalState::Proposed);
            let steps = match (to, is_new) {
                (ProposalStep::Approved, true) => vec![ProposalStep::Decided, to],
                _ => vec![to],
            };
            state.check_step(proposal, steps[0], &by)?;
            if to == ProposalStep::Approved {
                state.check_approver(proposal, &by)?;
            }
            let written = steps.into_iter().map(|to| {
                let by = by.name().to_owned();
                let actor = by.clone();
                let entry = Entry::ProposalMoved { proposal, to, by };
                ledger.own_record(entry, Some(&actor))
            });
            Ok(((), written.collect::<Result<Vec<_>, _>>()?))
        };
        Ok(self.record_own(2, record).await?.0)
    }

    /// Proposals from a number on, at most so many.
    ///
    /// # Errors
    /// If the state can't be had.
    pub async fn proposals(
        &self,
        from: u64,
        most: usize,
    ) -> Result<Vec<ProposalView>, GovernError> {
        self.look(move |state, _| state.proposals(from, most)).await
    }
}
