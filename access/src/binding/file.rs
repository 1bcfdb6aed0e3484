//! Bindings as the configuration file has them.
//!
//! ```toml
//! [[access]]
//! principals = ["unix:alice", "unix-group:staff"]
//! roles = ["writer"]
//! on = ["payments", "pay-*"]
//! sources = ["urn:shop:*"]
//! ```

use serde::Deserialize;
use toml::Spanned;

use super::Binding;
use crate::{
    limits::{BINDINGS_MAX, QUOTAS_MAX, SOURCES_MAX},
    principal::Principal,
    reach::Reach,
    role::Role,
    sources::SourcePattern,
};

/// One `[[access]]` of the configuration file, not checked yet: every principal of it has every role in every place.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    principals: Spanned<Vec<Spanned<String>>>,
    roles: Spanned<Vec<Spanned<String>>>,
    on: Spanned<Vec<Spanned<String>>>,
    #[serde(default)]
    sources: Option<Spanned<Vec<Spanned<String>>>>,
}

/// Why entries are refused: where, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// The text is not TOML, or holds keys that an entry has not.
    #[error("{problem}")]
    Malformed {
        /// Where and what.
        problem: String,
    },
    /// A value is not one of what it must be.
    #[error("line {line}: {field} {text:?}: {problem}")]
    Value {
        /// The line.
        line: u32,
        /// Which key.
        field: &'static str,
        /// What was written.
        text: String,
        /// What is wrong.
        problem: String,
    },
    /// A list says nothing.
    #[error(
        "line {line}: {field} is empty, so the entry binds nobody; name at least one, or remove the entry"
    )]
    Empty {
        /// The line.
        line: u32,
        /// Which key.
        field: &'static str,
    },
    /// A list says the same twice.
    #[error("line {line}: {field} has {text:?} twice")]
    Twice {
        /// The line.
        line: u32,
        /// Which key.
        field: &'static str,
        /// What.
        text: String,
    },
    /// Only writers have sources.
    #[error(
        "line {line}: sources are for the role writer alone; give the other roles an entry of their own"
    )]
    SourcesOfOthers {
        /// The line.
        line: u32,
    },
    /// Too many sources.
    #[error(
        "line {line}: {found} sources, at most {SOURCES_MAX} are allowed; a beginning that ends in '*' means many"
    )]
    Sources {
        /// The line.
        line: u32,
        /// How many.
        found: usize,
    },
    /// A quota that limits nothing.
    #[error("line {line}: the quota limits nothing; say events_per_day, bytes_per_day, or both")]
    QuotaOfNothing {
        /// The line.
        line: u32,
    },
    /// Too many quotas.
    #[error(
        "line {line}: more than {QUOTAS_MAX} quotas; let one name groups, or beginnings of names that end in '*'"
    )]
    Quotas {
        /// The line.
        line: u32,
    },
    /// Too many bindings.
    #[error(
        "line {line}: more than {BINDINGS_MAX} bindings; bind groups instead of users, or prefixes instead of ledgers"
    )]
    Bindings {
        /// The line.
        line: u32,
    },
}

/// The bindings of a text that holds `[[access]]` entries and nothing else.
pub fn parse(text: &str) -> Result<Vec<Binding>, FileError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        #[serde(default)]
        access: Vec<Entry>,
    }
    let file: File = toml::from_str(text).map_err(|error| FileError::Malformed {
        problem: error.to_string(),
    })?;
    bindings(&file.access, text)
}

/// The bindings that entries mean. `text` is the whole file that they were read from, for the numbers of lines.
pub fn bindings(entries: &[Entry], text: &str) -> Result<Vec<Binding>, FileError> {
    let mut found = Vec::new();
    for entry in entries {
        let line = Lines(text).of(&entry.principals);
        found.extend(entry.bindings(Lines(text), BINDINGS_MAX - found.len())?);
        if found.len() >= BINDINGS_MAX {
            return Err(FileError::Bindings { line });
        }
    }
    Ok(found)
}

impl Entry {
    fn bindings(&self, lines: Lines<'_>, room: usize) -> Result<Vec<Binding>, FileError> {
        let principals = lines.list("principals", &self.principals, Principal::parse)?;
        let reaches = lines.list("on", &self.on, Reach::parse)?;
        let roles = lines.list("roles", &self.roles, role)?;
        let sources = match &self.sources {
            Some(sources) => lines.list("sources", sources, SourcePattern::parse)?,
            None => Vec::new(),
        };
        if let Some(spanned) = &self.sources {
            let line = lines.of(spanned);
            if roles.iter().any(|role| *role != Role::Writer) {
                return Err(FileError::SourcesOfOthers { line });
            }
            if sources.len() > SOURCES_MAX {
                let found = sources.len();
                return Err(FileError::Sources { line, found });
            }
        }
        let line = lines.of(&self.principals);
        let mut bindings = Vec::new();
        for principal in &principals {
            for role in roles.iter().copied() {
                for reach in &reaches {
                    if bindings.len() >= room {
                        return Err(FileError::Bindings { line });
                    }
                    bindings.push(Binding {
                        principal: principal.clone(),
                        role,
                        reach: reach.clone(),
                        sources: sources.clone(),
                        line: Some(line),
                    });
                }
            }
        }
        Ok(bindings)
    }
}

fn role(name: &str) -> Result<Role, String> {
    Role::from_name(name).ok_or_else(|| {
        let names: Vec<_> = Role::ALL.iter().map(|role| role.name()).collect();
        format!("is not a role; the roles are {}", names.join(", "))
    })
}

/// The text of a file, to say where in it something stands.
#[derive(Clone, Copy)]
pub(crate) struct Lines<'a>(pub(crate) &'a str);

impl Lines<'_> {
    pub(crate) fn of<T>(self, spanned: &Spanned<T>) -> u32 {
        let before = self.0.as_bytes().iter().take(spanned.span().start);
        let lines = before.filter(|byte| **byte == b'\n').count();
        u32::try_from(lines + 1).unwrap_or(u32::MAX)
    }

    /// The values of a list, which is not empty and has none twice.
    pub(crate) fn list<T: PartialEq, E: ToString>(
        self,
        field: &'static str,
        list: &Spanned<Vec<Spanned<String>>>,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Result<Vec<T>, FileError> {
        if list.get_ref().is_empty() {
            let line = self.of(list);
            return Err(FileError::Empty { line, field });
        }
        let mut values = Vec::with_capacity(list.get_ref().len());
        for spanned in list.get_ref() {
            let (line, text) = (self.of(spanned), spanned.get_ref());
            let value = parse(text).map_err(|problem| FileError::Value {
                line,
                field,
                text: text.clone(),
                problem: problem.to_string(),
            })?;
            if values.contains(&value) {
                let text = text.clone();
                return Err(FileError::Twice { line, field, text });
            }
            values.push(value);
        }
        Ok(values)
    }
}

#[cfg(test)]
mod tests;
