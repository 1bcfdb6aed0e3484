//! What the state holds of overrides, proposals and reservations, for whoever looks.

use crate::{
    claim::AccountKey,
    record::{OverrideRequested, Proposed},
    state::{overrides::OverrideState, proposals::ProposalState, whole::State},
};

/// An override, as it stands at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OverrideView {
    /// The sequence number of its request.
    pub number: u64,
    /// What is asked for.
    pub requested: OverrideRequested,
    /// When it was asked for, in nanoseconds since 1970 UTC.
    pub at: u64,
    /// When it expires, in nanoseconds since 1970 UTC.
    pub expires: u64,
    /// Where it stands.
    pub state: OverrideState,
    /// The role and the name of everybody who signed.
    pub signed: Vec<(String, String)>,
}

/// Somebody who may sign overrides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignerView {
    /// Who.
    pub signer: String,
    /// In which role.
    pub role: String,
    /// The public key: 64 hexadecimal digits.
    pub key: String,
}

/// A proposal, as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposalView {
    /// The sequence number of its record.
    pub number: u64,
    /// What is proposed.
    pub proposed: Proposed,
    /// Where it stands.
    pub state: ProposalState,
    /// Who voted, and whether for it.
    pub votes: Vec<(String, bool)>,
}

/// What an allowed decision has set aside, until it is completed, released, or expires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReservationView {
    /// The sequence number of the decision.
    pub decision: u64,
    /// The agent.
    pub agent: String,
    /// The session.
    pub session: Option<String>,
    /// When it was decided, in nanoseconds since 1970 UTC.
    pub decided: u64,
    /// When it expires, in nanoseconds since 1970 UTC.
    pub expires: u64,
    /// What is set aside, of which account.
    pub amounts: Vec<(AccountKey, u64)>,
}

impl State {
    /// Overrides that are remembered, by number, from one on.
    pub fn overrides(&self, time: u64, from: u64, most: usize) -> Vec<OverrideView> {
        let known = self.overrides.overrides.range(from..).take(most);
        let view = known.map(|(number, one)| OverrideView {
            number: *number,
            requested: one.requested.clone(),
            at: one.at,
            expires: one.expires(),
            state: one.state_at(time),
            signed: one.signed.clone(),
        });
        view.collect()
    }

    /// Those who may sign overrides, by name.
    pub fn signers(&self) -> Vec<SignerView> {
        let known = self.signers.signers.iter();
        let view = known.map(|(name, signer)| SignerView {
            signer: name.clone(),
            role: signer.role.clone(),
            key: signer.key.clone(),
        });
        view.collect()
    }

    /// Proposals that are remembered, by number, from one on.
    pub fn proposals(&self, from: u64, most: usize) -> Vec<ProposalView> {
        let known = self.proposals.proposals.range(from..).take(most);
        let view = known.map(|(number, one)| ProposalView {
            number: *number,
            proposed: one.proposed.clone(),
            state: one.state,
            votes: one
                .votes
                .iter()
                .map(|(voter, yes)| (voter.clone(), *yes))
                .collect(),
        });
        view.collect()
    }

    /// Decisions that are neither completed nor released and have not expired at a time, by number, from one on.
    pub fn reservations(&self, time: u64, from: u64, most: usize) -> Vec<ReservationView> {
        let open = self.open.decisions.range(from..);
        let pending = open.filter(|(_, open)| !open.expired && time < open.expires);
        let view = pending.take(most).map(|(decision, open)| ReservationView {
            decision: *decision,
            agent: open.agent.clone(),
            session: open.session.clone(),
            decided: open.decided,
            expires: open.expires,
            amounts: open
                .reservations
                .iter()
                .map(|one| (one.account.clone(), one.amount))
                .collect(),
        });
        view.collect()
    }
}
