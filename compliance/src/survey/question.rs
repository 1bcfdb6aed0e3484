//! What is asked of a bundle.

use indelible_evidence::verify::{Scope, ScopeRecords};

use crate::reports::data::{Asked, View, Whose};

/// What is asked of a bundle.
#[derive(Clone, Copy, Debug)]
pub struct Question {
    /// Which records.
    pub asked: Asked,
    /// Whose.
    pub whose: Whose,
    /// Whether bodies are read.
    pub view: View,
    /// Whether the projections' rows are wanted.
    pub with_tables: bool,
    /// As of a tree of this size, whose records alone are folded; none means that of the bundle's checkpoint.
    pub as_of: Option<u64>,
}

impl Question {
    /// What must hold for exactly these records.
    pub(super) fn scope(&self) -> Scope {
        Scope {
            size: self.as_of,
            records: match self.asked {
                Asked::Whole => ScopeRecords::All,
                Asked::Records { from, to } => ScopeRecords::Sequences { from, to },
                Asked::Period { from, to } => ScopeRecords::Times { from, to },
                Asked::EventPeriod { records: None, .. } => ScopeRecords::All,
                Asked::EventPeriod {
                    records: Some((from, to)),
                    ..
                } => ScopeRecords::Sequences { from, to },
            },
        }
    }
}
