//! What single events say of oversight.

use super::{Oversight, Reviewer};
use crate::{
    conventions::{Known, NoticeKind, RequestReceived, Right},
    projections::{
        folds::approval::{Approval, Request, Resolution, Resolved, action_of},
        pieces::{Counted, First, Hash16, Nanos, Short},
        record::Record,
    },
};

impl Oversight {
    fn reviewer(&mut self, name: &str, sequence: u64, of: impl Fn(&mut Reviewer) -> &mut Counted) {
        if let Some(reviewer) = self.reviewers.at(name) {
            of(reviewer).see(sequence);
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
            actor: record.actor().map(Hash16::of),
            action: action_of(record),
        };
        self.approvals
            .see(approval_id, Approval::resolved(resolution));
    }

    /// Whoever sent what is said in the name of somebody else.
    fn sent(&mut self, reviewer: &str, record: &Record<'_>) {
        if let Some(actor) = record.actor().filter(|actor| *actor != reviewer)
            && let Some(sent) = self.senders.at(Hash16::of(actor))
        {
            sent.see(record.sequence());
        }
    }

    pub(super) fn known(&mut self, known: &Known<'_>, record: &Record<'_>) {
        let sequence = record.sequence();
        self.operators.see_named(known);
        match known {
            Known::Decision(event) => {
                self.decisions.see(sequence);
                if let Some(id) = record.correlation() {
                    let agent = event.agent.unwrap_or(event.system);
                    let who = [Short::of(Some(agent)), Short::of(record.actor())];
                    let first = First {
                        sequence,
                        time: record.time(),
                        who,
                    };
                    self.decided.see(Hash16::of(id), first);
                }
            }
            Known::Override(_) if changes_nothing(record) => self.changing_nothing.see(sequence),
            Known::Override(event) => {
                self.overrides.see(sequence);
                self.sent(event.reviewer, record);
                self.reviewer(event.reviewer, sequence, |reviewer| &mut reviewer.overrides);
                self.overridden
                    .see(event.correlation_id, event.reviewer, record);
            }
            Known::Oversight(event) => {
                self.interventions.see(sequence);
                self.sent(event.reviewer, record);
                self.reviewer(event.reviewer, sequence, |reviewer| {
                    &mut reviewer.interventions
                });
                if let Some(kind) = self.kinds.at(event.intervention.word()) {
                    kind.see(sequence);
                }
                match record.correlation() {
                    Some(id) => self.reviewed.see(id, event.reviewer, record),
                    None => self.interventions_without_correlation.see(sequence),
                }
            }
            Known::Notice(event) => {
                self.notices.see(sequence);
                // That AI is used says nothing of what was decided.
                if event.kind != NoticeKind::Use {
                    self.told.see(event.correlation_id, "", record);
                }
            }
            Known::RequestReceived(event) if event.right == Right::HumanIntervention => {
                self.contest(event, record);
            }
            known => self.of_approvals(known, record),
        }
    }

    /// Somebody asks that a human look at a decision.
    fn contest(&mut self, event: &RequestReceived<'_>, record: &Record<'_>) {
        let (sequence, time) = (record.sequence(), record.time());
        self.contests.see(sequence);
        match record.correlation() {
            Some(id) => {
                let asked = First {
                    sequence,
                    time: record.said(event.received_at_ns).unwrap_or(time),
                    who: [Short::default(); 2],
                };
                self.contested.see(Hash16::of(id), asked);
            }
            None => self.contests_without_decision.see(sequence),
        }
    }

    fn of_approvals(&mut self, known: &Known<'_>, record: &Record<'_>) {
        let sequence = record.sequence();
        match known {
            Known::ApprovalRequested(event) => {
                self.requested.see(sequence);
                let request = Request::of(event, record);
                self.approvals
                    .see(event.approval_id, Approval::requested(request));
            }
            Known::ApprovalGranted(event) => {
                self.granted.see(sequence);
                self.sent(event.reviewer, record);
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
                self.sent(event.reviewer, record);
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
                    let used = Approval::used(event.agent, sequence, record.time());
                    self.approvals.see(approval_id, used);
                }
            }
            _ => {}
        }
    }
}

/// Whether the output that an override puts in the place of a decision's is the same.
fn changes_nothing(record: &Record<'_>) -> bool {
    let digest = |component: &str| {
        let mut digests = record.body()?.digests.iter();
        let found = digests.find(|digest| digest.component == component)?;
        Some((found.algorithm, found.value))
    };
    let original = digest("original_output");
    original.is_some() && original == digest("final_output")
}
