//! Whether an override or a proposal may take a step.

use crate::{
    digest::Digest,
    limits::STATE_PROPOSALS_MAX,
    record::{OverrideRequested, OverrideSigned, ProposalStep, Proposed, Voted},
    state::{
        overrides::{self, OverrideRefusal, OverrideState},
        person::Person,
        proposals::{self, ProposalRefusal, ProposalState},
        whole::State,
    },
};

impl State {
    /// Whether an override may be asked for.
    ///
    /// # Errors
    ///
    /// Why not.
    pub fn check_override(&self, requested: &OverrideRequested) -> Result<(), OverrideRefusal> {
        match self.overrides.overrides.len() >= STATE_PROPOSALS_MAX {
            true => Err(OverrideRefusal::TooMany),
            false => overrides::check(requested),
        }
    }

    /// Whether a signature may be recorded: the signer is registered in the role, and the signature verifies.
    ///
    /// # Errors
    ///
    /// Why not.
    pub fn check_signature(
        &self,
        time: u64,
        signed: &OverrideSigned,
    ) -> Result<(), OverrideRefusal> {
        self.overrides.check_signature(time, signed)?;
        self.signers.verify(signed)
    }

    /// Where an override stands at a time.
    pub fn override_state(&self, time: u64, number: u64) -> Option<OverrideState> {
        let found = self.overrides.overrides.get(&number)?;
        Some(found.state_at(time))
    }

    /// Whether an override may be used for an act.
    ///
    /// # Errors
    ///
    /// Why not.
    pub fn check_override_use(
        &self,
        time: u64,
        number: u64,
        act: &Digest,
    ) -> Result<(), OverrideRefusal> {
        self.overrides.check_use(time, number, act, &[])
    }

    /// Whether something may be proposed.
    ///
    /// # Errors
    ///
    /// Why not.
    pub fn check_proposal(&self, time: u64, proposed: &Proposed) -> Result<(), ProposalRefusal> {
        match self.proposals.proposals.len() >= STATE_PROPOSALS_MAX {
            true => Err(ProposalRefusal::TooMany),
            false => proposals::check(time, proposed),
        }
    }

    /// Whether a vote may be recorded.
    ///
    /// # Errors
    ///
    /// Why not.
    pub fn check_vote(&self, time: u64, vote: &Voted) -> Result<(), ProposalRefusal> {
        self.proposals.check_vote(time, vote)
    }

    /// Whether a proposal may take a step.
    ///
    /// # Errors
    ///
    /// Why not.
    pub fn check_step(
        &self,
        number: u64,
        to: ProposalStep,
        by: &Person,
    ) -> Result<(), ProposalRefusal> {
        let names: Vec<_> = by.names.iter().map(String::as_str).collect();
        self.proposals.check_step(number, to, &names)
    }

    /// Where a proposal stands.
    pub fn proposal(&self, number: u64) -> Option<ProposalState> {
        let found = self.proposals.proposals.get(&number)?;
        Some(found.state)
    }
}
