//! Who grants approvals to others, and who only to their own.

use std::collections::{BTreeMap, BTreeSet};

use crate::projections::{
    folds::{
        approval::{APPROVALS_MAX, Approval},
        operators::Operators,
    },
    pieces::{Hash16, Hashed},
};

/// Who granted approvals that count as oversight, and who granted others.
#[derive(Default)]
pub(super) struct Granters {
    /// The hashes of the names of those who granted what somebody else had asked for.
    pub(super) of_others: BTreeSet<Hash16>,
    /// How many approvals each granted to an agent of their own, or before anybody had asked.
    pub(super) not_counting: BTreeMap<Hash16, u64>,
}

impl Granters {
    /// Of all approvals, by the first answer to each; none if there are too many.
    pub(super) fn of(
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
