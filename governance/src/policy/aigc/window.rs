//! The days on which a policy is in force.

use crate::day::Day;

/// The days on which a policy is in force, both included; UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Window {
    /// The first.
    pub from: Option<Day>,
    /// The last.
    pub to: Option<Day>,
}

impl Window {
    /// Whether a day is one of them.
    pub fn contains(&self, day: Day) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }
}
