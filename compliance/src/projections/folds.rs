//! The projections: one file each, and one line in the list.

mod access;
mod agents;
mod approval;
mod budgets;
mod custody;
mod decisions;
mod gaps;
mod imports;
mod incidents;
mod list;
mod numbers;
mod oversight;
mod performance;
mod reactions;
mod records;
mod registry;
mod requests;
mod retention;
mod subjects;
#[cfg(test)]
mod tests;
mod waits;

pub use self::list::{Digest, Folded, StateError};

// By name, which is the order of a stored state's members.
list::folds! {
    Access = access::Access,
    Agents = agents::Agents,
    Budgets = budgets::Budgets,
    Custody = custody::Custody,
    Decisions = decisions::Decisions,
    Gaps = gaps::Gaps,
    Imports = imports::Imports,
    Incidents = incidents::Incidents,
    Oversight = oversight::Oversight,
    Performance = performance::Performance,
    Records = records::Records,
    Registry = registry::Registry,
    Requests = requests::Requests,
    Retention = retention::Retention,
    Subjects = subjects::Subjects,
}
