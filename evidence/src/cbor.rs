//! Deterministic CBOR (RFC 8949 section 4.2.1), restricted to what the format allows.
//!
//! The decoder borrows and never recurses or allocates. It reads only the shortest form of
//! unsigned integers up to 2^63-1, byte and text strings, arrays, maps and booleans; everything
//! else is an error. A structure with named keys reads them one by one in their only order with
//! [`Decoder::key`] and [`Decoder::optional_key`], so that an unsorted, repeated or unknown key
//! cannot pass; a map with the client's keys is read through [`MapKeys`].

mod decoder;
mod encoder;
mod error;
mod types;

pub use decoder::{Decoder, MapKeys};
pub use encoder::Encoder;
pub use error::CborError;
pub use types::{Type, compare_keys};

#[cfg(test)]
mod tests;
