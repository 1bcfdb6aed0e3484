//! Why a record is not an event.

use std::fmt;

/// Why a record is not an event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MapError {
    /// The text is not JSON.
    #[error("not JSON: {problem}")]
    NotJson {
        /// What the parser says.
        problem: String,
    },
    /// There is more of it than is read of one document.
    #[error(
        "the document has {bytes} bytes, and at most {bytes_max} are read of one: divide it into smaller ones"
    )]
    TooLong {
        /// How many it has.
        bytes: u64,
        /// How many one may have.
        bytes_max: u64,
    },
    /// The JSON is not an object.
    #[error("not a JSON object")]
    NotAnObject,
    /// A field is there twice, so that readers could differ on its value.
    #[error("field {field} occurs twice")]
    Duplicate {
        /// Its name.
        field: String,
    },
    /// A required field is not there, or empty.
    #[error("field {field} is missing")]
    Missing {
        /// Its name.
        field: String,
    },
    /// A field is of another type than it must be.
    #[error("field {field} is not {expected}")]
    WrongType {
        /// Its name.
        field: String,
        /// What it must be.
        expected: &'static str,
    },
    /// A text has half of a character in it, which no text can hold.
    #[error(
        "field {field} has a lone surrogate at byte {byte}: half of a character, as a cut in UTF-16 leaves it; no text can hold it"
    )]
    LoneSurrogate {
        /// Its name.
        field: String,
        /// Where it begins in the record, from 1; in a text that holds JSON, where it begins in that.
        byte: usize,
    },
    /// A field has a value that can't be used.
    #[error("field {field}: {problem}")]
    Invalid {
        /// Its name.
        field: String,
        /// What is wrong with it.
        problem: String,
    },
}

impl MapError {
    /// The same of a member of an object, with the object's name before its own.
    pub(crate) fn within(self, object: &str) -> Self {
        match self {
            Self::Invalid { field, problem } => Self::Invalid {
                field: format!("{object}.{field}"),
                problem,
            },
            other => other,
        }
    }

    pub(crate) fn missing(field: impl Into<String>) -> Self {
        Self::Missing {
            field: field.into(),
        }
    }

    pub(crate) fn wrong_type(field: impl Into<String>, expected: &'static str) -> Self {
        Self::WrongType {
            field: field.into(),
            expected,
        }
    }

    pub(crate) fn invalid(field: impl Into<String>, problem: impl fmt::Display) -> Self {
        Self::Invalid {
            field: field.into(),
            problem: problem.to_string(),
        }
    }
}
