//! What keeps a criterion from being decided by clocks: times that are wrong, apart or not there, and ranges that are too
//! short to show that something was so again and again.

use super::{
    check_clause::is_timed,
    clocks::{Agreement, times_not_known},
    framework::{Criterion, Held},
    hold::Outcome,
    judged::Found,
    measured::{asked_in_each, clocks, is_by_day},
    threshold::Span,
};
use crate::{number::shown_number, time::apart};

/// So many tenths of the time in which something is asked for must a range reach over: a month does for 30 days.
const TENTHS: u64 = 9;
const DAY: u64 = 86_400 * 1_000_000_000;

/// A span in days, where it is of whole days.
fn in_days(span: u64) -> String {
    match (span / DAY, span % DAY) {
        (1, 0) => "a day".to_owned(),
        (days @ 2.., 0) => format!("{days} days"),
        _ => apart(span),
    }
}

impl Found<'_> {
    /// Why a criterion can't decide that goes by recorded times in any way: of some records these are known to be wrong.
    /// That something was missed, they show no more than that it was met.
    pub(super) fn clock_was_wrong(&self, criterion: &Criterion, held: &Held) -> Option<Outcome> {
        let measure = &criterion.measure;
        let goes_by_time = is_timed(measure, &held.threshold, held.every)
            || is_by_day(measure)
            || asked_in_each(measure).is_some();
        (goes_by_time && self.wrongly_timed > 0).then(|| {
            Outcome::Undecided(match self.wrongly_timed {
                1 => "it goes by recorded times, and that of 1 record is wrong: the ledger's clock was ahead of a \
                      checkpoint over it"
                    .to_owned(),
                records => format!(
                    "it goes by recorded times, and those of {} records are wrong: the ledger's clock was ahead of a \
                     checkpoint over them",
                    shown_number(records)
                ),
            })
        })
    }

    /// Whether the range is much shorter than the time, in nanoseconds, in which something is asked for.
    pub(super) fn is_too_short(&self, asked_in: u64) -> bool {
        self.span < asked_in / 10 * TENTHS
    }

    /// What is asked for again and again, or on nearly every day, is not shown to be so by a range that is much shorter
    /// than the time it is asked for in.
    pub(super) fn again_and_again(
        &self,
        measure: &str,
        every: Option<Span>,
        outcome: Outcome,
    ) -> Outcome {
        let asked_in = every.map(Span::to_nanoseconds);
        let asked_in = asked_in.into_iter().chain(asked_in_each(measure)).max();
        match (asked_in, outcome) {
            (Some(asked_in), Outcome::Met) if self.is_too_short(asked_in) => {
                Outcome::Vacuous(format!(
                    "the range is too short to tell how often something was so, which takes {}",
                    in_days(asked_in)
                ))
            }
            (_, outcome) => outcome,
        }
    }

    /// Why a deadline is not known to be met: producers gave events that it may hang on no time. That one is missed, the
    /// ledger's clock alone says.
    pub(super) fn times_left_out(&self, measure: &str, within: Option<Span>) -> Option<Outcome> {
        let agreement = self.clocks.agree(clocks(measure), within?.to_nanoseconds());
        let Agreement::Untimed(untimed) = agreement else {
            return None;
        };
        let so = "so nothing shows that the ledger's clock was right then";
        Some(Outcome::Undecided(match untimed {
            1 => format!("its producer gave 1 of these events no time, {so}"),
            _ => format!(
                "producers gave {} of these events no time, {so}",
                shown_number(untimed)
            ),
        }))
    }

    /// Why something can't be called late, if the range ends by a clock that the producers' own contradict.
    pub(super) fn end_is_not_known(&self, within: Option<Span>) -> Option<Outcome> {
        let within = within?.to_nanoseconds();
        if self.clocks.is_end_closed() {
            return Some(Outcome::Undecided(
                "where the range ends, the producer's own time can't be read, so nothing shows that the ledger's clock \
                 was right then"
                    .to_owned(),
            ));
        }
        let distance = self.clocks.distance_at_end().filter(|it| *it > within)?;
        Some(Outcome::Undecided(format!(
            "where the range ends, the ledger's clock and the producer's own time are {} apart, and the mapping allows {}",
            apart(distance),
            apart(within)
        )))
    }

    /// Why a criterion on time can't decide by these clocks.
    pub(super) fn clocks_differ(&self, measure: &str, within: Span) -> Option<Outcome> {
        let agreement = self.clocks.agree(clocks(measure), within.to_nanoseconds());
        match agreement {
            Agreement::Near | Agreement::Untimed(_) => None,
            Agreement::Apart(distance) => Some(Outcome::Undecided(format!(
                "the ledger's clock and the producers' own times are up to {} apart, and the mapping allows {}",
                apart(distance),
                apart(within.to_nanoseconds())
            ))),
            Agreement::Unread { closed, misfits } => {
                Some(Outcome::Undecided(times_not_known(closed, misfits)))
            }
        }
    }
}
