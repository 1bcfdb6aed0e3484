//! JSON as Python reads and writes it: what checksums and HMACs of the systems that we import from are made over.
//!
//! It is not RFC 8785: integers have any length, floats keep Python's shortest form, keys are sorted by code point.

mod read;
mod value;
mod write;

pub(super) use self::{
    value::{Object, Value},
    write::Form,
};

#[cfg(test)]
mod tests;
