//! What can still be read of what the gate recorded, by the day on which it was.

use serde::{Deserialize, Serialize};

use super::Governance;
use crate::{
    gate::{GateKind, Governed},
    projections::{
        folds::retention::{KEPT_DAYS, NANOSECONDS_OF_DAY},
        measure::{Measures, Unread},
        pieces::{Keyed, Sum, absorb_fields},
    },
    time::Day,
};

/// The records of one day that say what a report counts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct OfDay {
    #[serde(rename = "c")]
    closed: Sum,
    #[serde(rename = "t")]
    there: Sum,
}

absorb_fields!(OfDay { closed, there });

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Kept {
    days: Keyed<OfDay>,
}

absorb_fields!(Kept { days });

impl Kept {
    pub(super) fn see(&mut self, record: &Governed<'_>) {
        if record.kind == GateKind::Quiet {
            return;
        }
        if let Some(day) = self.days.at(Day::of(record.time()).as_str()) {
            match record.is_closed() {
                true => day.closed.add(1),
                false => day.there.add(1),
            }
        }
    }

    /// How many of the days that this holds for can be read, and how many can't; none if there are too many days.
    fn of(&self, is_meant: impl Fn(&str) -> bool) -> Option<(u64, u64)> {
        let days = self.days.all()?.filter(|(day, _)| is_meant(day));
        Some(days.fold((0, 0), |(there, closed), (_, day)| {
            (there + day.there.value(), closed + day.closed.value())
        }))
    }
}

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
