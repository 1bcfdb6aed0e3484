//! Where a binding holds: one ledger, the ledgers of a prefix, or the store.

use std::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
    ops::Deref,
};

use crate::limits::LEDGER_NAME_BYTES_MAX;

/// How the store is written where a ledger could stand. No ledger's name holds an `@`.
const STORE: &str = "@store";

/// Where a binding holds. Ledgers are matched by their names, never by their origins.
///
/// A ledger of the store itself, whose name begins with `_`, is covered by its own name, by a prefix that begins with
/// `_`, and by the store; never by `*`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reach {
    /// The ledger of this name.
    Ledger(Box<str>),
    /// The ledgers whose names begin with this.
    Prefix(Prefix),
    /// Every ledger, and what is of the store as a whole.
    Store,
}

/// How names begin, without the `*`, with the `/`. Two are the same however they were written, and each is shown as it
/// was: `tills/` or `tills/*`.
#[derive(Debug, Clone)]
pub struct Prefix {
    written: Box<str>,
}

impl Deref for Prefix {
    type Target = str;

    fn deref(&self) -> &str {
        self.written.strip_suffix('*').unwrap_or(&self.written)
    }
}

impl PartialEq for Prefix {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Prefix {}

impl PartialOrd for Prefix {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Prefix {
    fn cmp(&self, other: &Self) -> Ordering {
        (**self).cmp(&**other)
    }
}

impl Hash for Prefix {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

/// Why a text names no place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReachError {
    /// Nothing.
    #[error(
        "the name of a ledger is empty; write a name, a prefix that ends in '*' or '/', or {STORE}"
    )]
    Empty,
    /// Too much.
    #[error("a ledger's name has at most {LEDGER_NAME_BYTES_MAX} bytes, this has {found}")]
    Length {
        /// How many.
        found: usize,
    },
    /// A star that is not at the end.
    #[error("a '*' stands at the end only: a prefix has no other pattern in it")]
    Star,
    /// A character that names don't have.
    #[error(
        "it holds {found:?}; only a-z, 0-9, '.', '_', '-' and '/' are allowed, and a '*' at the end (or write {STORE})"
    )]
    Character {
        /// The first such character.
        found: char,
    },
    /// No name begins so.
    #[error("no ledger's name begins with {found:?}; it must begin with a letter, a digit or '_'")]
    Beginning {
        /// The first character.
        found: char,
    },
}

/// Whether a ledger is the store's own, which no client names.
pub(crate) fn is_of_the_store(name: &str) -> bool {
    name.starts_with('_')
}

impl Reach {
    /// What the names begin with that it covers; none if it is the store.
    pub(crate) fn beginning(&self) -> Option<&str> {
        match self {
            Self::Ledger(name) => Some(name),
            Self::Prefix(prefix) => Some(prefix),
            Self::Store => None,
        }
    }

    /// The place that a text names: a ledger, a prefix that ends in `*` or `/`, or `@store`.
    pub fn parse(text: &str) -> Result<Self, ReachError> {
        if text == STORE {
            return Ok(Self::Store);
        }
        if text.is_empty() {
            return Err(ReachError::Empty);
        }
        let (name, is_prefix) = match text.strip_suffix('*') {
            Some(prefix) => (prefix, true),
            None => (text, text.ends_with('/')),
        };
        if name.len() > LEDGER_NAME_BYTES_MAX {
            return Err(ReachError::Length { found: name.len() });
        }
        if name.contains('*') {
            return Err(ReachError::Star);
        }
        let allowed = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '.' | '_' | '-' | '/');
        if let Some(found) = name.chars().find(|&character| !allowed(character)) {
            return Err(ReachError::Character { found });
        }
        if let Some(found) = name.chars().next().filter(|c| matches!(c, '.' | '-' | '/')) {
            return Err(ReachError::Beginning { found });
        }
        Ok(if is_prefix {
            Self::Prefix(Prefix {
                written: text.into(),
            })
        } else {
            Self::Ledger(name.into())
        })
    }

    /// Whether a ledger is within it.
    pub fn covers_ledger(&self, name: &str) -> bool {
        match self {
            Self::Ledger(own) => **own == *name,
            Self::Prefix(prefix) => {
                name.starts_with(&**prefix) && (!is_of_the_store(name) || is_of_the_store(prefix))
            }
            Self::Store => true,
        }
    }

    /// Whether everything within the other is within this one.
    pub fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Store, _) => true,
            (_, Self::Store) => false,
            (own, Self::Ledger(name)) => own.covers_ledger(name),
            (Self::Prefix(_), Self::Prefix(prefix)) => self.covers_ledger(prefix),
            (Self::Ledger(_), Self::Prefix(_)) => false,
        }
    }
}

impl fmt::Display for Reach {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ledger(name) => formatter.write_str(name),
            Self::Prefix(prefix) => formatter.write_str(&prefix.written),
            Self::Store => formatter.write_str(STORE),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach(text: &str) -> Reach {
        Reach::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn a_name_covers_itself_alone_and_a_prefix_what_begins_with_it() {
        for (text, name, covers) in [
            ("pay", "pay", true),
            ("pay", "payments", false),
            ("pay", "pa", false),
            ("pay*", "pay", true),
            ("pay*", "payments", true),
            ("pay*", "pa", false),
            ("pay*", "xpay", false),
            ("a/", "a", false),
            ("a/", "a/b", true),
            ("a/", "ab", false),
            ("a", "a/b", false),
            ("*", "pay", true),
            ("*", "", true),
            ("pay", "", false),
            ("pay*", "Pay", false),
            ("pay*", "рay", false),
            ("pay", "pay\0", false),
            ("pay", "pay ", false),
            ("@store", "pay", true),
        ] {
            assert_eq!(reach(text).covers_ledger(name), covers, "{text} {name}");
        }
    }

    #[test]
    fn the_store_s_own_ledgers_are_not_among_all() {
        for (text, covers) in [
            ("*", false),
            ("_system", true),
            ("_*", true),
            ("_sys*", true),
            ("@store", true),
            ("system", false),
            ("s*", false),
        ] {
            assert_eq!(reach(text).covers_ledger("_system"), covers, "{text}");
        }
        assert!(!reach("*").covers(&reach("_system")));
        assert!(!reach("*").covers(&reach("_*")));
        assert!(!reach("_*").covers(&reach("*")));
    }

    #[test]
    fn what_covers_what() {
        let wider = [
            ("@store", "@store"),
            ("@store", "*"),
            ("@store", "_system"),
            ("*", "*"),
            ("*", "pay*"),
            ("*", "pay"),
            ("pay*", "payments*"),
            ("pay*", "pay"),
            ("pay", "pay"),
        ];
        for (wide, narrow) in wider {
            assert!(reach(wide).covers(&reach(narrow)), "{wide} {narrow}");
            if wide != narrow {
                assert!(!reach(narrow).covers(&reach(wide)), "{narrow} {wide}");
            }
        }
        assert!(!reach("a/").covers(&reach("a*")));
        assert!(reach("a*").covers(&reach("a/")));
    }

    #[test]
    fn the_text_leads_back_and_what_names_nothing_is_refused() {
        for text in [
            "pay", "pay*", "a/", "a/*", "*", "@store", "_system", "_*", "0.x-y_z",
        ] {
            assert_eq!(reach(text).to_string(), text);
        }
        assert_eq!(reach("a/*"), reach("a/"));
        for (text, error) in [
            ("", ReachError::Empty),
            ("p*y", ReachError::Star),
            ("**", ReachError::Star),
            ("Pay", ReachError::Character { found: 'P' }),
            ("рay*", ReachError::Character { found: 'р' }),
            ("pay\u{200b}", ReachError::Character { found: '\u{200b}' }),
            ("pay?", ReachError::Character { found: '?' }),
            (" *", ReachError::Character { found: ' ' }),
            ("@Store", ReachError::Character { found: '@' }),
            ("-*", ReachError::Beginning { found: '-' }),
            ("/", ReachError::Beginning { found: '/' }),
        ] {
            assert_eq!(Reach::parse(text), Err(error), "{text}");
        }
        let long = "a".repeat(LEDGER_NAME_BYTES_MAX);
        assert!(Reach::parse(&long).is_ok() && Reach::parse(&format!("{long}*")).is_ok());
        assert!(Reach::parse(&format!("{long}a")).is_err());
    }
}
