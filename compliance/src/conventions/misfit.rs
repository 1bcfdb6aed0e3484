//! Why an event does not fit its type.

use std::fmt;

/// Which part of an event of a known type is wrong, and how. It holds no word of the client's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{event_type}: {place} {problem}")]
pub struct Misfit {
    /// The type.
    pub event_type: &'static str,
    /// The part.
    pub place: Place,
    /// What is wrong with it.
    pub problem: Problem,
}

/// A part of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A fact.
    Fact(&'static str),
    /// One of the facts whose names begin so.
    FactsOf(&'static str),
    /// An attribute.
    Attribute(&'static str),
    /// The digest of a component.
    Digest(&'static str),
}

/// What is wrong with a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// It must be there, and is not.
    Missing,
    /// It is not text.
    NotText,
    /// It is not an unsigned integer.
    NotUint,
    /// It is not a truth value.
    NotBoolean,
    /// It is not a decimal of at most nine digits before the point and six after it.
    NotDecimal,
    /// It is not such a decimal, or is below zero.
    NotAmount,
    /// It is not one of the words of a closed vocabulary.
    NotAmong(&'static [&'static str]),
}

impl Misfit {
    /// A misfit of an event of this type.
    #[cold]
    pub fn new(event_type: &'static str, place: Place, problem: Problem) -> Self {
        Self {
            event_type,
            place,
            problem,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fact(name) => write!(formatter, "fact {name}"),
            Self::FactsOf(prefix) => write!(formatter, "a fact {prefix}*"),
            Self::Attribute(name) => write!(formatter, "attribute {name}"),
            Self::Digest(component) => write!(formatter, "digest of {component}"),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => formatter.write_str("is missing"),
            Self::NotText => formatter.write_str("is not text"),
            Self::NotUint => formatter.write_str("is not an unsigned integer of at most 9223372036854775807"),
            Self::NotBoolean => formatter.write_str("is not a truth value"),
            Self::NotDecimal => formatter
                .write_str("is not a decimal with at most nine digits before the point and six after it"),
            Self::NotAmount => formatter.write_str(
                "is not a decimal from zero on, with at most nine digits before the point and six after it",
            ),
            Self::NotAmong(words) => write!(formatter, "is not one of {}", words.join(", ")),
        }
    }
}
