//! What stands in front of a report on its maker's word. Nothing of it is in the evidence, so it is no part of what a
//! report is named by, and nobody who recomputes a report can tell whether it is true.

use serde::{Deserialize, Serialize};

use crate::reports::inert::steers;

/// More than a line of a title page has.
pub const FRONT_MATTER_CHARS_MAX: usize = 200;

/// For whom, by whom and about what a report was made, as its maker says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrontMatter {
    /// Who operates the system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<String>,
    /// The system that the ledger is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    /// What the maker calls the period. Which records were read, the range says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<String>,
    /// Who made the report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_by: Option<String>,
    /// For whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_for: Option<String>,
}

/// Front matter that can't stand on a page.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrontMatterError {
    /// Nothing but space.
    #[error("{name} is empty; leave it out or say it")]
    Empty {
        /// Of what.
        name: &'static str,
    },
    /// A character that steers a terminal or a reader's eye, where a page would show an escape.
    #[error(
        "{name} has the character U+{:04X}, which steers a terminal or can't be seen; leave it out",
        u32::from(*character)
    )]
    Steers {
        /// Of what.
        name: &'static str,
        /// The first one.
        character: char,
    },
    /// Too long for a line of a title page.
    #[error("{name} has {found} characters, at most {FRONT_MATTER_CHARS_MAX} are allowed")]
    TooLong {
        /// Of what.
        name: &'static str,
        /// How many it has.
        found: usize,
    },
}

impl FrontMatter {
    /// What is said, each with its name for people, in the order of a title page.
    pub fn lines(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let Self {
            operator,
            system,
            period,
            made_by,
            made_for,
        } = self;
        [
            ("operator", operator),
            ("system", system),
            ("period", period),
            ("made by", made_by),
            ("made for", made_for),
        ]
        .into_iter()
        .filter_map(|(name, text)| Some((name, text.as_deref()?)))
    }

    /// Itself; none if nothing is said.
    ///
    /// # Errors
    /// If something that is said is empty or too long, or has a character that can't be shown as it is.
    pub fn checked(self) -> Result<Option<Self>, FrontMatterError> {
        for (name, text) in self.lines() {
            let found = text.chars().count();
            if text.trim().is_empty() {
                return Err(FrontMatterError::Empty { name });
            }
            if let Some(character) = text.chars().find(|c| steers(*c)) {
                return Err(FrontMatterError::Steers { name, character });
            }
            if found > FRONT_MATTER_CHARS_MAX {
                return Err(FrontMatterError::TooLong { name, found });
            }
        }
        let says_something = self.lines().next().is_some();
        Ok(says_something.then_some(self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by(made_by: &str) -> FrontMatter {
        FrontMatter {
            made_by: Some(made_by.to_owned()),
            ..FrontMatter::default()
        }
    }

    #[test]
    fn what_nobody_says_does_not_stand_there() {
        assert_eq!(FrontMatter::default().checked(), Ok(None));
        assert_eq!(by("me").checked(), Ok(Some(by("me"))));
        assert_eq!(by("me").lines().collect::<Vec<_>>(), [("made by", "me")]);
    }

    #[test]
    fn what_steers_a_terminal_is_refused_by_name() {
        let name = "made by";
        for character in [
            '\u{1b}', '\n', '\t', '\u{7f}', '\u{9b}', '\u{202e}', '\u{200b}',
        ] {
            let refused = by(&format!("mk{character}[2J")).checked();
            assert_eq!(refused, Err(FrontMatterError::Steers { name, character }));
        }
        assert_eq!(
            by("\u{1b}").checked().map_err(|error| error.to_string()),
            Err(
                "made by has the character U+001B, which steers a terminal or can't be seen; leave it out"
                    .to_owned()
            )
        );
        assert!(by("Größe & Söhne 株式会社").checked().is_ok());
    }

    #[test]
    fn a_line_is_neither_empty_nor_endless() {
        let name = "made by";
        assert_eq!(by(" ").checked(), Err(FrontMatterError::Empty { name }));
        let found = FRONT_MATTER_CHARS_MAX + 1;
        let long = by(&"x".repeat(found)).checked();
        assert_eq!(long, Err(FrontMatterError::TooLong { name, found }));
    }
}
