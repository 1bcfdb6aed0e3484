//! What grants come to: by whom, and when.

use std::mem::take;

use super::{Judged, UnreadOfApprovals};
use crate::projections::measure::{Measures, Unread};

impl Judged {
    /// Puts who granted them, and when.
    pub(super) fn of_grants(&mut self, unread: UnreadOfApprovals, measures: &mut Measures) {
        let known = !self.too_many;
        let UnreadOfApprovals {
            approvals,
            agents,
            all,
            before,
            ..
        } = unread;
        let of_answers = Unread::once(approvals).over(approvals).of_events(approvals);
        let unknown = self.operator_unknown.count();
        let by_self = Unread::once(approvals + unknown)
            .unsaid(unknown)
            .over(approvals)
            .more(agents)
            .of_events(all);
        let granted = self.granted + approvals;
        for (name, gathered, unread) in [
            ("oversight.self_approvals", take(&mut self.by_self), by_self),
            (
                "oversight.granted_operator_unknown",
                take(&mut self.operator_unknown),
                of_answers.fewer(agents).of_events(all).earlier(before),
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
