//! The projections: one file each, and one line in the list.

mod access;
mod agents;
mod approval;
mod attempts;
mod breaches;
mod budgets;
mod consents;
mod custody;
mod decisions;
mod disposals;
mod gaps;
mod governance;
mod imports;
mod incidents;
mod list;
mod logging;
mod numbers;
mod operators;
mod oversight;
mod performance;
mod reactions;
mod records;
mod registry;
mod requests;
mod retention;
mod reviews;
mod subjects;
#[cfg(test)]
mod tests;
mod uses;
mod waits;

pub use self::list::{Digest, Folded, StateError};

// By name, which is the order of a stored state's members.
list::folds! {
    Access = access::Access,
    Agents = agents::Agents,
    Attempts = attempts::Attempts,
    Breaches = breaches::Breaches,
    Budgets = budgets::Budgets,
    Consents = consents::Consents,
    Custody = custody::Custody,
    Decisions = decisions::Decisions,
    Disposals = disposals::Disposals,
    Gaps = gaps::Gaps,
    Governance = governance::Governance,
    Imports = imports::Imports,
    Incidents = incidents::Incidents,
    Logging = logging::Logging,
    Oversight = oversight::Oversight,
    Performance = performance::Performance,
    Records = records::Records,
    Registry = registry::Registry,
    Requests = requests::Requests,
    Retention = retention::Retention,
    Reviews = reviews::Reviews,
    Subjects = subjects::Subjects,
    Uses = uses::Uses,
}

impl Projections {
    /// How many events are encrypted and were not opened: what they hold counts nowhere.
    pub fn sealed_events(&self) -> u64 {
        self.retention.sealed_events()
    }
}
