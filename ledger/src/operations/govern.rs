//! Governance: requests are held against policies in the caller's task, and judged by the writer in the order of the log.

mod agents;
mod asking;
mod bind;
mod compile;
mod decide;
mod expire;
mod figures;
mod fold;
mod people;
mod register;
mod settle;
mod view;
mod wait;

pub use asking::Placed;
pub use decide::{ALREADY_DECIDED, Decided};
pub use people::HaltPlaced;
pub use register::NewPolicy;
pub use settle::Settled;
