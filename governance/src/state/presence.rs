//! Whether an agent is there.

use crate::{record::HaltOf, state::whole::State};

/// Seconds within which an agent that gave a sign is live.
const LIVE_SECONDS: u64 = 60;

/// Whether an agent is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// It gave a sign within a minute.
    Live,
    /// It gave a sign in time.
    Idle,
    /// It did not, or never.
    Unresponsive,
    /// It is halted, whatever signs it gives.
    Halted,
}

impl State {
    /// Whether an agent is there at a time, if it must give a sign within so many seconds.
    pub fn presence(&self, time: u64, agent: &str, within_seconds: u64) -> Presence {
        if self.halts.is_halted(&HaltOf::Agent(agent.to_owned()))
            || self.halts.is_halted(&HaltOf::Everything)
        {
            return Presence::Halted;
        }
        match self.agents.silent_seconds(agent, time) {
            Some(silent) if silent <= LIVE_SECONDS.min(within_seconds) => Presence::Live,
            Some(silent) if silent <= within_seconds => Presence::Idle,
            _ => Presence::Unresponsive,
        }
    }

    /// Who answers for an agent.
    pub fn operator(&self, agent: &str) -> Option<&str> {
        self.agents.operator(agent)
    }
}
