//! Policies of the kind `gate`: scope, budgets, loops, rates, approvals, presence, prices.
//!
//! A document is YAML. Every part can be left out: what a policy does not speak of is not looked at. Unknown keys are
//! refused, and amounts of dollars are read from the digits as they are written.

mod read;
mod scope;

use std::collections::BTreeSet;

use crate::{
    claim::{LoopAction, OnExpiry, Unit},
    day::Period,
    digest::Digest,
    money::PriceTable,
    policy::{PolicyError, PolicyFault},
};

pub use scope::{Scope, ScopeRefusal};

/// For whom a rule counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Counted {
    /// For each agent.
    Agent,
    /// For each session.
    Session,
    /// For each principal.
    Principal,
    /// For each model.
    Model,
    /// For each tool.
    Tool,
    /// For each tool within a session.
    SessionTool,
    /// For each tool of an agent.
    AgentTool,
    /// For each act of an agent, by its digest.
    Act,
    /// For each value of a label.
    Label(String),
}

/// A cap on what is used in a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    /// Its name, once in a policy.
    pub name: String,
    /// For whom it counts.
    pub by: Counted,
    /// In what.
    pub unit: Unit,
    /// How much may be used.
    pub cap: u64,
    /// For how long use counts.
    pub period: Period,
    /// What becomes of a reservation that nobody settles.
    pub on_expiry: OnExpiry,
    /// For how many seconds a reservation is pending.
    pub seconds: u64,
}

/// A rule about repeated calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoopRule {
    /// Whose calls; none: cycles of a session.
    pub by: Option<Counted>,
    /// Seconds of the window.
    pub window_seconds: u64,
    /// Calls or turns that are no finding yet.
    pub max_calls: u32,
    /// What a finding does.
    pub action: LoopAction,
}

/// Decisions a minute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateRule {
    /// Whose.
    pub by: Counted,
    /// How many.
    pub per_minute: u32,
}

/// Which acts a human must grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approvals {
    /// The names of the acts; `*` is all.
    pub acts: BTreeSet<String>,
    /// How many people must grant one: one or two.
    pub people: u8,
    /// For how many seconds it can be granted and used.
    pub seconds: u64,
    /// The acts that may be granted in a batch.
    pub low_risk: BTreeSet<String>,
}

/// A policy of this kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatePolicy {
    /// The digest of its bytes.
    pub digest: Digest,
    /// The version that it says it has.
    pub version: String,
    /// What may be used at all.
    pub scope: Option<Scope>,
    /// Caps.
    pub budgets: Vec<Budget>,
    /// How old a session may be, in seconds.
    pub session_seconds: Option<u64>,
    /// Tokens of a request that does not say how many.
    pub default_max_tokens: Option<u64>,
    /// Loops.
    pub loops: Vec<LoopRule>,
    /// Rates.
    pub rates: Vec<RateRule>,
    /// Approvals.
    pub approvals: Option<Approvals>,
    /// Within how many seconds an agent must have given a sign of life.
    pub present_within_seconds: Option<u64>,
    /// What models cost.
    pub prices: PriceTable,
}

impl GatePolicy {
    /// Whether a human must grant an act.
    pub fn needs_approval(&self, act: &str) -> bool {
        let approvals = self.approvals.as_ref();
        approvals
            .is_some_and(|approvals| approvals.acts.contains(act) || approvals.acts.contains("*"))
    }
}

impl GatePolicy {
    /// What the policy names and nobody knows: tools and models, where somebody says which there are. `document` is the
    /// policy's own name.
    pub fn unknown_names(
        &self,
        document: &str,
        tools: Option<&BTreeSet<String>>,
        models: Option<&BTreeSet<String>>,
    ) -> Vec<PolicyError> {
        let unknown = |names: &BTreeSet<String>, known: Option<&BTreeSet<String>>, fault, what| {
            let missing = names
                .iter()
                .filter(|name| known.is_some_and(|known| !known.contains(*name)));
            let error = |name: &String| {
                let message = format!("there is no {what} {name:?}; is it misspelt?");
                PolicyError::new(fault, document, message)
            };
            missing.map(error).collect::<Vec<_>>()
        };
        let Some(scope) = &self.scope else {
            return Vec::new();
        };
        let tools = unknown(scope.tools(), tools, PolicyFault::UnknownTool, "tool");
        let models = unknown(scope.models(), models, PolicyFault::UnknownModel, "model");
        [tools, models].concat()
    }
}

#[cfg(test)]
mod tests;
