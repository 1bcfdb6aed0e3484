//! Holds a request against compiled policies: pure, deterministic, without state.

pub mod aegis;
pub mod aigc;
mod output;
mod propose;

pub use output::{OUTPUT_NOT_SHOWN, Output, OutputError, judge_output, not_shown};
pub use propose::{Bound, propose};
