//! Governance: requests are held against policies in the caller's task, and judged by the writer in the order of the log.

mod agents;
mod all;
mod asking;
mod beginning;
mod bind;
pub(crate) mod carried;
mod compile;
mod decide;
mod expire;
mod figures;
mod fold;
mod halts;
mod output;
mod overrides;
mod people;
mod proposals;
mod refuse;
mod register;
mod settle;
mod snapshot;
pub(crate) mod stored_state;
mod trial;
mod view;
mod wait;

pub use asking::Placed;
pub use decide::{ALREADY_DECIDED, Decided};
pub use halts::Halts;
pub use output::Came;
pub use overrides::{NewOverride, OverrideAsked};
pub use people::HaltPlaced;
pub use proposals::NewProposal;
pub use register::NewPolicy;
pub use settle::Settled;
pub use trial::Tried;
