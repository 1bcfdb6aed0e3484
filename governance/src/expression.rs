//! The grammar of guards: conditions by name, comparisons, membership, `not`, `and`, `or`, and parentheses.
//!
//! ```text
//! or      = and ("or" and)*
//! and     = not ("and" not)*
//! not     = "not" not | primary
//! primary = "(" or ")" | NAME OPERATOR VALUE | (TEXT | NAME) "in" NAME | NAME
//! ```
//!
//! A name alone is a declared condition that has a value. On the left of an operator it is the role, a condition or a
//! member of the context, and null if it is none of them; on the right it is text. All operands are looked at, so an
//! unknown condition is an error wherever it stands.

mod evaluate;
mod parse;
mod term;
mod tokens;

pub use evaluate::Scope;
pub use term::{Expression, ExpressionError};

#[cfg(test)]
mod tests;
