//! Approvals: bound to exactly one act, used once, and never granted by whoever asks.
//!
//! ```text
//! pending ── granted by as many as needed ──▶ granted ── used by one decision ──▶ used
//!    │ ╲                                         │
//!    │  ╲── denied ──▶ denied ◀── denied ────────┤          (past its time, pending and granted are expired)
//!    ╰── claimed, escalated: still pending       ╰── expired
//! ```

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    day::{DAY_NS, SECOND_NS},
    digest::Digest,
    limits::{APPROVAL_CLAIM_SECONDS, STATE_APPROVALS_MAX},
    record::ApprovalOpened,
    state::{clockwork::Clockwork, misfit::Misfit, refusal::code},
};

/// For how long an approval is remembered after it expired, so that its end can be named.
const REMEMBERED_NS: u64 = DAY_NS;

/// Where an approval stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalState {
    /// Not all who must have answered.
    Pending,
    /// All who must said yes.
    Granted,
    /// Somebody said no.
    Denied,
    /// A decision used it up.
    Used,
    /// Its time passed before it was used.
    Expired,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Approval {
    pub(super) opened: ApprovalOpened,
    /// When it was opened, in nanoseconds since 1970.
    #[serde(with = "crate::number")]
    pub(super) at: u64,
    pub(super) state: ApprovalState,
    pub(super) granted_by: Vec<String>,
    pub(super) claimed: Option<Claimed>,
    pub(super) escalated: Option<Escalated>,
}

/// Somebody has taken it on, for a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Claimed {
    pub(super) by: String,
    /// When others may answer again, in nanoseconds since 1970.
    #[serde(with = "crate::number")]
    pub(super) until: u64,
}

/// Somebody has passed it on, and so does not grant it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Escalated {
    pub(super) by: String,
    /// Who alone may grant it.
    pub(super) to: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Approvals {
    pub(super) approvals: BTreeMap<u64, Approval>,
    #[serde(skip)]
    due: Clockwork<u64>,
}

impl ApprovalState {
    /// The name in answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Granted => "granted",
            Self::Denied => "denied",
            Self::Used => "used",
            Self::Expired => "expired",
        }
    }
}

impl Approval {
    /// When it is no longer known what became of it.
    fn forgotten(&self) -> u64 {
        self.opened.expires.saturating_add(REMEMBERED_NS)
    }

    /// Who has taken it on, at a time.
    pub(super) fn claimed_at(&self, time: u64) -> Option<&Claimed> {
        self.claimed.as_ref().filter(|claimed| time < claimed.until)
    }

    pub(super) fn state_at(&self, time: u64) -> ApprovalState {
        match self.state {
            ApprovalState::Pending | ApprovalState::Granted if time >= self.opened.expires => {
                ApprovalState::Expired
            }
            state => state,
        }
    }
}

impl Approvals {
    pub(super) fn open(&mut self, sequence: u64, at: u64, opened: &ApprovalOpened) {
        let approval = Approval {
            opened: opened.clone(),
            at,
            state: ApprovalState::Pending,
            granted_by: Vec::new(),
            claimed: None,
            escalated: None,
        };
        self.due.set(&sequence, approval.forgotten());
        self.approvals.insert(sequence, approval);
    }

    /// What stands in the way of using an approval for an act; nothing: it can be used.
    pub(super) fn obstacle(
        &self,
        named: Option<u64>,
        act: &Digest,
        time: u64,
    ) -> Option<&'static str> {
        let Some(named) = named else {
            return Some(code::APPROVAL_NEEDED);
        };
        let known = self.approvals.get(&named);
        let Some(approval) = known.filter(|approval| time < approval.forgotten()) else {
            return Some(code::APPROVAL_UNKNOWN);
        };
        match approval.state_at(time) {
            _ if approval.opened.act != *act => Some(code::APPROVAL_STALE),
            ApprovalState::Granted => None,
            ApprovalState::Pending => Some(code::APPROVAL_PENDING),
            ApprovalState::Denied => Some(code::APPROVAL_DENIED),
            ApprovalState::Used => Some(code::APPROVAL_USED),
            ApprovalState::Expired => Some(code::APPROVAL_EXPIRED),
        }
    }

    pub(super) fn use_up(&mut self, named: u64, act: &Digest, time: u64) -> Result<(), Misfit> {
        if self.obstacle(Some(named), act, time).is_some() {
            return Err(Misfit::ApprovalNotGranted);
        }
        let approval = self
            .approvals
            .get_mut(&named)
            .ok_or(Misfit::ApprovalNotGranted)?;
        approval.state = ApprovalState::Used;
        Ok(())
    }

    /// The approval that is open for an act, if one is: the oldest.
    pub(super) fn open_for(&self, act: &Digest, time: u64) -> Option<u64> {
        let is_open = |approval: &Approval| {
            let state = approval.state_at(time);
            approval.opened.act == *act
                && matches!(state, ApprovalState::Pending | ApprovalState::Granted)
        };
        let mut approvals = self.approvals.iter();
        approvals
            .find(|(_, approval)| is_open(approval))
            .map(|(sequence, _)| *sequence)
    }

    pub(super) fn open_of(&self, agent: &str, time: u64) -> usize {
        let open = self.approvals.values().filter(|approval| {
            approval.opened.agent == agent && approval.state_at(time) == ApprovalState::Pending
        });
        open.count()
    }

    pub(super) fn is_full(&self) -> bool {
        self.approvals.len() >= STATE_APPROVALS_MAX
    }

    fn pending(&mut self, approval: u64, time: u64) -> Result<&mut Approval, Misfit> {
        let approval = self.approvals.get_mut(&approval).ok_or(Misfit::Approval)?;
        match approval.state_at(time) {
            ApprovalState::Pending => Ok(approval),
            _ => Err(Misfit::Approval),
        }
    }

    pub(super) fn claim(&mut self, approval: u64, by: &str, time: u64) -> Result<(), Misfit> {
        self.pending(approval, time)?.claimed = Some(Claimed {
            by: by.to_owned(),
            until: time.saturating_add(APPROVAL_CLAIM_SECONDS * SECOND_NS),
        });
        Ok(())
    }

    pub(super) fn escalate(
        &mut self,
        approval: u64,
        by: &str,
        to: Option<&str>,
        time: u64,
    ) -> Result<(), Misfit> {
        let approval = self.pending(approval, time)?;
        approval.escalated = Some(Escalated {
            by: by.to_owned(),
            to: to.map(str::to_owned),
        });
        approval.claimed = None;
        Ok(())
    }

    pub(super) fn answer(
        &mut self,
        approval: u64,
        by: &str,
        granted: bool,
        time: u64,
    ) -> Result<(), Misfit> {
        let approval = self.approvals.get_mut(&approval).ok_or(Misfit::Approval)?;
        match (approval.state_at(time), granted) {
            (ApprovalState::Pending | ApprovalState::Granted, false) => {
                approval.state = ApprovalState::Denied;
            }
            (ApprovalState::Pending, true) => {
                if approval.granted_by.iter().any(|other| other == by) {
                    return Err(Misfit::Approval);
                }
                let escalated = approval.escalated.as_ref();
                if escalated.is_some_and(|escalated| escalated.by == by) {
                    return Err(Misfit::Own);
                }
                approval.granted_by.push(by.to_owned());
                if approval.granted_by.len() >= usize::from(approval.opened.people) {
                    approval.state = ApprovalState::Granted;
                }
            }
            _ => return Err(Misfit::Approval),
        }
        Ok(())
    }

    pub(super) fn expire(&mut self, approval: u64, time: u64) -> Result<(), Misfit> {
        let approval = self.approvals.get_mut(&approval).ok_or(Misfit::Approval)?;
        match approval.state_at(time) {
            ApprovalState::Expired => {
                approval.state = ApprovalState::Expired;
                Ok(())
            }
            _ => Err(Misfit::Approval),
        }
    }

    pub(super) fn advance(&mut self, now: u64) {
        while let Some((_, sequence)) = self.due.take(now) {
            self.approvals.remove(&sequence);
        }
    }

    pub(super) fn rewind(&mut self) {
        for (sequence, approval) in &self.approvals {
            self.due.set(sequence, approval.forgotten());
        }
    }
}
