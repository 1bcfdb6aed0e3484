//! What humans did: overrides, other interventions, approvals.

use serde::{Deserialize, Serialize};

use super::{
    approval::{APPROVALS_MAX, Approval, Judged, Request, Resolution, Resolved},
    reactions::{Decisions, Reacted, Reactions},
};
use crate::{
    conventions::{ApprovalRequested, Decision, Known},
    projections::{
        fold::Fold,
        measure::{Gathered, Measures, too_many},
        pieces::{Counted, Hash16, Hashed, Keyed, Nanos, absorb_fields},
        record::Record,
        table::{Cell, Table, rows_of},
    },
};

/// See the module. Correlation ids and approval ids are only kept as hashes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Oversight {
    approvals: Hashed<Approval, APPROVALS_MAX>,
    decided: Decisions,
    decisions: Counted,
    decisions_not_readable: Counted,
    denied: Counted,
    expired: Counted,
    granted: Counted,
    interventions: Counted,
    interventions_without_correlation: Counted,
    kinds: Keyed<Counted>,
    not_readable: Counted,
    overridden: Reactions,
    overrides: Counted,
    requested: Counted,
    reviewed: Reactions,
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
    decided,
    overrides,
    overridden,
    interventions,
    interventions_without_correlation,
    reviewed,
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
                    self.decided.see(Hash16::of(id), record.time());
                }
            }
            Known::Override(event) => {
                self.overrides.see(sequence);
                self.reviewer(event.reviewer, sequence, |reviewer| &mut reviewer.overrides);
                self.overridden.see(event.correlation_id, record);
            }
            Known::Oversight(event) => {
                self.interventions.see(sequence);
                self.reviewer(event.reviewer, sequence, |reviewer| {
                    &mut reviewer.interventions
                });
                if let Some(kind) = self.kinds.at(event.intervention.word()) {
                    kind.see(sequence);
                }
                match body.and_then(|body| body.correlation_id) {
                    Some(id) => self.reviewed.see(id, record),
                    None => self.interventions_without_correlation.see(sequence),
                }
            }
            Known::ApprovalRequested(event) => {
                self.requested.see(sequence);
                let request = Request::of(event, record);
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

    /// How often, and how soon, humans reacted to the decisions of the range.
    fn reactions(&self, measures: &mut Measures) {
        let overridden = self.overridden.of(&self.decided);
        let reviewed = self.reviewed.of(&self.decided);
        let name = "oversight.override_rate";
        match &overridden {
            Some(Reacted {
                inside, records, ..
            }) => {
                let (whole, nothing) = (self.decisions.count(), "no decision could be read");
                measures.share(name, *inside, whole, records, nothing);
            }
            None => measures.put(name, too_many(), &[]),
        }
        let nothing = "no decision of the range was overridden";
        let name = "oversight.time_to_override";
        Reacted::waits(overridden.as_ref(), name, nothing, measures);
        let nothing = "no intervention of the range names a decision of it";
        let name = "oversight.time_to_intervene";
        Reacted::waits(reviewed.as_ref(), name, nothing, measures);
        let (overridden, overridden_before) = outside_and_before(overridden);
        let (reviewed, reviewed_before) = outside_and_before(reviewed);
        for (name, gathered) in [
            ("oversight.overrides_of_decisions_outside", overridden),
            ("oversight.interventions_on_decisions_outside", reviewed),
            ("oversight.overrides_before_decision", overridden_before),
            ("oversight.interventions_before_decision", reviewed_before),
        ] {
            measures.gathered(name, gathered);
        }
    }
}

fn outside_and_before(reacted: Option<Reacted>) -> (Option<Gathered>, Option<Gathered>) {
    reacted
        .map(|reacted| (reacted.outside, reacted.before))
        .unzip()
}

impl Request {
    /// What a record asks for.
    fn of(event: &ApprovalRequested<'_>, record: &Record<'_>) -> Self {
        let actor = record.body().and_then(|body| body.actor);
        Self {
            sequence: record.sequence(),
            time: Nanos(record.time()),
            agent: Hash16::of(event.agent),
            operator: event.operator.map(Hash16::of),
            actor: actor.map(Hash16::of),
            expires: event.expires_at_ns.map(Nanos),
        }
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
        measures.count(
            "oversight.interventions_without_correlation",
            &self.interventions_without_correlation,
        );
        self.reactions(measures);
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
