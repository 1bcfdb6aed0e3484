//! The state as a whole.

use serde::{Deserialize, Serialize};

use crate::state::{
    accounts::Accounts, agents::Agents, approvals::Approvals, drift::Drift, halts::Halts,
    open::OpenDecisions, overrides::Overrides, proposals::Proposals, registry::Registry,
    retries::Retries, signers::Signers, windows::Windows,
};

/// Where a record stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Position {
    /// Its sequence number.
    pub sequence: u64,
    /// Its recorded time, in nanoseconds since 1970 UTC. It never goes back.
    pub time: u64,
}

/// The state after some records.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// The version of all rules that is in force.
    pub(super) semantics: u32,
    /// The last record that moved it.
    pub(super) last: Option<Position>,
    pub(super) registry: Registry,
    pub(super) agents: Agents,
    pub(super) halts: Halts,
    pub(super) accounts: Accounts,
    pub(super) open: OpenDecisions,
    pub(super) windows: Windows,
    pub(super) approvals: Approvals,
    pub(super) overrides: Overrides,
    pub(super) proposals: Proposals,
    // Left out where there is nothing, so that a state of version 1 keeps its bytes.
    #[serde(default, skip_serializing_if = "Drift::is_empty")]
    pub(super) drift: Drift,
    #[serde(default, skip_serializing_if = "Signers::is_empty")]
    pub(super) signers: Signers,
    #[serde(default, skip_serializing_if = "Retries::is_empty")]
    pub(super) retries: Retries,
}

impl State {
    /// The state before any record.
    pub fn new() -> Self {
        Self::default()
    }

    /// The last record that moved it.
    pub fn last(&self) -> Option<Position> {
        self.last
    }

    /// The version of all rules that is in force; 0: none yet, and nothing is decided.
    pub fn semantics(&self) -> u32 {
        self.semantics
    }
}
