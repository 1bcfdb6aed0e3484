//! Whether an override or a proposal may take a step.

use crate::{
    digest::Digest,
    limits::STATE_PROPOSALS_MAX,
    record::{OverrideRequested, OverrideSigned, OverrideSigner, ProposalStep, Proposed, Voted},
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

    /// Whether somebody may be registered as a signer of overrides, or struck off.
    ///
    /// # Errors
    ///
    /// Why not.
    pub fn check_signer(&self, signer: &OverrideSigner) -> Result<(), OverrideRefusal> {
        self.signers.check_registration(signer)
    }

    /// The role and the key of a signer: 64 hexadecimal digits.
    pub fn signer(&self, name: &str) -> Option<(&str, &str)> {
        let signer = self.signers.signers.get(name)?;
        Some((&signer.role, &signer.key))
    }

    /// Whether somebody who would sign is a second person, by all names: neither whoever asked nor whoever signed.
    ///
    /// # Errors
    ///
    /// Why not.
    pub fn check_second(&self, number: u64, by: &Person) -> Result<(), OverrideRefusal> {
        let found = self.overrides.overrides.get(&number);
        let found = found.ok_or(OverrideRefusal::Unknown)?;
        if by.is_known_as(Some(&found.requested.requested_by)) {
            return Err(OverrideRefusal::Requester);
        }
        let mut signed = found.signed.iter();
        match signed.any(|(_, signer)| by.is_known_as(Some(signer))) {
            true => Err(OverrideRefusal::Twice),
            false => Ok(()),
        }
    }

    /// Whether an override may be rejected.
    ///
    /// # Errors
    ///
    /// Why not.
    pub fn check_rejection(&self, time: u64, number: u64) -> Result<(), OverrideRefusal> {
        self.overrides.check_rejection(time, number)
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

    /// Whether somebody may approve a proposal, by all names: not whoever proposed it.
    ///
    /// # Errors
    ///
    /// Why not.
    pub fn check_approver(&self, number: u64, by: &Person) -> Result<(), ProposalRefusal> {
        let found = self.proposals.proposals.get(&number);
        let proposer = &found.ok_or(ProposalRefusal::Unknown)?.proposed.proposer;
        match by.is_known_as(Some(proposer)) {
            true => Err(ProposalRefusal::Proposer),
            false => Ok(()),
        }
    }

    /// Where a proposal stands.
    pub fn proposal(&self, number: u64) -> Option<ProposalState> {
        let found = self.proposals.proposals.get(&number)?;
        Some(found.state)
    }
}
