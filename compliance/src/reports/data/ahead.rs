//! Records whose recorded times are later than the checkpoint over them was signed.
//!
//! A checkpoint of the same size or a later one may be signed at another time, so this is no part of what the evidence
//! determines at a size, nor of what a report is named by: a report made again from a later bundle could not tell.

use indelible_evidence::verify::Report as Verification;
use serde::{Deserialize, Serialize};

use crate::{
    canonical::INTEGER_MAX,
    reports::{
        moments::{rfc3339, shown_text},
        words::{counted, shown_number},
    },
    time,
};

const SECOND: u64 = 1_000_000_000;

/// What is ahead of its checkpoint in the range of a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedAhead {
    /// How many records.
    pub records: u64,
    /// The first of them.
    pub first: u64,
    /// When the checkpoint of the evidence that the report was made from was signed, by its operator's word: RFC 3339.
    pub signed: String,
}

impl RecordedAhead {
    /// Of the records from `from` up to but not including `to`; none if none is ahead, or no time stands with the
    /// checkpoint. Recorded times never decrease, so all after the first are ahead, too.
    pub(crate) fn of(verification: &Verification, from: u64, to: u64) -> Option<Self> {
        let ahead = verification.bundle.recorded?.after_checkpoint?;
        let signed = verification.freshness.operator_time?;
        let first = ahead.first.max(from);
        let records = to.checked_sub(first).filter(|records| *records > 0)?;
        Some(Self {
            records: records.min(INTEGER_MAX),
            first: first.min(INTEGER_MAX),
            signed: rfc3339(signed.saturating_mul(SECOND)),
        })
    }

    /// Whether a checkpoint over the records from `from` up to but not including `to` may say so: one that was signed at
    /// that time, whenever that was. They are the last ones of the range, and `last`, the recorded time of its last
    /// record in nanoseconds since 1970 UTC, is later.
    pub fn may_be_of(&self, from: u64, to: u64, last: Option<u64>) -> bool {
        let signed = time::parse(&self.signed).filter(|signed| rfc3339(*signed) == self.signed);
        let is_later = last.zip(signed).is_some_and(|(last, signed)| {
            signed.is_multiple_of(SECOND) && last / SECOND > signed / SECOND
        });
        let end = self.first.checked_add(self.records);
        is_later && self.records > 0 && self.first >= from && end == Some(to)
    }

    /// For people.
    pub(crate) fn words(&self) -> String {
        let records = match self.records {
            1 => format!(
                "The recorded time of record {} is",
                shown_number(self.first)
            ),
            records => format!(
                "The recorded times of {} from record {} on are",
                counted(records, "record", "records"),
                shown_number(self.first)
            ),
        };
        format!(
            "{records} later than {}, when a checkpoint over them was signed. A checkpoint is signed after its records, so \
             the ledger's clock was wrong: nothing shows when these were recorded, nor that all records of a time by the \
             calendar are in a range by it.",
            shown_text(&self.signed)
        )
    }
}
