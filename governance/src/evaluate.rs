//! Holds a request against compiled policies: pure, deterministic, without state.

pub mod aegis;
pub mod aigc;
mod propose;

pub use propose::{Bound, propose};
