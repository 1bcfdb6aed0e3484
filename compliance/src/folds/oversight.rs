//! What humans did: overrides, other interventions, approvals.

use serde::{Deserialize, Serialize};

use super::approval::{APPROVALS_MAX, Approval, Judged, Request, Resolution, Resolved};
use crate::{
    event::{Decision, Known},
    fold::Fold,
    measure::{Gathered, Measures, too_many},
    record::Record,
    state::{Counted, Hash16, HashSet16, Hashed, Keyed, Nanos, absorb_fields},
    table::{Cell, Table, rows_of},
};

/// Decisions of one state that overrides are held against, by correlation id.
pub(super) const DECISIONS_MAX: usize = 1 << 20;
/// Overridden decisions of one state.
pub(super) const OVERRIDDEN_MAX: usize = 1 << 17;

/// See the module. Correlation ids and approval ids are only kept as hashes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Oversight {
    approvals: Hashed<Approval, APPROVALS_MAX>,
    correlations: HashSet16<DECISIONS_MAX>,
    decisions: Counted,
    decisions_not_readable: Counted,
    denied: Counted,
    expired: Counted,
    granted: Counted,
    interventions: Counted,
    kinds: Keyed<Counted>,
    not_readable: Counted,
    overridden: Hashed<Counted, OVERRIDDEN_MAX>,
    overrides: Counted,
    requested: Counted,
    reviewers: Keyed<Reviewer>,
}

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
    not_readable,
    decisions,
    decisions_not_readable,
    correlations,
    overrides,
    overridden,
    interventions,
    requested,
    granted,
    denied,
    expired,
    approvals,
    reviewers,
    kinds,
});

impl Oversight {
    fn reviewer(&mut self, name: &str, sequence: u64, of: impl Fn(&mut Reviewer) -> &mut Counted) {
        if let Some(reviewer) = self.reviewers.at(name) {
            of(reviewer).see(sequence);
        }
    }

    fn approval(&mut self, approval_id: &str, see: impl FnOnce(&mut Approval)) {
        if let Some(approval) = self.approvals.at(Hash16::of(approval_id)) {
            see(approval);
        }
    }

    fn resolve(
        &mut self,
        approval_id: &str,
        reviewer: Option<&str>,
        how: Resolved,
        record: &Record<'_>,
    ) {
        let resolution = Resolution {
            sequence: record.sequence(),
            time: Nanos(record.time()),
            how,
            reviewer: reviewer.map(Hash16::of),
        };
        self.approval(approval_id, |approval| approval.resolve(resolution));
    }

    fn known(&mut self, known: &Known<'_>, record: &Record<'_>) {
        let sequence = record.sequence();
        let body = record.body();
        match known {
            Known::Decision(_) => {
                self.decisions.see(sequence);
                if let Some(id) = body.and_then(|body| body.correlation_id) {
                    self.correlations.insert(Hash16::of(id));
                }
            }
            Known::Override(event) => {
                self.overrides.see(sequence);
                self.reviewer(event.reviewer, sequence, |reviewer| &mut reviewer.overrides);
                if let Some(overridden) = self.overridden.at(Hash16::of(event.correlation_id)) {
                    overridden.see(sequence);
                }
            }
            Known::Oversight(event) => {
                self.interventions.see(sequence);
                self.reviewer(event.reviewer, sequence, |reviewer| {
                    &mut reviewer.interventions
                });
                if let Some(kind) = self.kinds.at(event.intervention.word()) {
                    kind.see(sequence);
                }
            }
            Known::ApprovalRequested(event) => {
                self.requested.see(sequence);
                let actor = body.and_then(|body| body.actor);
                let request = Request {
                    sequence,
                    time: Nanos(record.time()),
                    agent: Hash16::of(event.agent),
                    operator: event.operator.map(Hash16::of),
                    actor: actor.map(Hash16::of),
                    expires: event.expires_at_ns.map(Nanos),
                };
                self.approval(event.approval_id, |approval| approval.request(request));
            }
            Known::ApprovalGranted(event) => {
                self.granted.see(sequence);
                self.reviewer(event.reviewer, sequence, |reviewer| &mut reviewer.granted);
                self.resolve(
                    event.approval_id,
                    Some(event.reviewer),
                    Resolved::Granted,
                    record,
                );
            }
            Known::ApprovalDenied(event) => {
                self.denied.see(sequence);
                self.reviewer(event.reviewer, sequence, |reviewer| &mut reviewer.denied);
                self.resolve(
                    event.approval_id,
                    Some(event.reviewer),
                    Resolved::Denied,
                    record,
                );
            }
            Known::ApprovalExpired(event) => {
                self.expired.see(sequence);
                self.resolve(event.approval_id, None, Resolved::Expired, record);
            }
            Known::ToolCall(event) => {
                if let Some(approval_id) = event.approval_id {
                    self.approval(approval_id, |approval| approval.used(sequence));
                }
            }
            _ => {}
        }
    }

    /// Distinct decisions of the range that were overridden, and overrides whose decision is not to be found in it.
    fn overridden(&self) -> Option<(u64, Vec<u64>, Gathered)> {
        let (mut inside, mut records, mut outside) = (0, Vec::new(), Gathered::default());
        for (correlation, overrides) in self.overridden.all()? {
            if self.correlations.contains(correlation)? {
                inside += 1;
                records.extend(overrides.records().first());
            } else {
                outside.take_in(overrides);
            }
        }
        records.sort_unstable();
        Some((inside, records, outside))
    }
}

impl Fold for Oversight {
    const NAME: &'static str = "oversight";
    const VERSION: u32 = 1;

    fn record(&mut self, record: &Record<'_>) {
        if let Some(known) = record.known() {
            self.known(known, record);
        } else if record.is_unusable(Decision::TYPE) {
            self.decisions_not_readable.see(record.sequence());
        } else if ["ai.override.", "ai.oversight.", "ai.approval."]
            .into_iter()
            .any(|family| record.is_unusable(family))
        {
            self.not_readable.see(record.sequence());
        }
    }

    fn measures(&self, measures: &mut Measures) {
        measures.count("oversight.not_readable", &self.not_readable);
        measures.count(
            "oversight.decisions_not_readable",
            &self.decisions_not_readable,
        );
        measures.count("oversight.overrides", &self.overrides);
        measures.count("oversight.interventions", &self.interventions);
        measures.number("oversight.reviewers", self.reviewers.count());
        match self.overridden() {
            Some((inside, records, outside)) => {
                let whole = self.decisions.count();
                let nothing = "no decision could be read";
                measures.share("oversight.override_rate", inside, whole, &records, nothing);
                measures.gathered("oversight.overrides_of_decisions_outside", Some(outside));
            }
            None => {
                measures.put("oversight.override_rate", too_many(), &[]);
                measures.gathered("oversight.overrides_of_decisions_outside", None);
            }
        }
        measures.count("oversight.approvals_requested", &self.requested);
        measures.count("oversight.approvals_granted", &self.granted);
        measures.count("oversight.approvals_denied", &self.denied);
        measures.count("oversight.approvals_expired", &self.expired);
        Judged::of(&self.approvals).measures(measures);
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
