//! What became of the events of an upload, counted.

use indelible_proto::v1::Acknowledgement;

use crate::cli::events::reading::{Place, RefusedRecord};

/// Refused records that are kept for people; all are counted.
pub(super) const REFUSALS_KEPT_MAX: usize = 100;

/// What became of the events.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Events of records, appended now. The verdict on an input is none of them.
    pub(crate) appended: u64,
    /// There before.
    pub(crate) repeated: u64,
    /// Those of them that were erased since: whether they were the same can't be told any more.
    pub(crate) erased: u64,
    /// Refused, by the mapping or by the daemon.
    pub(crate) refused: u64,
    /// Those refused, or, for people, the first of them.
    pub(crate) refusals: Vec<RefusedRecord>,
    /// The verdict on the input, once it is acknowledged.
    pub(crate) verdict: Option<RecordedVerdict>,
    /// The least sequence number acknowledged for a record.
    pub(crate) first_sequence: Option<u64>,
    /// The greatest.
    pub(crate) last_sequence: Option<u64>,
}

/// Where the verdict on an input is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RecordedVerdict {
    pub(crate) sequence: u64,
    /// Whether it was there before.
    pub(crate) repeat: bool,
}

impl Tally {
    /// How many acknowledgements and refusals there were, that of a verdict among them.
    #[must_use]
    pub(crate) fn progress(&self) -> u64 {
        self.total() + u64::from(self.verdict.is_some())
    }

    /// How many records were read and dealt with.
    #[must_use]
    pub(crate) fn total(&self) -> u64 {
        self.appended + self.repeated + self.refused
    }

    /// How many were there before, and of how many that can't be told for sure.
    #[must_use]
    pub(crate) fn repeated_for_people(&self) -> String {
        match self.erased {
            0 => self.repeated.to_string(),
            erased => format!(
                "{} ({erased} of them erased since: whether they said the same can't be compared, and nothing was recorded)",
                self.repeated
            ),
        }
    }

    pub(super) fn count(&mut self, place: Place, acknowledgement: &Acknowledgement) {
        let sequence = acknowledgement.sequence;
        if place.is_verdict() {
            let repeat = acknowledgement.repeat;
            self.verdict = Some(RecordedVerdict { sequence, repeat });
            return;
        }
        if acknowledgement.repeat {
            self.repeated += 1;
            self.erased += u64::from(acknowledgement.erased);
        } else {
            self.appended += 1;
        }
        self.first_sequence = Some(self.first_sequence.map_or(sequence, |s| s.min(sequence)));
        self.last_sequence = Some(self.last_sequence.map_or(sequence, |s| s.max(sequence)));
    }

    pub(crate) fn refuse(&mut self, refused: RefusedRecord, keeps_all: bool) {
        self.refused += 1;
        if keeps_all || self.refusals.len() < REFUSALS_KEPT_MAX {
            // What the mapping refuses is known before what the daemon refuses.
            let place = |kept: &RefusedRecord| kept.place <= refused.place;
            let index = self.refusals.partition_point(place);
            self.refusals.insert(index, refused);
        }
    }
}
