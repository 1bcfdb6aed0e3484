//! Halts. Only a person ends one, and never the agent that it is about, nor who answers or speaks for it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    record::HaltOf,
    state::{misfit::Misfit, pairs},
};

/// Who halts everything where a ledger takes another's place.
pub const SUCCESSOR: &str = "urn:indelible:successor";

/// A halt in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Halt {
    pub(super) by: String,
    pub(super) at: u64,
    /// How many people must resume it.
    pub(super) people: u8,
    /// Who has said so already.
    pub(super) resumed_by: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Halts {
    #[serde(with = "pairs")]
    pub(super) halts: BTreeMap<HaltOf, Halt>,
}

impl Halts {
    pub(super) fn is_halted(&self, of: &HaltOf) -> bool {
        self.halts.contains_key(of)
    }

    /// What of a request is halted.
    pub(super) fn of(&self, agent: &str, session: Option<&str>) -> Option<HaltOf> {
        let of = [
            Some(HaltOf::Everything),
            Some(HaltOf::Agent(agent.to_owned())),
            session.map(|session| HaltOf::Session(session.to_owned())),
        ];
        of.into_iter().flatten().find(|of| self.is_halted(of))
    }

    /// Halts. Of two halts of the same the one that takes more people stays.
    pub(super) fn halt(&mut self, of: &HaltOf, by: &str, at: u64, people: u8) {
        let before = self.halts.get(of).map_or(0, |halt| halt.people);
        let halt = Halt {
            by: by.to_owned(),
            at,
            people: people.max(before),
            resumed_by: None,
        };
        self.halts.insert(of.clone(), halt);
    }

    pub(super) fn resume(&mut self, of: &HaltOf, by: &str) -> Result<(), Misfit> {
        let halt = self.halts.get_mut(of).ok_or(Misfit::NotHalted)?;
        match &halt.resumed_by {
            Some(first) if first == by => return Err(Misfit::NotHalted),
            None if halt.people > 1 => halt.resumed_by = Some(by.to_owned()),
            _ => {
                self.halts.remove(of);
            }
        }
        Ok(())
    }
}
