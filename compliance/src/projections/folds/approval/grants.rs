//! Who granted approvals, and when.

use std::{
    collections::{BTreeMap, BTreeSet},
    mem::take,
};

use super::{APPROVALS_MAX, Approval, Judged, UnreadOfApprovals};
use crate::projections::{
    folds::operators::Operators,
    measure::{Measures, Unread},
    pieces::{Hash16, Hashed},
};

/// Who granted approvals that count as oversight, and who granted others.
#[derive(Default)]
pub(in crate::projections::folds) struct Granters {
    /// The hashes of the names of those who granted what somebody else had asked for.
    pub(in crate::projections::folds) of_others: BTreeSet<Hash16>,
    /// How many approvals each granted to an agent of their own, or before anybody had asked.
    pub(in crate::projections::folds) not_counting: BTreeMap<Hash16, u64>,
}

impl Granters {
    /// Of all approvals, by the first answer to each; none if there are too many.
    pub(in crate::projections::folds) fn of(
        approvals: &Hashed<Approval, APPROVALS_MAX>,
        operators: &Operators,
    ) -> Option<Self> {
        let mut granters = Self::default();
        for approval in approvals.all()?.values() {
            let Some(reviewer) = approval.grant().and_then(|grant| grant.reviewer) else {
                continue;
            };
            let is_own = approval
                .request
                .as_ref()
                .is_some_and(|request| request.is_tied_to(Some(reviewer), operators));
            if is_own || approval.is_answered_early() {
                *granters.not_counting.entry(reviewer).or_default() += 1;
            } else {
                granters.of_others.insert(reviewer);
            }
        }
        Some(granters)
    }
}

impl Judged {
    /// Puts who granted them, and when.
    pub(super) fn of_grants(&mut self, unread: UnreadOfApprovals, measures: &mut Measures) {
        let known = !self.too_many;
        let UnreadOfApprovals {
            approvals,
            agents,
            before,
            ..
        } = unread;
        let of_answers = Unread::once(approvals).over(approvals).of_events(approvals);
        let unknown = self.operator_unknown.count();
        let by_self = Unread::once(approvals + unknown)
            .unsaid(unknown)
            .over(approvals)
            .more(agents)
            .of_events(approvals + agents);
        let granted = self.granted + approvals;
        for (name, gathered, unread) in [
            ("oversight.self_approvals", take(&mut self.by_self), by_self),
            (
                "oversight.granted_operator_unknown",
                take(&mut self.operator_unknown),
                of_answers
                    .fewer(agents)
                    .of_events(approvals + agents)
                    .earlier(before),
            ),
            (
                "oversight.granted_after_expiry",
                take(&mut self.late),
                of_answers,
            ),
        ] {
            measures
                .gathered(name, known.then_some(gathered))
                .of(granted)
                .unread(unread);
        }
    }
}
