//! Somebody who acts.

use std::collections::BTreeSet;

/// Somebody who acts, under all names that the transport found out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The principal's name first, then the others.
    pub names: Vec<String>,
    /// The groups that it is in.
    pub groups: Vec<String>,
    /// Whether it is a person, and no token or agent.
    pub is_person: bool,
    /// Whether it has the approver's role here.
    pub is_approver: bool,
}

impl Person {
    /// The principal's name.
    pub fn name(&self) -> &str {
        self.names.first().map_or("", String::as_str)
    }

    pub(super) fn is_any_of(&self, names: &BTreeSet<&str>) -> bool {
        self.names.iter().any(|name| names.contains(&**name))
    }

    /// Whether a name is its own, or that of a group that it is in.
    pub(super) fn is_or_is_in(&self, name: &str) -> bool {
        let mut all = self.names.iter().chain(&self.groups);
        all.any(|own| own == name)
    }

    pub(super) fn is_known_as(&self, name: Option<&str>) -> bool {
        name.is_some_and(|name| self.names.iter().any(|own| own == name))
    }
}
