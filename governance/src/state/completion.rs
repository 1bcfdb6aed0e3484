//! How decisions end, and where they stand.

use crate::{
    digest::Digest,
    record::{Completion, OutputJudged, Used},
    state::{
        open::{Open, actual},
        whole::State,
    },
};

/// Where a decision stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is allowed, and its reservation lives.
    Pending,
    /// Its reservation expired: what came of it is unknown.
    Expired,
    /// It is completed or released, was never allowed, or expired so long ago that nothing can be corrected.
    Closed,
    /// It would be pending, but what it is about is halted.
    Halted,
}

/// Why a decision can't be completed or released.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CompletionRefusal {
    /// It is not open.
    #[error(
        "this decision is not open: it was denied, or it is completed or released already; a decision is settled once"
    )]
    NotOpen,
    /// What expired can't be given back.
    #[error(
        "the reservation has expired, and what ran meanwhile is unknown; complete the decision with what was used"
    )]
    Expired,
}

impl State {
    /// The record of what came of a decision. A failed output settles, too.
    ///
    /// # Errors
    ///
    /// The decision is not open.
    pub fn completion(
        &self,
        time: u64,
        decision: u64,
        used: Used,
        output: Option<Digest>,
        judged: OutputJudged,
    ) -> Result<Completion, CompletionRefusal> {
        let open = self.open.decisions.get(&decision);
        let open = open.ok_or(CompletionRefusal::NotOpen)?;
        let overrun = open
            .reservations
            .iter()
            .any(|part| actual(part, &used) > part.amount);
        let attempt = self.failed_attempt(time, decision, &judged);
        Ok(Completion {
            decision,
            used,
            verdict: judged.verdict(),
            failure: judged.failure,
            trail: judged.trail,
            tools: judged.tools,
            output,
            late: time >= open.expires,
            overrun,
            attempt,
        })
    }

    /// Whether a decision may be released, since nothing ran.
    ///
    /// # Errors
    ///
    /// It is not open, or has expired.
    pub fn check_release(&self, time: u64, decision: u64) -> Result<(), CompletionRefusal> {
        match self.open.decisions.get(&decision) {
            None => Err(CompletionRefusal::NotOpen),
            Some(open) if time >= open.expires => Err(CompletionRefusal::Expired),
            Some(_) => Ok(()),
        }
    }

    /// Where a decision stands at a time: only one that is pending authorises.
    pub fn standing(&self, time: u64, decision: u64) -> Standing {
        match self.open.decisions.get(&decision) {
            None => Standing::Closed,
            Some(open) if time >= open.expires => Standing::Expired,
            Some(open)
                if self
                    .halts
                    .of(&open.agent, open.session.as_deref())
                    .is_some() =>
            {
                Standing::Halted
            }
            Some(_) => Standing::Pending,
        }
    }

    /// The decisions that are open, by sequence number: of an agent, a session, or all.
    pub fn open_decisions(&self, agent: Option<&str>, session: Option<&str>) -> Vec<u64> {
        let is_meant = |open: &Open| {
            agent.is_none_or(|agent| open.agent == agent)
                && session.is_none_or(|session| open.session.as_deref() == Some(session))
        };
        let found = self
            .open
            .decisions
            .iter()
            .filter(|(_, open)| is_meant(open));
        found.map(|(sequence, _)| *sequence).collect()
    }
}
