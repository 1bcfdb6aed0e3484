//! What is derived behind the log: indexes, projections, published checkpoints.

pub(crate) mod indexer;
pub(crate) mod priority;
pub(crate) mod projection;
pub(crate) mod publication;
