//! One approval, from the request to its use, and what many of them show.

use serde::{Deserialize, Serialize};

use super::waits::Waits;
use crate::{
    projections::{
        measure::{Gathered, Measures, TOO_MANY, too_many},
        pieces::{Counted, Hash16, Hashed, Nanos, Sum, absorb_fields},
        table::{Cell, Table},
    },
    time::Instant,
};

/// Approvals of one state.
pub(super) const APPROVALS_MAX: usize = 1 << 17;

/// What is known of an approval. It is kept once it is resolved: only so does it not matter where records are cut,
/// and a second answer or use is still seen.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Approval {
    #[serde(rename = "a")]
    resolution: Option<Resolution>,
    #[serde(rename = "aa")]
    resolutions: Sum,
    #[serde(rename = "q")]
    request: Option<Request>,
    #[serde(rename = "u")]
    uses: Counted,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Request {
    #[serde(rename = "c")]
    pub(super) actor: Option<Hash16>,
    #[serde(rename = "e")]
    pub(super) expires: Option<Nanos>,
    #[serde(rename = "g")]
    pub(super) agent: Hash16,
    #[serde(rename = "o")]
    pub(super) operator: Option<Hash16>,
    #[serde(rename = "s")]
    pub(super) sequence: u64,
    #[serde(rename = "t")]
    pub(super) time: Nanos,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Resolution {
    #[serde(rename = "h")]
    pub(super) how: Resolved,
    #[serde(rename = "r")]
    pub(super) reviewer: Option<Hash16>,
    #[serde(rename = "s")]
    pub(super) sequence: u64,
    #[serde(rename = "t")]
    pub(super) time: Nanos,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Resolved {
    Granted,
    Denied,
    Expired,
}

absorb_fields!(Approval {
    request,
    resolution,
    resolutions,
    uses
});

impl Approval {
    pub(super) fn request(&mut self, request: Request) {
        self.request.get_or_insert(request);
    }

    pub(super) fn resolve(&mut self, resolution: Resolution) {
        self.resolutions.add(1);
        self.resolution.get_or_insert(resolution);
    }

    pub(super) fn used(&mut self, sequence: u64) {
        self.uses.see(sequence);
    }

    fn grant(&self) -> Option<&Resolution> {
        self.resolution
            .as_ref()
            .filter(|resolution| resolution.how == Resolved::Granted)
    }

    /// Whether it was used before a grant, or without one, as far as the range can tell: it must hold the request or
    /// the answer.
    fn used_without_grant(&self) -> bool {
        let known = self.request.is_some() || self.resolution.is_some();
        let Some(first_use) = self.uses.records().first() else {
            return false;
        };
        known && self.grant().is_none_or(|grant| grant.sequence > *first_use)
    }
}

/// What the approvals of a range show.
#[derive(Default)]
pub(super) struct Judged {
    requests: u64,
    resolved: Gathered,
    resolved_count: u64,
    unresolved: Gathered,
    unasked: Gathered,
    twice: Gathered,
    by_self: Gathered,
    operator_unknown: Gathered,
    late: Gathered,
    used_without_grant: Gathered,
    used_unknown: Gathered,
    used_again: Gathered,
    time_to_decide: Waits,
    too_many: bool,
}

impl Judged {
    pub(super) fn of(approvals: &Hashed<Approval, APPROVALS_MAX>) -> Self {
        let mut judged = Self::default();
        match approvals.all() {
            Some(all) => all.values().for_each(|approval| judged.see(approval)),
            None => judged.too_many = true,
        }
        judged
    }

    fn see(&mut self, approval: &Approval) {
        match (&approval.request, &approval.resolution) {
            (Some(request), Some(resolution)) => {
                self.requests += 1;
                self.resolved_count += 1;
                self.resolved.see(request.sequence);
                self.answered(request, resolution);
            }
            (Some(request), None) => {
                self.requests += 1;
                self.unresolved.see(request.sequence);
            }
            (None, Some(resolution)) => self.unasked.see(resolution.sequence),
            (None, None) => self.used_unknown.take_in(&approval.uses),
        }
        if let Some(resolution) = &approval.resolution
            && approval.resolutions.value() > 1
        {
            self.twice.see(resolution.sequence);
        }
        if let Some(first_use) = approval.uses.records().first()
            && approval.used_without_grant()
        {
            self.used_without_grant.see(*first_use);
        }
        if let Some(second_use) = approval.uses.records().get(1) {
            self.used_again.see(*second_use);
        }
    }

    fn answered(&mut self, request: &Request, resolution: &Resolution) {
        if resolution.how != Resolved::Expired {
            let took = resolution.time.0.saturating_sub(request.time.0);
            self.time_to_decide.see(took, resolution.sequence);
        }
        if resolution.how != Resolved::Granted {
            return;
        }
        let askers = [Some(request.agent), request.operator, request.actor];
        if resolution.reviewer.is_some() && askers.contains(&resolution.reviewer) {
            self.by_self.see(resolution.sequence);
        }
        if request.operator.is_none() {
            self.operator_unknown.see(resolution.sequence);
        }
        if request
            .expires
            .is_some_and(|expires| resolution.time > expires)
        {
            self.late.see(resolution.sequence);
        }
    }

    pub(super) fn measures(self, measures: &mut Measures) {
        let known = !self.too_many;
        for (name, gathered) in [
            ("oversight.approvals_resolved", self.resolved),
            ("oversight.approvals_unresolved", self.unresolved),
            ("oversight.approvals_answered_unasked", self.unasked),
            ("oversight.approvals_answered_twice", self.twice),
            ("oversight.self_approvals", self.by_self),
            ("oversight.granted_operator_unknown", self.operator_unknown),
            ("oversight.granted_after_expiry", self.late),
            (
                "oversight.approvals_used_without_grant",
                self.used_without_grant,
            ),
            ("oversight.approvals_used_outside", self.used_unknown),
            ("oversight.approvals_used_again", self.used_again),
        ] {
            measures.gathered(name, known.then_some(gathered));
        }
        let name = "oversight.time_to_decide";
        if known {
            let nothing = "no request was answered";
            self.time_to_decide.measures(name, nothing, measures);
        } else {
            Waits::unknown(name, measures);
        }
        if known {
            let nothing = "no approval was requested";
            let (part, whole) = (self.resolved_count, self.requests);
            measures.share("oversight.share_resolved", part, whole, &[], nothing);
        } else {
            measures.put("oversight.share_resolved", too_many(), &[]);
        }
    }

    /// The requests that nobody answered, the oldest first.
    pub(super) fn table(approvals: &Hashed<Approval, APPROVALS_MAX>) -> Table {
        let open = |approval: &Approval| match (&approval.request, &approval.resolution) {
            (Some(request), None) => Some((request.sequence, request.time)),
            _ => None,
        };
        let rows = match approvals.all() {
            None => vec![vec![Cell::Text(TOO_MANY.to_owned())]],
            Some(all) => {
                let mut rows: Vec<_> = all.values().filter_map(open).collect();
                rows.sort_unstable();
                rows.into_iter()
                    .map(|(sequence, time)| {
                        vec![sequence.into(), Instant(time.0).to_string().into()]
                    })
                    .collect()
            }
        };
        let (name, columns) = ("oversight.approvals_unresolved", &["record", "time"]);
        Table {
            name,
            columns,
            rows,
        }
    }
}
