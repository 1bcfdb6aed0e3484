//! What uses of approvals come to: whether each was asked for, granted, in time and done once.

use std::mem::take;

use super::{Judged, UnreadOfApprovals};
use crate::projections::measure::{Measures, Unread};

impl Judged {
    /// Puts how approvals were used.
    pub(super) fn of_uses(&mut self, unread: UnreadOfApprovals, measures: &mut Measures) {
        let known = !self.too_many;
        let UnreadOfApprovals {
            approvals,
            requests,
            calls,
            before,
            ..
        } = unread;
        let of_uses = Unread::once(approvals + calls)
            .over(approvals)
            .of_events(approvals + calls)
            .earlier(before);
        let of_all_uses = Unread::once(approvals + calls)
            .fewer(approvals)
            .of_events(approvals + calls)
            .earlier(before);
        // What is counted of uses alone, and of their requests.
        let of_calls = Unread::once(calls).earlier(before);
        let of_asked = Unread::once(calls)
            .over(requests)
            .of_events(requests + calls)
            .earlier(before);
        let of_expiry = Unread {
            once: requests + calls,
            ..of_asked
        };
        let used = self.used.count() + calls;
        self.of_right_uses(unread, of_uses, measures);
        for (name, gathered, unread) in [
            ("used", &mut self.used, Unread::once(calls)),
            ("used_without_grant", &mut self.used_without_grant, of_uses),
            ("used_outside", &mut self.used_unknown, of_all_uses),
            ("used_again", &mut self.used_again, of_calls),
            ("used_unasked", &mut self.used_unasked, of_asked),
            ("used_after_expiry", &mut self.used_after_expiry, of_expiry),
        ] {
            measures
                .gathered(
                    &format!("oversight.approvals_{name}"),
                    known.then_some(take(gathered)),
                )
                .of(used)
                .unread(unread);
        }
    }

    /// Puts how many uses were asked for, granted by somebody else, in time, and done once.
    fn of_right_uses(&self, unread: UnreadOfApprovals, of_uses: Unread, measures: &mut Measures) {
        let UnreadOfApprovals {
            approvals,
            agents,
            calls,
            ..
        } = unread;
        let used = self.used.count() + calls;
        let rightly = (!self.too_many).then_some((self.used_rightly, self.used.count()));
        measures
            .share_known(
                "oversight.share_approvals_used_rightly",
                rightly,
                "no approval was used",
            )
            .of(used)
            .unread(
                of_uses
                    .over(approvals + calls)
                    .many(agents)
                    .more(approvals)
                    .of_events(approvals + calls + agents),
            );
    }
}
