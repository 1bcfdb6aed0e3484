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
