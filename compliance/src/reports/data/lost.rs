//! Records that were acknowledged and are lost.
//!
//! That is the word of the daemon that acknowledged them: no evidence shows what is not in it. So it is no part of what a
//! report is named by, and whoever makes the report again takes it as it is given.

use serde::{Deserialize, Serialize};

use super::ahead::RecordedAhead;
use crate::{
    canonical::INTEGER_MAX,
    number::{counted, shown_number},
};

/// Records of the ledger of a report that are lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lost {
    /// The first.
    pub from: u64,
    /// The one after the last.
    pub to: u64,
}

impl Lost {
    /// Those from `from` up to but not including `to`; none if there are none.
    pub fn of(from: u64, to: u64) -> Option<Self> {
        let (from, to) = (from.min(INTEGER_MAX), to.min(INTEGER_MAX));
        (from < to).then_some(Self { from, to })
    }

    /// Whether it is of the form that [`Self::of`] gives.
    pub fn is_valid(&self) -> bool {
        Self::of(self.from, self.to) == Some(*self)
    }

    /// For people: how a report's headline begins.
    pub fn words(&self) -> String {
        let last = self.to.saturating_sub(1);
        let (records, they) = match last == self.from {
            true => (
                format!("RECORD {} IS LOST: it was", shown_number(self.from)),
                "it",
            ),
            false => (
                format!(
                    "RECORDS {} TO {} ARE LOST: {} were",
                    shown_number(self.from),
                    shown_number(last),
                    counted(self.to.saturating_sub(self.from), "record", "records")
                ),
                "they",
            ),
        };
        format!(
            "{records} acknowledged and can’t be read any more, by the word of the daemon that made this report. What {they} \
             said counts nowhere, and any clause may stand higher without that."
        )
    }
}

/// What is known to be lost comes first, then what is known of a clock that was wrong.
pub(super) fn before_all(
    lost: Option<&Lost>,
    ahead: Option<&RecordedAhead>,
    headline: String,
) -> String {
    let words = lost.map(Lost::words).into_iter();
    let words = words.chain(ahead.map(RecordedAhead::words));
    words.chain([headline]).collect::<Vec<_>>().join(" ")
}
