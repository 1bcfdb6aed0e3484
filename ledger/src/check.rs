//! What is stored, compared with itself and with the anchor: at every start, and when an operator asks.

pub(crate) mod ahead;
pub(crate) mod archive;
pub(crate) mod catalogue;
pub(crate) mod copy;
pub(crate) mod data_keys;
pub(crate) mod finding;
pub(crate) mod index;
pub(crate) mod rebuild;
pub(crate) mod recovery;
pub(crate) mod registered;
pub(crate) mod scrub;
pub(crate) mod signed_heads;
pub(crate) mod verification;
pub(crate) mod walk;
pub(crate) mod walk_start;
