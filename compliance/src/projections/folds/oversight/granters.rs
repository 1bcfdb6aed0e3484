//! Who grants approvals to others, and who only to their own.

use std::collections::{BTreeMap, BTreeSet};

use crate::projections::{
    folds::{approval::Approvals, operators::Operators},
    pieces::Hash16,
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
    pub(super) fn of(approvals: &Approvals, operators: &Operators) -> Option<Self> {
        let mut granters = Self::default();
        for (_, approval) in &approvals.all()? {
            let Some((grant, reviewer)) = approval
                .grant()
                .and_then(|grant| Some((grant, grant.reviewer?)))
            else {
                continue;
            };
            let is_own = approval
                .request()
                .is_some_and(|request| request.is_tied_to(grant, operators));
            if is_own || approval.is_answered_early() {
                *granters.not_counting.entry(reviewer).or_default() += 1;
            } else {
                granters.of_others.insert(reviewer);
            }
        }
        Some(granters)
    }
}
