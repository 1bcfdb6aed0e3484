//! What is stored, held against itself and against the anchor: at every start, and when an operator asks.

pub(crate) mod rebuild;
pub(crate) mod recovery;
pub(crate) mod replay;
pub(crate) mod walk;
