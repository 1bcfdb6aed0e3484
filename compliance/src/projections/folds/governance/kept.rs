//! What can still be read of what the gate recorded, by the day on which it was.

use serde::{Deserialize, Serialize};

use crate::{
    gate::{GateKind, Governed},
    projections::pieces::{Keyed, Sum, absorb_fields},
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
    pub(super) fn of(&self, is_meant: impl Fn(&str) -> bool) -> Option<(u64, u64)> {
        let days = self.days.all()?.filter(|(day, _)| is_meant(day));
        Some(days.fold((0, 0), |(there, closed), (_, day)| {
            (there + day.there.value(), closed + day.closed.value())
        }))
    }
}
