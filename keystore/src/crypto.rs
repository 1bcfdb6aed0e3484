//! What the rest is made of: one cipher, one derivation, one source of random bytes.

pub(crate) mod aead;
pub(crate) mod derive;
pub(crate) mod entropy;
