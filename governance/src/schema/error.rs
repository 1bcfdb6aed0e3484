//! Why a document is not a schema.

use crate::{
    limits::{SCHEMA_DEPTH_LEVELS_MAX, SCHEMA_NODES_MAX},
    pattern::PatternError,
    schema::node::DRAFT_07,
};

/// Why a document is not a schema of Draft-07.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    /// It says that it is of another draft.
    #[error("{path}: this is a schema of {draft}; write it in Draft-07 ({DRAFT_07})")]
    OtherDraft {
        /// Where.
        path: String,
        /// Which.
        draft: String,
    },
    /// A keyword has a value that it can't have.
    #[error("{path}: this must be {expected}")]
    Keyword {
        /// Where.
        path: String,
        /// What it must be.
        expected: &'static str,
    },
    /// A pattern is not taken.
    #[error("{path}: {error}")]
    Pattern {
        /// Where.
        path: String,
        /// Why.
        error: PatternError,
    },
    /// A reference that leads nowhere, or out of the schema.
    #[error("{path}: the reference {reference:?} leads to nothing inside this schema")]
    Reference {
        /// Where.
        path: String,
        /// Which.
        reference: String,
    },
    /// References that lead to each other and to nothing else.
    #[error("{path}: this reference leads back to itself")]
    Cycle {
        /// Where.
        path: String,
    },
    /// Too large.
    #[error(
        "the schema has more than {SCHEMA_NODES_MAX} schemas inside, or nests deeper than {SCHEMA_DEPTH_LEVELS_MAX} levels"
    )]
    TooLarge,
}

impl SchemaError {
    /// Where in the schema, as `$.properties.a`.
    pub fn path(&self) -> &str {
        match self {
            Self::OtherDraft { path, .. }
            | Self::Keyword { path, .. }
            | Self::Pattern { path, .. }
            | Self::Reference { path, .. }
            | Self::Cycle { path } => path,
            Self::TooLarge => "$",
        }
    }
}
