//! JSON Schema Draft-07 as Python's `jsonschema` has it: formats and content are not asserted, `multipleOf` of a double goes
//! by the quotient, patterns are Python's, and `$ref` hides what stands beside it. References lead inside the schema only.
//!
//! A schema is compiled once, when its policy is registered; what is wrong with it is told then. Checking takes a bounded
//! number of steps.

mod check;
mod compile;
mod error;
mod keyword;
mod node;
mod pointer;
mod values;
mod violation;

pub use error::SchemaError;
pub use node::{DRAFT_07, Schema};
pub use violation::{Violation, shown_path};

#[cfg(test)]
mod tests;
