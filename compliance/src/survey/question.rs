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
    /// When the range ends for what folds say of its end; none for the time of the last record that counts. `until` is the
    /// end of a period that was over, `last` when the last record was recorded that was looked at: where not all of these
    /// count, the end must not go by what could be read of them.
    #[must_use]
    pub fn end_of_folds(&self, until: Option<u64>, last: Option<u64>) -> Option<u64> {
        let by_reading =
            matches!(self.asked, Asked::EventPeriod { .. }) || self.whose == Whose::OtherSystems;
        until.or(last.filter(|_| by_reading))
    }

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
