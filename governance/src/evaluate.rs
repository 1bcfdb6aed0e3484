//! Holds a request against compiled policies: pure, deterministic, without state.

pub mod aegis;
pub mod aigc;
mod output;
mod propose;

pub use aigc::error_class;
pub use output::{
    OUTPUT_NOT_SHOWN, Output, OutputError, judge_output, not_shown, was_output_judged,
};
pub use propose::{Bound, propose};
