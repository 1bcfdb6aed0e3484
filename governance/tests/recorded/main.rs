//! What other systems were recorded to answer, held against what this crate answers.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that can't go on fails"
)]

mod aegis;
mod aigc;
mod artifacts;
mod codeatelier;
mod reading;
