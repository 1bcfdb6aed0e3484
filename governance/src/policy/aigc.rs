//! Policies of AIGC's kind.
//!
//! A document is YAML; it may extend another. [`Chain`] is a policy with all its bases, [`Compiled`] is what a request is
//! held against. In the default mode a request must be allowed by the policy *and by each of its bases*, with and without
//! what their guards say, so that neither a guard nor a strategy of composition can allow more than the base does. Under
//! `aigc-0.3`, the merged policy with its guards decides alone, as AIGC has it.

mod chain;
mod compile;
mod document;
mod effective;
mod lint;
mod merge;
mod retry;
mod risk;
mod shape;
mod window;

pub use chain::Chain;
pub use compile::{Compiled, Condition, Guard, Layer};
pub use document::Document;
pub use effective::{Effective, Precondition, PreconditionCheck, ToolLimit};
pub use lint::{Finding, Known, Severity};
pub use risk::{Risk, RiskFactor, RiskMode};
pub use window::Window;

#[cfg(test)]
mod tests;
