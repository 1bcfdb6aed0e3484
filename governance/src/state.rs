//! The state that claims are judged by: a fold over governance records, in their order.
//!
//! [`State::apply`] moves it by a record and by nothing else. Everything else only reads it: [`State::judge`] makes a decision
//! of a proposal, and the methods that begin with `check_` or end in what is recorded make the record of a step, or say why
//! there is none. Time is what records say, so the state after a record is a function of the records up to it, and so are
//! the bytes of a snapshot.

mod accounts;
mod agents;
mod answers;
mod apply;
mod approvals;
mod attempts;
mod bindings;
mod clockwork;
mod completion;
mod drift;
mod figures;
mod halts;
mod judge;
mod listing;
mod matters;
mod misfit;
mod open;
mod opening;
mod overrides;
mod pairs;
mod person;
mod presence;
mod proposals;
mod refusal;
mod registry;
mod resumption;
mod retried;
mod retries;
mod signers;
mod snapshot;
mod steps;
mod whole;
mod windows;

pub use accounts::Use;
pub use answers::{ApprovalRefusal, BatchRefusal};
pub use approvals::ApprovalState;
pub use completion::{CompletionRefusal, Standing};
pub use halts::SUCCESSOR;
pub use listing::{AccountView, AgentView, ApprovalView, HaltView};
pub use matters::{OverrideView, ProposalView, ReservationView, SignerView};
pub use misfit::Misfit;
pub use overrides::{OverrideRefusal, OverrideState};
pub use person::Person;
pub use presence::Presence;
pub use proposals::{ProposalRefusal, ProposalState};
pub use refusal::code;
pub use registry::BindingRefusal;
pub use resumption::HaltRefusal;
pub use snapshot::SnapshotError;
pub use whole::{Position, State};

#[cfg(test)]
mod tests;
