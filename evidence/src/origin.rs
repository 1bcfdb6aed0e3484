//! The names of ledgers: the short one and the origin that stands in every statement.

use std::fmt;

use crate::hash::Hex;
use crate::limits::{LEDGER_NAME_BYTES_MAX, ORIGIN_BYTES_MAX};

/// The bytes of the random suffix of an origin.
const SUFFIX_BYTES: usize = 6;

/// The name of the store's own ledger, in which the daemon records what its operators do.
pub const SYSTEM_LEDGER: &str = "_system";

/// What stands in an origin for that name. No segment for a ledger's name begins with `_`, so the name is the last segment
/// of the prefix, and a fixed one stands in its place.
const SYSTEM_SEGMENT: &str = "log";

/// Beginnings that signed statements use, so no origin may.
const RESERVED_PREFIXES: [&str; 2] = ["indelible/", "cosignature/"];

/// Why a text is not the name of a ledger.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing, or too much.
    #[error("the name has {found} bytes, 1 to {LEDGER_NAME_BYTES_MAX} are allowed")]
    Length {
        /// How long it is.
        found: usize,
    },
    /// A character that names don't have.
    #[error("the name holds {found:?}; only a-z, 0-9, '.', '_' and '-' are allowed")]
    Character {
        /// The first such character.
        found: char,
    },
    /// The first character is not a letter or digit.
    #[error("the name must begin with a letter or digit")]
    Beginning,
}

/// Why a text is not an origin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OriginError {
    /// Too long.
    #[error("the origin has {found} bytes, at most {ORIGIN_BYTES_MAX} are allowed")]
    Length {
        /// How long it is.
        found: usize,
    },
    /// A character that origins don't have.
    #[error(
        "the origin holds {found:?}; only printable ASCII without space, '+' and '#' is allowed"
    )]
    Character {
        /// The first such character.
        found: char,
    },
    /// Two slashes in a row, or one at an end.
    #[error("a path segment of the origin is empty")]
    EmptySegment,
    /// It begins like a signed statement.
    #[error("an origin must not begin with `{prefix}`")]
    Reserved {
        /// The beginning.
        prefix: &'static str,
    },
    /// Fewer than three segments.
    #[error("an origin is <prefix>/<name>/<suffix>")]
    Segments,
    /// The last segment is not 12 lower-case hexadecimal digits.
    #[error("an origin ends with 12 lower-case hexadecimal digits")]
    Suffix,
    /// The segment before the last is not the name of a ledger.
    #[error("the origin's name is not valid")]
    Name(#[from] NameError),
}

/// The name of a ledger: 1 to 64 of `a-z 0-9 . _ -`, beginning with a letter or digit; or [`SYSTEM_LEDGER`], which no text
/// of a client becomes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LedgerName(String);

impl LedgerName {
    /// Checks a name.
    pub fn parse(name: &str) -> Result<Self, NameError> {
        check_name(name)?;
        Ok(Self(name.to_owned()))
    }

    /// The name of the store's own ledger.
    pub fn system() -> Self {
        Self(SYSTEM_LEDGER.to_owned())
    }

    /// Checks a name as a store keeps it: the store's own ledger is there, too.
    pub fn parse_stored(name: &str) -> Result<Self, NameError> {
        match name {
            SYSTEM_LEDGER => Ok(Self::system()),
            name => Self::parse(name),
        }
    }

    /// Whether it is the store's own ledger.
    pub fn is_system(&self) -> bool {
        self.0 == SYSTEM_LEDGER
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LedgerName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

fn check_name(name: &str) -> Result<(), NameError> {
    if name.is_empty() || name.len() > LEDGER_NAME_BYTES_MAX {
        return Err(NameError::Length { found: name.len() });
    }
    let allowed = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '.' | '_' | '-');
    if let Some(found) = name.chars().find(|&character| !allowed(character)) {
        return Err(NameError::Character { found });
    }
    if name.starts_with(['.', '_', '-']) {
        return Err(NameError::Beginning);
    }
    Ok(())
}

/// The identity of a log: `<prefix>/<name>/<suffix>`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin(String);

impl Origin {
    /// Checks an origin.
    pub fn parse(text: &str) -> Result<Self, OriginError> {
        if text.len() > ORIGIN_BYTES_MAX {
            return Err(OriginError::Length { found: text.len() });
        }
        let allowed = |c: char| c.is_ascii_graphic() && c != '+' && c != '#';
        if let Some(found) = text.chars().find(|&character| !allowed(character)) {
            return Err(OriginError::Character { found });
        }
        if text.split('/').any(str::is_empty) {
            return Err(OriginError::EmptySegment);
        }
        if let Some(prefix) = RESERVED_PREFIXES.into_iter().find(|&p| text.starts_with(p)) {
            return Err(OriginError::Reserved { prefix });
        }
        let (rest, suffix) = text.rsplit_once('/').ok_or(OriginError::Segments)?;
        let (_, name) = rest.rsplit_once('/').ok_or(OriginError::Segments)?;
        let hexadecimal = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if suffix.len() != 2 * SUFFIX_BYTES || !suffix.bytes().all(hexadecimal) {
            return Err(OriginError::Suffix);
        }
        check_name(name)?;
        Ok(Self(text.to_owned()))
    }

    /// Composes an origin from the operator's prefix, the ledger's name and random bytes.
    pub fn compose(
        prefix: &str,
        name: &LedgerName,
        suffix: [u8; SUFFIX_BYTES],
    ) -> Result<Self, OriginError> {
        let suffix = Hex(&suffix);
        Self::parse(&match name.is_system() {
            true => format!("{prefix}/{name}/{SYSTEM_SEGMENT}/{suffix}"),
            false => format!("{prefix}/{name}/{suffix}"),
        })
    }

    /// The ledger's name within the origin. The store's own ledger has its name from the last segment of the prefix, before
    /// the fixed one.
    pub fn name(&self) -> &str {
        let mut segments = self.0.rsplit('/').skip(1);
        match (segments.next(), segments.next()) {
            (Some(SYSTEM_SEGMENT), Some(SYSTEM_LEDGER)) => SYSTEM_LEDGER,
            (name, _) => name.unwrap_or_default(),
        }
    }

    /// What the operator's origins begin with: all before the name.
    pub fn prefix(&self) -> &str {
        let segments = match self.name() == SYSTEM_LEDGER {
            true => 3,
            false => 2,
        };
        let end = self.0.rmatch_indices('/').nth(segments - 1);
        end.map_or("", |(end, _)| &self.0[..end])
    }

    /// The same, as a name.
    pub fn ledger(&self) -> LedgerName {
        LedgerName(self.name().to_owned())
    }

    /// The origin as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_composed_and_parsed() {
        let name = LedgerName::parse("payments.eu-1").unwrap();
        let origin = Origin::compose("audit.example.com/prod", &name, [0, 1, 2, 0xab, 0xcd, 0xef]);
        let origin = origin.unwrap();
        assert_eq!(
            origin.as_str(),
            "audit.example.com/prod/payments.eu-1/000102abcdef"
        );
        assert_eq!(origin.name(), "payments.eu-1");
        assert_eq!(origin.prefix(), "audit.example.com/prod");
        assert_eq!(Origin::parse(origin.as_str()), Ok(origin));
        let system = Origin::compose("audit.example.com/prod", &LedgerName::system(), [0; 6]);
        assert_eq!(system.unwrap().prefix(), "audit.example.com/prod");
    }

    #[test]
    fn bad_names_are_refused() {
        assert_eq!(LedgerName::parse(""), Err(NameError::Length { found: 0 }));
        assert_eq!(
            LedgerName::parse(&"a".repeat(65)),
            Err(NameError::Length { found: 65 })
        );
        assert_eq!(
            LedgerName::parse("a/b"),
            Err(NameError::Character { found: '/' })
        );
        assert_eq!(
            LedgerName::parse("Aa"),
            Err(NameError::Character { found: 'A' })
        );
        assert_eq!(LedgerName::parse(".a"), Err(NameError::Beginning));
        assert!(LedgerName::parse(&"a".repeat(64)).is_ok());
    }

    #[test]
    fn the_stores_own_ledger_has_an_origin_like_others_and_a_name_that_no_text_becomes() {
        let system = LedgerName::system();
        assert!(system.is_system() && system.as_str() == "_system");
        for text in [
            "_system",
            "_",
            "_systen",
            "__system",
            "_System",
            "\u{ff3f}system",
            "_system ",
        ] {
            assert!(LedgerName::parse(text).is_err(), "{text}");
        }
        assert_eq!(LedgerName::parse_stored("_system").as_ref(), Ok(&system));
        assert_eq!(
            LedgerName::parse_stored("_other"),
            Err(NameError::Beginning)
        );
        let origin = Origin::compose("audit.example.com/prod", &system, [0, 1, 2, 3, 4, 5]);
        let origin = origin.unwrap();
        assert_eq!(
            origin.as_str(),
            "audit.example.com/prod/_system/log/000102030405"
        );
        assert_eq!((origin.name(), origin.ledger()), ("_system", system));
        for (text, name) in [
            ("a/_systems/log/000102030405", "log"),
            ("a/_system/logs/000102030405", "logs"),
            ("a/_system/b/log/000102030405", "log"),
        ] {
            assert_eq!(Origin::parse(text).unwrap().name(), name, "{text}");
        }
        assert!(Origin::parse("a/_system/000102030405").is_err());
    }

    #[test]
    fn bad_origins_are_refused() {
        for (text, error) in [
            ("a/b c/000102abcdef", OriginError::Character { found: ' ' }),
            ("a/b+/000102abcdef", OriginError::Character { found: '+' }),
            ("a#1/b/000102abcdef", OriginError::Character { found: '#' }),
            ("é/b/000102abcdef", OriginError::Character { found: 'é' }),
            ("a//b/000102abcdef", OriginError::EmptySegment),
            ("/a/b/000102abcdef", OriginError::EmptySegment),
            ("a/b/000102abcdef/", OriginError::EmptySegment),
            ("", OriginError::EmptySegment),
            (
                "indelible/b/000102abcdef",
                OriginError::Reserved {
                    prefix: "indelible/",
                },
            ),
            (
                "cosignature/b/000102abcdef",
                OriginError::Reserved {
                    prefix: "cosignature/",
                },
            ),
            ("b/000102abcdef", OriginError::Segments),
            ("000102abcdef", OriginError::Segments),
            ("a/b/000102ABCDEF", OriginError::Suffix),
            ("a/b/000102abcde", OriginError::Suffix),
            ("a/-b/000102abcdef", OriginError::Name(NameError::Beginning)),
        ] {
            assert_eq!(Origin::parse(text), Err(error), "{text}");
        }
        let long = format!("{}/b/000102abcdef", "a".repeat(185));
        assert_eq!(long.len(), 200);
        assert!(Origin::parse(&long).is_ok());
        assert_eq!(
            Origin::parse(&format!("a{long}")),
            Err(OriginError::Length { found: 201 })
        );
        assert!(Origin::parse("indelible.example/b/000102abcdef").is_ok());
    }
}
