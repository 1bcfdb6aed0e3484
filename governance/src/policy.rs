//! Policies: documents, what is wrong with them, how they are composed, and their compiled form.

pub mod aegis;
pub mod aigc;
pub mod binding;
pub mod diff;
mod fault;
mod fields;
pub mod gate;

pub use fault::{PolicyError, PolicyFault};

use serde::{Deserialize, Serialize};

/// What kind of document a policy is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PolicyKind {
    /// AIGC's: roles, conditions, guards, tools, pre- and postconditions, an output schema, risk.
    Aigc,
    /// Scope, budgets, loops, rates, approvals, presence, prices.
    Gate,
    /// AEGIS': six gates over the figures of a proposal, drift, a rate.
    Aegis,
}

/// Whose rules hold where AIGC's have a hole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Compatibility {
    /// Ours: a guard, a child or a strategy can only restrict.
    #[default]
    #[serde(rename = "default")]
    Default,
    /// AIGC's, to the letter.
    #[serde(rename = "aigc-0.3")]
    Aigc03,
    /// Ours, and keys of a policy of AEGIS' kind that nobody knows mean nothing.
    #[serde(rename = "aegis")]
    Aegis,
}

impl Compatibility {
    /// Whether a guard, a child or a strategy of an AIGC policy can only restrict.
    pub(crate) fn only_restricts(self) -> bool {
        self != Self::Aigc03
    }
}
