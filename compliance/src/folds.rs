//! The projections: one file each, and one line in the list.

mod access;
mod agents;
mod approval;
mod budgets;
mod custody;
mod decisions;
mod gaps;
mod incidents;
mod oversight;
mod performance;
mod projections;
mod records;
mod registry;
mod retention;
mod subjects;
#[cfg(test)]
mod tests;

pub use self::projections::{Digest, Folded, StateError};

projections::folds! {
    Records = records::Records,
    Decisions = decisions::Decisions,
    Oversight = oversight::Oversight,
    Performance = performance::Performance,
    Agents = agents::Agents,
    Budgets = budgets::Budgets,
    Registry = registry::Registry,
    Incidents = incidents::Incidents,
    Custody = custody::Custody,
    Subjects = subjects::Subjects,
    Access = access::Access,
    Retention = retention::Retention,
    Gaps = gaps::Gaps,
}
