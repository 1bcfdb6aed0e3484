//! What the gate's days come to.

use super::Governance;
use crate::{
    projections::{
        folds::retention::{KEPT_DAYS, NANOSECONDS_OF_DAY},
        measure::{Measures, Unread},
    },
    time::Day,
};

impl Governance {
    /// On which days the gate decided, and what is left of what it recorded long ago. What can't be read may be there, since
    /// evidence may leave it out.
    pub(super) fn of_days(&self, measures: &mut Measures) {
        let all = self.kept.of(|_| true);
        measures
            .number(
                "governance.records",
                all.map(|(there, closed)| there + closed),
            )
            .of(all.map_or(0, |(there, closed)| there + closed));
        let end = self.range.last().map_or(0, |(_, time)| time);
        for days in KEPT_DAYS {
            let until = Day::of(end.saturating_sub(days * NANOSECONDS_OF_DAY));
            let old = self.kept.of(|day| day <= until.as_str());
            let nothing = format!("no record of the ledger's own gate is {days} days old");
            let (there, closed) = old.unwrap_or_default();
            measures
                .share_known(
                    &format!("governance.kept_{days}d"),
                    old.map(|(there, _)| (there, there)),
                    &nothing,
                )
                .of_family(there, closed);
        }
        let ends = self.range.first().zip(self.range.last());
        let days = ends.map_or(0, |((_, first), (_, last))| {
            (last / NANOSECONDS_OF_DAY).saturating_sub(first / NANOSECONDS_OF_DAY) + 1
        });
        let unread = self.unread.decisions.count();
        let decided = self.decisions.recorded.count() + unread;
        measures
            .share_known(
                "governance.share_of_days_with_decisions",
                self.decisions.days.count().map(|decided| (decided, days)),
                "there is no record",
            )
            .of(if decided > 0 { days } else { 0 })
            .unread(Unread::default().more(unread));
    }
}
