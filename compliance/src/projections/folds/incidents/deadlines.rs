//! How soon an authority is told of a serious incident.

use crate::conventions::Harm;

/// Days within which an authority is told of a serious incident (AI Act Article 73(2)),
pub(super) const DAYS: u64 = 15;
/// of a disruption of critical infrastructure (73(3)),
const DAYS_INFRASTRUCTURE: u64 = 2;
/// and of a death (73(4)).
const DAYS_DEATH: u64 = 10;

/// Days within which an authority is told of an incident that did this.
pub(super) fn days(harm: Harm) -> u64 {
    match harm {
        Harm::Infrastructure => DAYS_INFRASTRUCTURE,
        Harm::Death => DAYS_DEATH,
        Harm::Health | Harm::Rights | Harm::Property | Harm::Environment => DAYS,
    }
}
