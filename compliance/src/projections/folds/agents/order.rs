//! The last order to an agent, and whose word an order is.

use serde::{Deserialize, Serialize};

use crate::projections::{pieces::Nanos, record::Record};

/// A halt, or its end on a human's word.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Order {
    pub(super) halted: bool,
    sequence: u64,
    time: Nanos,
}

impl Order {
    /// The order that this record gives.
    pub(super) fn of(halted: bool, record: &Record<'_>) -> Self {
        Self {
            halted,
            sequence: record.sequence(),
            time: Nanos(record.time()),
        }
    }
}

/// Whether an order comes from the agent itself, by its own name or as the one who sends it.
pub(super) fn is_own(by: &str, agent: &str, record: &Record<'_>) -> bool {
    let actor = record.actor();
    by == agent || actor == Some(agent)
}
