//! Proposals and votes.
//!
//! ```text
//! proposed ── the quorum says yes ──▶ decided ── approved by another ──▶ approved ── executed ──▶ executed
//!     ╰──────────── rejected ◀───────────┴───────────────┘
//! ```

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    day::DAY_NS,
    limits::{PROPOSAL_VOTES_MAX, STATE_PROPOSALS_MAX},
    record::{ProposalStep, Proposed, Voted},
    state::{clockwork::Clockwork, misfit::Misfit},
};

/// For how long a proposal is kept after its deadline: 30 days.
const KEPT_NS: u64 = 30 * DAY_NS;

/// Where a proposal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProposalState {
    /// Nothing was decided.
    Proposed,
    /// At the last step.
    At(ProposalStep),
}

impl ProposalState {
    /// The name in answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::At(ProposalStep::Decided) => "decided",
            Self::At(ProposalStep::Approved) => "approved",
            Self::At(ProposalStep::Executed) => "executed",
            Self::At(ProposalStep::Rejected) => "rejected",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Proposal {
    pub(super) proposed: Proposed,
    pub(super) state: ProposalState,
    pub(super) votes: BTreeMap<String, bool>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Proposals {
    pub(super) proposals: BTreeMap<u64, Proposal>,
    #[serde(skip)]
    due: Clockwork<u64>,
}

/// Why a proposal can't be made, voted on or moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProposalRefusal {
    /// There is none of this number.
    #[error("there is no such proposal, or it ended more than 30 days ago")]
    Unknown,
    /// The quorum can't be reached, or there are too many voters.
    #[error(
        "a quorum is of at most {PROPOSAL_VOTES_MAX} voters, each named once, and not of more than there are; the deadline is to come"
    )]
    Quorum,
    /// There are as many as there may be.
    #[error(
        "the ledger has {STATE_PROPOSALS_MAX} proposals that are not forgotten, which is the limit"
    )]
    TooMany,
    /// Whoever votes is not one of the voters.
    #[error("only those whom the proposal names may vote")]
    NotAVoter,
    /// A vote is final.
    #[error("this voter has voted already; a vote is final")]
    Twice,
    /// The time for votes is over.
    #[error("the time for votes is over")]
    Late,
    /// The step does not follow.
    #[error("a proposal is decided, then approved, then executed; this step does not follow")]
    Step,
    /// The quorum did not say yes.
    #[error("not enough voters have said yes; ties deny")]
    NoQuorum,
    /// Whoever proposes never approves.
    #[error("whoever proposes it can't approve it; ask somebody else")]
    Proposer,
}

impl Proposals {
    pub(super) fn propose(
        &mut self,
        sequence: u64,
        time: u64,
        proposed: &Proposed,
    ) -> Result<(), Misfit> {
        check(time, proposed).map_err(|_| Misfit::Proposal)?;
        let state = ProposalState::Proposed;
        let votes = BTreeMap::new();
        self.due
            .set(&sequence, proposed.deadline.saturating_add(KEPT_NS));
        let proposed = proposed.clone();
        self.proposals.insert(
            sequence,
            Proposal {
                proposed,
                state,
                votes,
            },
        );
        Ok(())
    }

    pub(super) fn check_vote(&self, time: u64, vote: &Voted) -> Result<(), ProposalRefusal> {
        let found = self
            .proposals
            .get(&vote.proposal)
            .ok_or(ProposalRefusal::Unknown)?;
        if found.state != ProposalState::Proposed || time >= found.proposed.deadline {
            return Err(ProposalRefusal::Late);
        }
        if !found.proposed.voters.contains(&vote.voter) {
            return Err(ProposalRefusal::NotAVoter);
        }
        match found.votes.contains_key(&vote.voter) {
            true => Err(ProposalRefusal::Twice),
            false => Ok(()),
        }
    }

    pub(super) fn vote(&mut self, time: u64, vote: &Voted) -> Result<(), Misfit> {
        self.check_vote(time, vote).map_err(|_| Misfit::Proposal)?;
        let found = self
            .proposals
            .get_mut(&vote.proposal)
            .ok_or(Misfit::Proposal)?;
        found.votes.insert(vote.voter.clone(), vote.yes);
        Ok(())
    }

    pub(super) fn check_step(
        &self,
        number: u64,
        to: ProposalStep,
        by: &[&str],
    ) -> Result<(), ProposalRefusal> {
        let found = self
            .proposals
            .get(&number)
            .ok_or(ProposalRefusal::Unknown)?;
        match (found.state, to) {
            (ProposalState::Proposed, ProposalStep::Decided) if found.has_quorum() => Ok(()),
            (ProposalState::Proposed, ProposalStep::Decided) => Err(ProposalRefusal::NoQuorum),
            (ProposalState::At(ProposalStep::Decided), ProposalStep::Approved) => {
                match by.contains(&&*found.proposed.proposer) {
                    true => Err(ProposalRefusal::Proposer),
                    false => Ok(()),
                }
            }
            (ProposalState::At(ProposalStep::Approved), ProposalStep::Executed) => Ok(()),
            (
                ProposalState::Proposed
                | ProposalState::At(ProposalStep::Decided | ProposalStep::Approved),
                ProposalStep::Rejected,
            ) => Ok(()),
            _ => Err(ProposalRefusal::Step),
        }
    }

    pub(super) fn step(&mut self, number: u64, to: ProposalStep, by: &str) -> Result<(), Misfit> {
        self.check_step(number, to, &[by])
            .map_err(|_| Misfit::Proposal)?;
        let found = self.proposals.get_mut(&number).ok_or(Misfit::Proposal)?;
        found.state = ProposalState::At(to);
        Ok(())
    }

    pub(super) fn advance(&mut self, now: u64) {
        while let Some((_, sequence)) = self.due.take(now) {
            self.proposals.remove(&sequence);
        }
    }

    pub(super) fn rewind(&mut self) {
        for (sequence, proposal) in &self.proposals {
            self.due
                .set(sequence, proposal.proposed.deadline.saturating_add(KEPT_NS));
        }
    }
}

impl Proposal {
    /// So many said yes, and more than said no.
    fn has_quorum(&self) -> bool {
        let yes = self.votes.values().filter(|yes| **yes).count();
        let no = self.votes.len() - yes;
        self.proposed.quorum == 0 || (yes >= usize::from(self.proposed.quorum) && yes > no)
    }
}

pub(super) fn check(time: u64, proposed: &Proposed) -> Result<(), ProposalRefusal> {
    let mut voters = proposed.voters.clone();
    voters.sort();
    voters.dedup();
    let fits = voters.len() == proposed.voters.len()
        && voters.len() <= PROPOSAL_VOTES_MAX
        && usize::from(proposed.quorum) <= voters.len()
        && time < proposed.deadline;
    if fits {
        Ok(())
    } else {
        Err(ProposalRefusal::Quorum)
    }
}
