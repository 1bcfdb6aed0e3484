//! What people do about approvals: claim, escalate, answer, one by one or in a batch.

use std::collections::BTreeSet;

use crate::{
    claim::Act,
    digest::Digest,
    limits::{APPROVAL_BATCH_MAX, APPROVAL_CLAIM_SECONDS, OPEN_APPROVALS_PER_AGENT_MAX},
    record::Entry,
    state::{
        approvals::{Approval, ApprovalState},
        person::Person,
        whole::State,
    },
};

/// Why an approval can't be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ApprovalRefusal {
    /// There is none of this number.
    #[error("there is no such approval, or it expired more than a day ago")]
    Unknown,
    /// It can't be answered any more.
    #[error("the approval is {found}")]
    State {
        /// Where it stands.
        found: &'static str,
    },
    /// Whoever answers has not the role.
    #[error("this takes the approver's role on the ledger")]
    NotApprover,
    /// Whoever answers asked, is the agent, or answers for it.
    #[error(
        "whoever asked, the agent itself, its operator and those who speak for it can't answer; ask somebody else"
    )]
    Own,
    /// Nobody is declared to answer for the agent, so nobody is known to be somebody else.
    #[error(
        "the agent has no declared operator, so nobody can grant it anything; declare who answers for it"
    )]
    NoOperator,
    /// What was shown to the approver is another act.
    #[error("this is not the act that the approval is for; look at what is asked now")]
    OtherAct,
    /// Two people are needed, and this is the first again.
    #[error("this takes two people, and you have granted it already; ask somebody else")]
    SamePerson,
    /// Somebody else has claimed it.
    #[error(
        "somebody else has claimed it; wait until they answer, pass it on, or their claim ends after {APPROVAL_CLAIM_SECONDS} seconds"
    )]
    Claimed,
    /// Whoever passed it on does not grant it.
    #[error("whoever passed the approval on can't grant it; ask those whom it was passed on to")]
    Escalated,
    /// It was passed on to somebody else.
    #[error(
        "the approval was passed on to another principal or group, who alone can grant it; `agent approvals` shows to whom"
    )]
    PassedOn,
}

/// Whether somebody else has taken an approval on.
fn check_claim(found: &Approval, time: u64, by: &Person) -> Result<(), ApprovalRefusal> {
    let claimed = found.claimed_at(time);
    match claimed.is_some_and(|claimed| !by.is_known_as(Some(&claimed.by))) {
        true => Err(ApprovalRefusal::Claimed),
        false => Ok(()),
    }
}

/// Whether an approval was passed on, by whoever would grant it or to others.
fn check_escalation(found: &Approval, by: &Person) -> Result<(), ApprovalRefusal> {
    let Some(escalated) = &found.escalated else {
        return Ok(());
    };
    if by.is_known_as(Some(&escalated.by)) {
        return Err(ApprovalRefusal::Escalated);
    }
    match &escalated.to {
        Some(to) if !by.is_or_is_in(to) => Err(ApprovalRefusal::PassedOn),
        _ => Ok(()),
    }
}

/// Why a batch of approvals is not granted. Then none of them is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BatchRefusal {
    /// Too many.
    #[error("a batch has 1 to {APPROVAL_BATCH_MAX} approvals")]
    Size,
    /// One that must be looked at by itself.
    #[error(
        "the approval {approval} is not of an act that the policy calls low risk; answer it by itself"
    )]
    NotLowRisk {
        /// Which.
        approval: u64,
    },
    /// One that can't be granted.
    #[error("the approval {approval}: {refusal}")]
    One {
        /// Which.
        approval: u64,
        /// Why.
        refusal: ApprovalRefusal,
    },
}

impl State {
    /// Where an approval stands at a time.
    pub fn approval(&self, time: u64, approval: u64) -> Option<ApprovalState> {
        let approval = self.approvals.approvals.get(&approval)?;
        Some(approval.state_at(time))
    }

    /// The approval that is open for an act.
    pub fn approval_for(&self, time: u64, act: &Act) -> Option<u64> {
        self.approvals.open_for(&act.digest, time)
    }

    /// Whether another approval may be opened for an agent.
    pub(super) fn may_open(&self, agent: &str, time: u64) -> bool {
        !self.approvals.is_full()
            && self.approvals.open_of(agent, time) < OPEN_APPROVALS_PER_AGENT_MAX
    }

    /// The record of an answer. `shown` is the digest of the act that the approver looked at.
    ///
    /// # Errors
    ///
    /// Why there is none.
    pub fn answer(
        &self,
        time: u64,
        approval: u64,
        by: &Person,
        shown: Digest,
        granted: bool,
    ) -> Result<Entry, ApprovalRefusal> {
        let found = self.answerable(approval, by)?;
        let state = found.state_at(time);
        let is_answerable =
            state == ApprovalState::Pending || (state == ApprovalState::Granted && !granted);
        if !is_answerable {
            let found = state.name();
            return Err(ApprovalRefusal::State { found });
        }
        if shown != found.opened.act {
            return Err(ApprovalRefusal::OtherAct);
        }
        if granted && self.agents.operator(&found.opened.agent).is_none() {
            return Err(ApprovalRefusal::NoOperator);
        }
        check_claim(found, time, by)?;
        if granted {
            check_escalation(found, by)?;
        }
        if granted
            && found
                .granted_by
                .iter()
                .any(|name| by.is_known_as(Some(name)))
        {
            return Err(ApprovalRefusal::SamePerson);
        }
        let by = by.name().to_owned();
        Ok(Entry::ApprovalAnswered {
            approval,
            by,
            granted,
        })
    }

    /// The records of a batch of grants: of acts that the policy calls low risk, all or none. Each comes with the digest of
    /// the act that the approver looked at.
    ///
    /// # Errors
    ///
    /// Why there are none.
    pub fn grant_batch(
        &self,
        time: u64,
        batch: &[(u64, Digest)],
        by: &Person,
    ) -> Result<Vec<Entry>, BatchRefusal> {
        let numbers: BTreeSet<_> = batch.iter().map(|(approval, _)| approval).collect();
        if batch.is_empty() || batch.len() > APPROVAL_BATCH_MAX || numbers.len() < batch.len() {
            return Err(BatchRefusal::Size);
        }
        let grant = |(approval, shown): &(u64, Digest)| {
            let approval = *approval;
            let known = self.approvals.approvals.get(&approval);
            if known.is_some_and(|known| !known.opened.low_risk) {
                return Err(BatchRefusal::NotLowRisk { approval });
            }
            let entry = self.answer(time, approval, by, *shown, true);
            entry.map_err(|refusal| BatchRefusal::One { approval, refusal })
        };
        batch.iter().map(grant).collect()
    }

    /// The record of somebody taking an approval on, so that others leave it.
    ///
    /// # Errors
    ///
    /// Why there is none.
    pub fn claim_approval(
        &self,
        time: u64,
        approval: u64,
        by: &Person,
    ) -> Result<Entry, ApprovalRefusal> {
        let found = self.pending(time, approval, by)?;
        check_claim(found, time, by)?;
        let by = by.name().to_owned();
        Ok(Entry::ApprovalClaimed { approval, by })
    }

    /// The record of an approval being passed on, to whoever is named or to anybody else; whoever claimed it no longer has
    /// it, and whoever passes it on does not grant it.
    ///
    /// # Errors
    ///
    /// Why there is none.
    pub fn escalate_approval(
        &self,
        time: u64,
        approval: u64,
        by: &Person,
        to: Option<&str>,
    ) -> Result<Entry, ApprovalRefusal> {
        let found = self.pending(time, approval, by)?;
        if let Some(to) = to {
            let own = self.agents.names(&found.opened.agent);
            if own.contains(to) || found.opened.principal == to {
                return Err(ApprovalRefusal::Own);
            }
            if by.is_known_as(Some(to)) {
                return Err(ApprovalRefusal::Escalated);
            }
        }
        Ok(Entry::ApprovalEscalated {
            approval,
            by: by.name().to_owned(),
            to: to.map(str::to_owned),
        })
    }

    /// The records of what has expired and somebody waits for.
    pub fn expired_approvals(&self, time: u64) -> Vec<Entry> {
        let approvals = self.approvals.approvals.iter();
        let expired = approvals.filter(|(_, approval)| {
            approval.state != ApprovalState::Expired
                && approval.state_at(time) == ApprovalState::Expired
        });
        expired
            .map(|(approval, _)| Entry::ApprovalExpired {
                approval: *approval,
            })
            .collect()
    }

    fn answerable(&self, approval: u64, by: &Person) -> Result<&Approval, ApprovalRefusal> {
        let found = self.approvals.approvals.get(&approval);
        let found = found.ok_or(ApprovalRefusal::Unknown)?;
        if !by.is_approver {
            return Err(ApprovalRefusal::NotApprover);
        }
        let is_own = by.is_any_of(&self.agents.names(&found.opened.agent));
        if is_own || by.is_known_as(Some(&found.opened.principal)) {
            return Err(ApprovalRefusal::Own);
        }
        Ok(found)
    }

    fn pending(&self, time: u64, approval: u64, by: &Person) -> Result<&Approval, ApprovalRefusal> {
        let found = self.answerable(approval, by)?;
        match found.state_at(time) {
            ApprovalState::Pending => Ok(found),
            state => {
                let found = state.name();
                Err(ApprovalRefusal::State { found })
            }
        }
    }
}
