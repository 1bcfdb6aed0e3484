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
            calls,
            before,
            ..
        } = unread;
        // An answer that can't be read may end one approval, so that what is done after it is done under another.
        let of_uses = Unread::once(approvals + calls)
            .over(approvals)
            .of_events(approvals + calls)
            .earlier(before);
        let of_all_uses = Unread::once(approvals + calls)
            .fewer(approvals)
            .of_events(approvals + calls)
            .earlier(before);
        let used = self.used.count() + approvals + calls;
        self.of_right_uses(unread, of_uses, measures);
        for (name, gathered, unread) in [
            ("used", &mut self.used, of_uses),
            ("used_without_grant", &mut self.used_without_grant, of_uses),
            ("used_outside", &mut self.used_unknown, of_all_uses),
            ("used_again", &mut self.used_again, of_uses),
            ("used_unasked", &mut self.used_unasked, of_uses),
            ("used_after_expiry", &mut self.used_after_expiry, of_uses),
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
            all,
            ..
        } = unread;
        let used = self.used.count() + calls;
        let rightly = (!self.too_many).then_some((self.used_rightly, self.used.count()));
        measures
            .share_known(
                "oversight.share_approvals_used_rightly",
                rightly,
                "no client's event tells of the use of an approval",
            )
            .shown_by(self.used_wrongly.records())
            .of(used)
            .unread(
                of_uses
                    .over(approvals + calls)
                    .many(agents)
                    .more(approvals)
                    .of_events(all + calls),
            );
    }
}
