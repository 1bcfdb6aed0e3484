//! Commands that report, and that show projections.

pub(crate) mod frameworks;
mod front;
pub(crate) mod pdf;
mod period;
pub(crate) mod projection;
pub(crate) mod receipts;
mod render;
pub(crate) mod report;
