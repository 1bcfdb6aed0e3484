//! Values of JSON that lose nothing: integers of any length, members in their order.

mod canonical;
mod number;
mod python;
mod read;
mod value;

pub use canonical::{Form, NotCanonical};
pub use number::{Integer, Number};
pub(crate) use python::{float_text, repr};
pub use read::{JsonError, Limits, read};
pub use value::{Object, Value};

#[cfg(test)]
mod tests;
