//! What is asked for again and again: how often and how evenly, and whether it was.

use super::{
    framework::Held,
    hold::{Measured, Outcome},
    judged::Found,
    threshold::{Span, Threshold},
};
use crate::projections::{
    measure::{Measure, Recurs},
    pieces::Spread,
};

/// So many times the time in which something is asked for may pass without it: a month may be late by one.
const PAUSES: u64 = 2;
/// Once is not again.
const DAYS_LEAST: u64 = 2;

impl Held {
    /// How what is asked for again and again must be spread over a range of this length, in nanoseconds: on as many days
    /// as it is asked for, and without a long pause. None if it is not asked for so.
    pub(super) fn spread(&self, span: u64) -> Option<Spread> {
        let every = self.every?.to_nanoseconds().max(1);
        Some(Spread {
            days: (span / every).max(DAYS_LEAST),
            longest_pause: every.saturating_mul(PAUSES),
        })
    }
}

impl Found<'_> {
    /// Holds a measure against its threshold over a range of this length. A number that is reached on one day of many is
    /// not reached again and again.
    pub(super) fn hold_over(
        &self,
        held: &Held,
        threshold: &Threshold,
        (measure, measured): (&Measure, &Measured),
        span: u64,
    ) -> Outcome {
        let outcome = measured.hold_against(threshold);
        // A range that is too short to tell shows neither.
        let too_short = |every: Span| self.is_too_short(every.to_nanoseconds());
        let wanted = held.spread(span);
        let Some(wanted) = wanted.filter(|_| !held.every.is_some_and(too_short)) else {
            return outcome;
        };
        let Some(Recurs { known, possible }) = measure.recurs else {
            return Outcome::Undecided(
                "the projection doesn't tell when what it counts was recorded".to_owned(),
            );
        };
        let is_kept = |spread: Spread| {
            spread.days >= wanted.days && spread.longest_pause <= wanted.longest_pause
        };
        match outcome {
            _ if !is_kept(possible) => Outcome::NotMet,
            Outcome::Met if !is_kept(known) => Outcome::Undecided(measured.open_words()),
            outcome => outcome,
        }
    }
}
