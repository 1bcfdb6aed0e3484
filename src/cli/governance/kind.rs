//! The kinds of policies.

use clap::ValueEnum;
use indelible_proto::v1::PolicyKind;

/// What kind of document a policy is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// AIGC's: roles, conditions, guards, tools, pre- and postconditions, a schema, risk
    Aigc,
    /// Scope, budgets, loops, rates, approvals, presence, prices
    Gate,
    /// AEGIS': six gates over the figures of a proposal, drift, a rate
    Aegis,
}

impl From<Kind> for PolicyKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Aigc => Self::Aigc,
            Kind::Gate => Self::Gate,
            Kind::Aegis => Self::Aegis,
        }
    }
}
