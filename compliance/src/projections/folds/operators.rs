//! Who answers for which agent, as declarations say, held against who approves what the agent asks for.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    conventions::{AgentDeclared, AgentHalted, AgentPresent, AgentResumed, Known},
    projections::pieces::{Absorb, Few, Hash16, Hashed, Short},
};

/// The types of the events about agents that say that a name is an agent's.
pub(super) const AGENTS_NAMED_BY: [&str; 4] = [
    AgentDeclared::TYPE,
    AgentHalted::TYPE,
    AgentPresent::TYPE,
    AgentResumed::TYPE,
];
/// Agents of one state.
const AGENTS_MAX: usize = 1 << 17;
/// Operators of one agent that are kept.
const OPERATORS_MAX: usize = 16;

/// The agents that events about agents name, each with the operators that it was ever declared with.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Operators(Hashed<Few<Hash16, OPERATORS_MAX>, AGENTS_MAX>);

impl Absorb for Operators {
    fn absorb(&mut self, later: Self) {
        self.0.absorb(later.0);
    }
}

impl Operators {
    /// An event about agents names this one, and perhaps its operator.
    pub(super) fn see(&mut self, agent: &str, operator: Option<&str>) {
        if let (Some(operators), Some(operator)) = (self.0.at(Hash16::of(agent)), operator) {
            operators.see(Hash16::of(operator));
        }
    }

    /// An event about agents names one.
    pub(super) fn see_named(&mut self, known: &Known<'_>) {
        let named = match known {
            Known::AgentDeclared(event) => return self.see(event.agent, event.operator),
            Known::AgentHalted(event) => Some(event.agent),
            Known::AgentPresent(event) => Some(event.agent),
            Known::AgentResumed(event) => Some(event.agent),
            _ => None,
        };
        if let Some(agent) = named {
            self.0.at(Hash16::of_recurring(agent));
        }
    }

    /// Whether there are so many agents that nothing is known of any.
    pub(super) fn are_too_many(&self) -> bool {
        self.0.all().is_none()
    }

    /// Whether this is the name of an agent.
    pub(super) fn has_agent(&self, name: &Hash16) -> bool {
        self.0.all().is_some_and(|all| all.contains_key(name))
    }

    /// The names of all agents, short.
    pub(super) fn agents(&self) -> Option<BTreeSet<Short>> {
        Some(self.0.all()?.keys().map(|agent| agent.short()).collect())
    }

    /// Whether a declaration says who answers for the agent.
    pub(super) fn are_known_of(&self, agent: &Hash16) -> bool {
        self.of(agent)
            .is_some_and(|operators| !operators.all().is_empty() && !operators.is_full())
    }

    /// Whether this is the name of one who was declared to answer for the agent, or of an agent.
    pub(super) fn ties(&self, agent: &Hash16, name: &Hash16) -> bool {
        self.has_agent(name)
            || self
                .of(agent)
                .is_some_and(|operators| operators.all().contains(name))
    }

    fn of(&self, agent: &Hash16) -> Option<&Few<Hash16, OPERATORS_MAX>> {
        self.0.all()?.get(agent)
    }
}
