//! Which sources a writer may append events of.

use std::fmt;

use crate::limits::SOURCE_BYTES_MAX;

/// A source, or the beginning of sources: one that ends in `/`, or in `*`, which is no part of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourcePattern {
    text: Box<str>,
    is_prefix: bool,
}

/// Why a text is no pattern of sources.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// Nothing.
    #[error("a source is empty; write a source, or a beginning that ends in '*' or '/'")]
    Empty,
    /// Too much.
    #[error("a source has at most {SOURCE_BYTES_MAX} bytes, this has {found}")]
    Length {
        /// How many.
        found: usize,
    },
    /// A star that is not at the end.
    #[error("a '*' stands at the end only")]
    Star,
    /// A character that may look like another, or like nothing.
    #[error(
        "it holds {found:?}; only printable ASCII without space is allowed, so that no two look alike"
    )]
    Character {
        /// The first such character.
        found: char,
    },
}

impl SourcePattern {
    /// The pattern that a text is.
    pub fn parse(text: &str) -> Result<Self, SourceError> {
        if text.is_empty() {
            return Err(SourceError::Empty);
        }
        let (text, is_prefix) = match text.strip_suffix('*') {
            Some(prefix) => (prefix, true),
            None => (text, text.ends_with('/')),
        };
        if text.len() > SOURCE_BYTES_MAX {
            return Err(SourceError::Length { found: text.len() });
        }
        if text.contains('*') {
            return Err(SourceError::Star);
        }
        if let Some(found) = text.chars().find(|c| !c.is_ascii_graphic()) {
            return Err(SourceError::Character { found });
        }
        Ok(Self {
            text: text.into(),
            is_prefix,
        })
    }

    /// Whether an event of this source is meant.
    pub fn covers(&self, source: &str) -> bool {
        if self.is_prefix {
            source.starts_with(&*self.text)
        } else {
            *self.text == *source
        }
    }

    /// Whether every source that the other means is meant.
    pub fn covers_pattern(&self, other: &Self) -> bool {
        match (self.is_prefix, other.is_prefix) {
            (false, true) => false,
            _ => self.covers(&other.text),
        }
    }

    /// The text without the star, and whether it is a beginning.
    pub(crate) fn parts(&self) -> (&str, bool) {
        (&self.text, self.is_prefix)
    }

    /// Whether it means every source.
    pub fn is_everything(&self) -> bool {
        self.is_prefix && self.text.is_empty()
    }
}

impl fmt::Display for SourcePattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)?;
        if self.is_prefix && !self.text.ends_with('/') {
            formatter.write_str("*")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> SourcePattern {
        SourcePattern::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn a_source_is_itself_and_a_beginning_what_begins_with_it() {
        for (text, source, covers) in [
            ("urn:a", "urn:a", true),
            ("urn:a", "urn:ab", false),
            ("urn:a", "urn:A", false),
            ("urn:a*", "urn:ab", true),
            ("urn:a*", "urn:b", false),
            ("/svc/", "/svc/a", true),
            ("/svc/", "/svc", false),
            ("/svc/", "/svcx", false),
            ("*", "", true),
            ("urn:a", "urn:а", false),
        ] {
            assert_eq!(pattern(text).covers(source), covers, "{text} {source}");
        }
        assert!(pattern("*").is_everything() && !pattern("a*").is_everything());
        assert!(pattern("a*").covers_pattern(&pattern("ab*")));
        assert!(pattern("a*").covers_pattern(&pattern("a")));
        assert!(!pattern("a").covers_pattern(&pattern("a*")));
    }

    #[test]
    fn the_text_leads_back_and_look_alikes_are_refused() {
        for text in ["urn:a", "urn:a*", "/svc/", "*"] {
            assert_eq!(pattern(text).to_string(), text);
        }
        for text in ["", "a*b", "urn:а", "a b", "a\n", "a\u{202e}"] {
            assert!(SourcePattern::parse(text).is_err(), "{text:?}");
        }
        assert!(SourcePattern::parse(&"a".repeat(SOURCE_BYTES_MAX + 1)).is_err());
    }
}
