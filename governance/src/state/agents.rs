//! Agents: who may speak for them, who answers for them, and whether they are there. And sessions: since when.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{day::SECOND_NS, record::AgentDeclared};

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Agent {
    pub(super) operator: Option<String>,
    pub(super) speakers: BTreeSet<String>,
    /// The last sign of life.
    pub(super) sign: Option<u64>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Agents {
    pub(super) agents: BTreeMap<String, Agent>,
    /// When each session's first decision was.
    pub(super) sessions: BTreeMap<String, u64>,
}

impl Agents {
    pub(super) fn declare(&mut self, declared: &AgentDeclared) {
        let agent = self.agents.entry(declared.agent.clone()).or_default();
        agent.operator.clone_from(&declared.operator);
        agent.speakers = declared.speakers.iter().cloned().collect();
    }

    /// A sign of life, which changes nothing else: above all no halt.
    pub(super) fn sign(&mut self, agent: &str, time: u64) {
        self.agents.entry(agent.to_owned()).or_default().sign = Some(time);
    }

    pub(super) fn may_speak(&self, agent: &str, principal: &str) -> bool {
        let declared = self.agents.get(agent);
        agent == principal || declared.is_some_and(|agent| agent.speakers.contains(principal))
    }

    pub(super) fn operator(&self, agent: &str) -> Option<&str> {
        self.agents.get(agent)?.operator.as_deref()
    }

    /// The names that are no second person to an agent: its own, its operator's, and those that speak for it.
    pub(super) fn names<'a>(&'a self, agent: &'a str) -> BTreeSet<&'a str> {
        let mut names = BTreeSet::from([agent]);
        if let Some(declared) = self.agents.get(agent) {
            names.extend(declared.operator.as_deref());
            names.extend(declared.speakers.iter().map(String::as_str));
        }
        names
    }

    /// Seconds since the last sign of life.
    pub(super) fn silent_seconds(&self, agent: &str, now: u64) -> Option<u64> {
        let sign = self.agents.get(agent)?.sign?;
        Some(now.saturating_sub(sign) / SECOND_NS)
    }
}
