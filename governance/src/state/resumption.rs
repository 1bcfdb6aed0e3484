//! Who ends a halt.

use crate::{
    record::{Entry, HaltOf},
    state::{person::Person, whole::State},
};

/// Why something can't be resumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HaltRefusal {
    /// It is not halted.
    #[error("this is not halted")]
    NotHalted,
    /// Whoever asks is no person.
    #[error("only a person can resume what is halted; ask somebody who is authenticated as one")]
    NotAPerson,
    /// Whoever asks is the agent, its operator, or speaks for it.
    #[error(
        "the agent itself, its operator and those who speak for it can't resume it; ask somebody else"
    )]
    Own,
    /// It takes two people, and the first asks again.
    #[error("this takes two people, and you are the first already; ask somebody else")]
    SamePerson,
}

impl State {
    /// What of a request is halted, if anything is.
    pub fn halted(&self, agent: &str, session: Option<&str>) -> Option<HaltOf> {
        self.halts.of(agent, session)
    }

    /// The record of a resumption; where two people are needed, of the first or the second.
    ///
    /// # Errors
    ///
    /// Why there is none.
    pub fn resumption(&self, of: &HaltOf, by: &Person) -> Result<Entry, HaltRefusal> {
        let halt = self.halts.halts.get(of).ok_or(HaltRefusal::NotHalted)?;
        if !by.is_person {
            return Err(HaltRefusal::NotAPerson);
        }
        if let HaltOf::Agent(agent) = of
            && by.is_any_of(&self.agents.names(agent))
        {
            return Err(HaltRefusal::Own);
        }
        if by.is_known_as(halt.resumed_by.as_deref()) {
            return Err(HaltRefusal::SamePerson);
        }
        let (of, by) = (of.clone(), by.name().to_owned());
        Ok(Entry::Resumed { of, by })
    }
}
