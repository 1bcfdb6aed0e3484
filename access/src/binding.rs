//! Bindings: who has which role where.

pub(crate) mod file;

use std::fmt;

use crate::{principal::Principal, reach::Reach, role::Role, sources::SourcePattern};

/// One principal or group has one role in one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// Who.
    pub principal: Principal,
    /// Which role.
    pub role: Role,
    /// Where.
    pub reach: Reach,
    /// The sources whose events a writer may append. Empty: all of them.
    pub sources: Vec<SourcePattern>,
    /// The line of the configuration file that says so.
    pub line: Option<u32>,
}

impl Binding {
    /// A binding that no file says.
    pub fn new(principal: Principal, role: Role, reach: Reach) -> Self {
        Self {
            principal,
            role,
            reach,
            sources: Vec::new(),
            line: None,
        }
    }

    /// The bindings of a fresh store: root and the daemon's own user administer it, and nobody else has anything.
    pub fn of_a_fresh_store(daemon_uid: u32) -> Vec<Self> {
        let mut uids = vec![0, daemon_uid];
        uids.dedup();
        let administrator = |uid| {
            // A user that may be anybody administers nothing.
            let principal = Principal::unix_user(uid).ok()?;
            Some(Self::new(principal, Role::Administrator, Reach::Store))
        };
        uids.into_iter().filter_map(administrator).collect()
    }

    /// Every role on the store, for a daemon that asks nobody who they are.
    pub fn everything(principal: &Principal) -> Vec<Self> {
        let bind = |role: &Role| Self::new(principal.clone(), *role, Reach::Store);
        Role::ALL.iter().map(bind).collect()
    }
}

impl fmt::Display for Binding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            principal,
            role,
            reach,
            ..
        } = self;
        write!(formatter, "{principal} is {} on {reach}", role.name())?;
        for (at, source) in self.sources.iter().enumerate() {
            let before = if at == 0 { " for " } else { ", " };
            write!(formatter, "{before}{source}")?;
        }
        match self.line {
            Some(line) => write!(formatter, " (line {line})"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fresh_store_has_two_administrators_and_nobody_else() {
        let said = |uid| -> Vec<String> {
            let bindings = Binding::of_a_fresh_store(uid);
            bindings.iter().map(Binding::to_string).collect()
        };
        let root = "unix:#0 is administrator on @store";
        assert_eq!(said(998), [root, "unix:#998 is administrator on @store"]);
        assert_eq!(said(0), [root]);
        assert_eq!(said(65_534), [root]);
    }
}
