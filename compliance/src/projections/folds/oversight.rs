//! What humans did: overrides, other interventions, approvals.

mod granters;
mod interventions;
mod not_humans;
mod not_read;
mod recurring;
mod seen;

use serde::{Deserialize, Serialize};

use super::{
    approval::{Approvals, Judged, UnreadOfApprovals},
    operators::Operators,
    reactions::{Decisions, Reactions},
};
use crate::projections::{
    fold::Fold,
    measure::Measures,
    pieces::{Counted, Hashed, Keyed, Recurring, Timeline, absorb_fields},
    record::Record,
    table::{Cell, Table, rows_of},
};

/// See the module. Correlation ids and approval ids are only kept as hashes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Oversight {
    agents_not_readable: Counted,
    answers_not_readable: Counted,
    approvals: Approvals,
    approvals_not_readable: Counted,
    approvals_or_agents: Counted,
    calls_not_readable: Counted,
    /// Overrides that put the same output in the place of the decision's.
    changing_nothing: Counted,
    /// Decisions of which people asked that a human look at them.
    contested: Decisions,
    contests: Counted,
    contests_or_agents: Counted,
    contests_without_decision: Counted,
    decided: Decisions,
    decisions: Counted,
    decisions_not_readable: Counted,
    denied: Counted,
    denied_not_readable: Counted,
    expired: Counted,
    expired_not_readable: Counted,
    granted: Counted,
    granted_not_readable: Counted,
    humans_or_agents: Counted,
    interventions: Counted,
    interventions_not_readable: Counted,
    interventions_recurring: Recurring,
    interventions_without_correlation: Counted,
    kinds: Keyed<Counted>,
    not_readable: Counted,
    notices: Counted,
    notices_not_readable: Counted,
    operators: Operators,
    overridden: Reactions,
    overrides: Counted,
    overrides_not_readable: Counted,
    range: Timeline,
    requested: Counted,
    requested_not_readable: Counted,
    requests_not_readable: Counted,
    reviewed: Reactions,
    reviewers: Keyed<Reviewer>,
    reviews_or_agents: Counted,
    /// What was sent by somebody else than it is said to come from, by the hash of whoever sent it.
    senders: Hashed<Counted, SENDERS_MAX>,
    told: Reactions,
}

/// Senders of one state.
const SENDERS_MAX: usize = 1 << 17;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Reviewer {
    denied: Counted,
    granted: Counted,
    interventions: Counted,
    overrides: Counted,
}

absorb_fields!(Reviewer {
    overrides,
    interventions,
    granted,
    denied
});
absorb_fields!(Oversight {
    agents_not_readable,
    answers_not_readable,
    denied_not_readable,
    expired_not_readable,
    granted_not_readable,
    requested_not_readable,
    approvals_not_readable,
    approvals_or_agents,
    contests_or_agents,
    humans_or_agents,
    reviews_or_agents,
    calls_not_readable,
    changing_nothing,
    contested,
    contests,
    contests_without_decision,
    interventions_not_readable,
    interventions_recurring,
    notices,
    notices_not_readable,
    operators,
    overrides_not_readable,
    range,
    told,
    not_readable,
    decisions,
    decisions_not_readable,
    decided,
    overrides,
    overridden,
    interventions,
    interventions_without_correlation,
    reviewed,
    requested,
    requests_not_readable,
    granted,
    denied,
    expired,
    approvals,
    reviewers,
    senders,
    kinds,
});

impl Oversight {
    fn begins_late(&self) -> bool {
        self.range.first().is_some_and(|(first, _)| first > 0)
    }
}

impl Fold for Oversight {
    const NAME: &'static str = "oversight";
    const VERSION: u32 = 6;

    fn reach(&mut self, time: u64) {
        self.range.reach(time);
        self.interventions_recurring.reach(time);
    }

    fn range(&mut self) -> Option<&mut Timeline> {
        Some(&mut self.range)
    }

    fn record(&mut self, record: &Record<'_>) {
        let sequence = record.sequence();
        self.range.see(sequence, record.time());
        recurring::intervention(record, &mut self.interventions_recurring);
        if let Some(known) = record.known() {
            self.known(known, record);
            return;
        }
        self.see_unread(record);
    }

    fn measures(&self, measures: &mut Measures) {
        let decisions = &self.decisions_not_readable;
        measures.count("oversight.not_readable", &self.not_readable);
        measures.count("oversight.decisions_not_readable", decisions);
        let interventions = self.interventions_not_readable.count();
        for (name, counted, unread) in [
            (
                "oversight.overrides",
                &self.overrides,
                self.overrides_not_readable.count(),
            ),
            (
                "oversight.interventions",
                &self.interventions,
                interventions,
            ),
            (
                "oversight.approvals_requested",
                &self.requested,
                self.requested_not_readable.count(),
            ),
            (
                "oversight.approvals_granted",
                &self.granted,
                self.granted_not_readable.count(),
            ),
            (
                "oversight.approvals_denied",
                &self.denied,
                self.denied_not_readable.count(),
            ),
            (
                "oversight.approvals_expired",
                &self.expired,
                self.expired_not_readable.count(),
            ),
        ] {
            measures
                .count(name, counted)
                .of_family(counted.count(), unread);
        }
        measures.recurring("oversight.interventions", &self.interventions_recurring);
        self.named_reviewers(measures);
        measures
            .count(
                "oversight.interventions_without_correlation",
                &self.interventions_without_correlation,
            )
            .of_family(self.interventions.count(), interventions);
        self.reactions(measures);
        self.looked_after(measures);
        self.contested(measures);
        self.by_agents(measures);
        self.by_deciders(measures);
        let unread = UnreadOfApprovals {
            approvals: self.approvals_not_readable.count(),
            answers: self.answers_not_readable.count(),
            agents: self.agents_not_readable.count(),
            calls: self.calls_not_readable.count(),
            all: self.approvals_or_agents.count(),
            before: self.begins_late(),
        };
        Judged::of(&self.approvals, &self.operators).measures(unread, measures);
    }

    fn tables(&self) -> Vec<Table> {
        let reviewer = |reviewer: &Reviewer| -> Vec<Cell> {
            vec![
                reviewer.overrides.count().into(),
                reviewer.interventions.count().into(),
                reviewer.granted.count().into(),
                reviewer.denied.count().into(),
                (&reviewer.overrides).into(),
                (&reviewer.granted).into(),
            ]
        };
        vec![
            Table {
                name: "oversight.by_reviewer",
                columns: &[
                    "reviewer",
                    "overrides",
                    "interventions",
                    "granted",
                    "denied",
                    "records_overrides",
                    "records_granted",
                ],
                rows: rows_of(&self.reviewers, reviewer),
            },
            Table {
                name: "oversight.by_intervention",
                columns: &["intervention", "events", "records"],
                rows: rows_of(&self.kinds, |kind| vec![kind.count().into(), kind.into()]),
            },
            Judged::table(&self.approvals),
        ]
    }
}
