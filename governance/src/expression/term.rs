//! What an expression is made of.

use crate::json::Value;

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Expression {
    pub(super) source: String,
    pub(super) root: Term,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Term {
    Any(Vec<Term>),
    All(Vec<Term>),
    Not(Box<Term>),
    Compare {
        name: String,
        operator: Operator,
        with: Literal,
    },
    In {
        element: String,
        name: String,
    },
    Condition(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Less,
    Greater,
    AtMost,
    AtLeast,
}

/// What stands on the right of an operator.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Literal(pub(super) Value);

/// Why an expression is not read, or comes to nothing. The words are AIGC's, which its users search for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExpressionError {
    /// There is nothing.
    #[error("Empty guard condition expression")]
    Empty,
    /// It ends too early.
    #[error("Unexpected end of guard expression: '{source_text}'")]
    End {
        /// The whole of it.
        source_text: String,
    },
    /// Something is where it can't be.
    #[error("Unexpected token '{token}' in guard expression: '{source_text}'")]
    Token {
        /// What.
        token: String,
        /// The whole of it.
        source_text: String,
    },
    /// It goes on after its end.
    #[error("Unexpected tokens after expression: [{tokens}] in '{source_text}'")]
    Rest {
        /// What, as Python lists it.
        tokens: String,
        /// The whole of it.
        source_text: String,
    },
    /// Too long, or nested too deep.
    #[error(
        "the guard expression is longer than {} bytes or nests deeper than {} levels",
        crate::limits::GUARD_EXPRESSION_BYTES_MAX,
        crate::limits::GUARD_NESTING_LEVELS_MAX
    )]
    TooLarge,
    /// A condition that has no value.
    #[error("Unknown condition in guard expression: {name}")]
    Unknown {
        /// Which.
        name: String,
    },
    /// Two values without an order.
    #[error("Cannot compare non-numeric values: {left} {operator} {right}")]
    NotNumeric {
        /// The one, as Python writes it.
        left: String,
        /// How they should be compared.
        operator: &'static str,
        /// The other.
        right: String,
    },
}

impl Expression {
    /// Its text.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The names that stand alone, and so must be declared conditions.
    pub fn conditions(&self) -> Vec<&str> {
        let mut found = Vec::new();
        collect(&self.root, &mut found);
        found
    }
}

fn collect<'a>(term: &'a Term, found: &mut Vec<&'a str>) {
    match term {
        Term::Any(terms) | Term::All(terms) => {
            for term in terms {
                collect(term, found);
            }
        }
        Term::Not(term) => collect(term, found),
        Term::Condition(name) => found.push(name),
        Term::Compare { .. } | Term::In { .. } => {}
    }
}

impl Operator {
    pub(super) const ALL: [(&'static str, Self); 6] = [
        ("==", Self::Equal),
        ("!=", Self::NotEqual),
        ("<=", Self::AtMost),
        (">=", Self::AtLeast),
        ("<", Self::Less),
        (">", Self::Greater),
    ];

    pub(super) fn text(self) -> &'static str {
        let found = Self::ALL.iter().find(|(_, operator)| *operator == self);
        found.map_or("", |(text, _)| text)
    }
}
