//! Places in a document, and what is wrong there.

use std::fmt;

use crate::limits::POLICY_DOCUMENT_BYTES_MAX;

/// Where in a document something stands; both are counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Place {
    /// The line.
    pub line: u32,
    /// The column, in characters.
    pub column: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}, column {}", self.line, self.column)
    }
}

/// Why a document is not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum YamlError {
    /// Too long.
    #[error("the document has {found} bytes, at most {POLICY_DOCUMENT_BYTES_MAX} are allowed")]
    TooLong {
        /// How long it is.
        found: usize,
    },
    /// Not UTF-8.
    #[error("the document is not UTF-8 at byte {at}")]
    NotUtf8 {
        /// Where, from 1.
        at: usize,
    },
    /// Not YAML, or YAML that is not taken.
    #[error("{place}: {problem}")]
    At {
        /// Where.
        place: Place,
        /// What is wrong.
        problem: String,
    },
}

impl YamlError {
    pub(super) fn at(place: Place, problem: impl Into<String>) -> Self {
        let problem = problem.into();
        Self::At { place, problem }
    }
}
