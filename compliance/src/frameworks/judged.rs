//! A criterion held against what was found: over its population, with what nothing read, and by both clocks.

use super::{
    check_clause::is_timed,
    clocks::Clocks,
    framework::{Criterion, Held},
    hold::{Measured, Outcome},
    left_open::such_events,
    measured::{is_by_length, is_by_place, is_of_clocks, is_on_time},
    populations::nothing_of_beside,
    threshold::{Limit, Span, Threshold},
    unusable::Unusable,
};
use crate::{
    number::shown_number,
    projections::{
        measure::{Measure, Measures, Value},
        pieces::Spread,
    },
};

/// What was found in a range.
#[derive(Clone, Copy, Debug)]
pub struct Found<'a> {
    /// What folds measured.
    pub measures: &'a Measures,
    /// The ledger's clock beside the producers' own.
    pub clocks: &'a Clocks,
    /// From the recorded time of the first record to that of the last, in nanoseconds; in a period by event time, between
    /// the times of its events that could be read.
    pub span: u64,
    /// How long a period by event time is, whatever could be read; none where an end of it is open.
    pub period: Option<u64>,
    /// What a period by event time leaves out between the records that count.
    pub elsewhen: Between,
    /// What a report on imports alone leaves out between them.
    pub live: Between,
    /// What no fold can use.
    pub unusable: Unusable,
    /// All of it was imported: when it was recorded says nothing of when it happened.
    pub is_imported: bool,
    /// Of so many records of the range the recorded times are known to be wrong.
    pub wrongly_timed: u64,
}

/// Events that lie between those that count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Between {
    /// So many don't count: they happened at another time, or were not imported.
    pub left_out: u64,
    /// Of so many nobody knows that, so that they may count or not. They were taken in.
    pub unknown: u64,
}

/// What came of a criterion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// The measure's value.
    pub value: Value,
    /// How large the population is, as far as it was read; none if nothing was asked, or it can't be computed.
    pub population: Option<u64>,
    /// How many events that the measure rests on nothing read.
    pub unread: u64,
    /// How many more were read, and leave out what decides.
    pub unsaid: u64,
    /// The threshold, for the whole range; none if nothing was asked.
    pub threshold: Option<Threshold>,
    /// How what it counts is spread over the range, and how that is asked for; none if it is not asked for again and again.
    pub spread: Option<(Spread, Spread)>,
    /// What came of it; none if nothing was asked.
    pub outcome: Option<Outcome>,
    /// What was recorded before the range may change it.
    pub carried: bool,
}

impl Criterion {
    /// Holds it against what was found. `within` is how far the two clocks may be apart.
    pub fn judge(&self, found: &Found<'_>, within: Option<Span>) -> Judged {
        let measure = as_far_as_read(found.measure(&self.measure));
        let measured = Measured::of(&measure, found.unusable);
        let held = self.held.as_ref();
        let threshold = held.map(|held| held.over(found.span));
        let population = held.map(|held| found.measure(&held.of));
        let outcome = held.zip(threshold.as_ref()).map(|(held, threshold)| {
            let timed = is_timed(&self.measure, &held.threshold, held.every);
            let wrong = found.clock_was_wrong(self, held);
            let population = population.as_ref();
            let blocked = population
                .and_then(|population| found.nothing_to_look_at(&held.of, population))
                .map(|outcome| beside_what_is_there(outcome, &measure));
            // Which records are old enough for a population, a wrong clock doesn't say.
            let blocked = blocked.filter(|_| wrong.is_none() || !is_on_time(&held.of));
            let blocked = blocked.or(wrong);
            let blocked = blocked.or_else(|| found.places_differ(&self.measure, &held.of));
            let blocked =
                blocked.or_else(|| self.nothing_to_take_of(&measure, &measured, threshold));
            let blocked = blocked.or_else(|| found.nothing_is_known_to_count(&measure));
            let within = within.filter(|_| timed && !is_of_clocks(&self.measure));
            let clocks = || found.clocks_differ(&self.measure, within?);
            let imported = || (timed && found.is_imported).then(times_of_an_import);
            let blocked = blocked.or_else(imported);
            let blocked = blocked.or_else(clocks);
            let outcome = blocked.unwrap_or_else(|| {
                found.hold_at_any_length(held, threshold, (&measure, &measured))
            });
            // A rate is taken over the range, and no deadline hangs on the time of one event.
            let untimed = match (&outcome, held.every) {
                (Outcome::Met, None) => found.times_left_out(&self.measure, within),
                // What stands open is late by the time at which the range ends.
                (Outcome::NotMet, None) => found.end_is_not_known(within),
                _ => None,
            };
            let outcome = untimed.unwrap_or(outcome);
            found.again_and_again(&self.measure, held.every, outcome)
        });
        let wanted = held.and_then(|held| held.spread(found.span));
        Judged {
            spread: measure.recurs.map(|recurs| recurs.known).zip(wanted),
            population: population.and_then(|population| count(&population)),
            unread: measured.unread(),
            unsaid: measured.unsaid(),
            threshold,
            outcome,
            carried: held.is_some() && measure.unread.before,
            value: measure.value,
        }
    }
}

impl Criterion {
    /// What comes of a measure that is taken of nothing, though its population is there. A number that is asked for says
    /// *not met* by its absence. A part or a span of nothing is none, and too much of nothing is there only if the ends
    /// of the range show it.
    fn nothing_to_take_of(
        &self,
        measure: &Measure,
        measured: &Measured,
        threshold: &Threshold,
    ) -> Option<Outcome> {
        if measure.population != Some(0) {
            return None;
        }
        if let Value::NotComputable(why) = &measure.value {
            return Some(Outcome::Vacuous(why.clone()));
        }
        let is_kept = || measured.hold_against(threshold) == Outcome::Met;
        let vacuous = match threshold {
            Threshold::AtLeast(Limit::Count(_)) => false,
            Threshold::AtMost(_) => is_kept(),
            _ => true,
        };
        vacuous.then(|| Outcome::Vacuous("there is nothing that it could be taken of".to_owned()))
    }
}

/// That there is nothing is said only of what could be read.
fn as_far_as_read(mut measure: Measure) -> Measure {
    if let Value::NotComputable(why) = &mut measure.value
        && measure.unread.count() > 0
        && why.starts_with("no ")
        && !why.contains("read")
    {
        why.push_str(", as far as events could be read");
    }
    measure
}

/// Where there is something, and nothing of what it is asked for beside, a reader is not told that there is nothing.
fn beside_what_is_there(outcome: Outcome, measure: &Measure) -> Outcome {
    match (outcome, &measure.value) {
        (Outcome::Vacuous(why), Value::Count(1..)) => {
            Outcome::Vacuous(format!("{why}, and it is asked for beside that alone"))
        }
        (outcome, _) => outcome,
    }
}

fn times_of_an_import() -> Outcome {
    Outcome::Undecided(
        "it is on time, and these events were recorded when they were imported".to_owned(),
    )
}

/// How many there are of a population, as far as they were read.
fn count(population: &Measure) -> Option<u64> {
    match population.value {
        Value::Count(count) => Some(count),
        Value::Share { whole, .. } => Some(whole),
        _ => None,
    }
}

impl Found<'_> {
    /// What keeps a criterion over this population, of this name, from being held against anything.
    fn nothing_to_look_at(&self, name: &str, population: &Measure) -> Option<Outcome> {
        let nothing = || Outcome::Vacuous(nothing_of_beside(name, self.measures));
        let unread = population.unread;
        let either = unread.many;
        let (may_be_more, may_be_less) = (
            unread.once + unread.more + either,
            unread.over + unread.fewer + either,
        );
        let open = || such_events(unread.count(), unread.unsaid, self.unusable);
        match (count(population), &population.value) {
            (Some(0), Value::Share { .. }) => Some(nothing()),
            (Some(0), _) if may_be_more == 0 => Some(nothing()),
            (Some(0), _) => Some(Outcome::Undecided(format!(
                "none of what it is about is known to be there, and {} may be of it",
                open().unwrap_or_default()
            ))),
            (Some(count), _) if may_be_less >= count => Some(Outcome::Undecided(format!(
                "{} may take away all that it is about, of which {} can be read",
                open().unwrap_or_default(),
                shown_number(count)
            ))),
            (Some(_), _) => None,
            // Of nothing there is no share.
            (None, Value::NotComputable(why)) if population.population == Some(0) => {
                Some(Outcome::Vacuous(why.clone()))
            }
            (None, Value::NotComputable(why)) => Some(Outcome::Undecided(match open() {
                Some(open) => format!(
                    "how much of what it is about there is, can't be said: {why}; there are {open}"
                ),
                None => format!("how much of what it is about there is, can't be said: {why}"),
            })),
            _ => Some(Outcome::Undecided(
                "its population is not a count, so the mapping is wrong here".to_owned(),
            )),
        }
    }

    fn measure(&self, name: &str) -> Measure {
        let absent = || {
            let why = "the projection did not give this measure".to_owned();
            Measure::exact(Value::NotComputable(why), &[])
        };
        self.measures
            .0
            .get(name)
            .map_or_else(absent, Measure::clone)
    }

    /// Why a criterion can't decide that counts by where records stand, or over what does: others stand between those
    /// that count. Of a number of a producer that seems to be missing, the event may lie among them.
    fn places_differ(&self, measure: &str, population: &str) -> Option<Outcome> {
        let (left_out, unknown) = (self.left_out(), self.unknown());
        if left_out + unknown == 0 {
            return None;
        }
        let goes_by = match () {
            () if is_by_place(measure) => Some("where records stand"),
            () if is_by_length(measure) && unknown > 0 => Some("how long the range is"),
            () => None,
        };
        if let Some(goes_by) = goes_by {
            return Some(Outcome::Undecided(format!(
                "it goes by {goes_by}, and {}",
                self.others_words()
            )));
        }
        // Of a population that is counted by headers, none may count.
        let known = count(&self.measure(population))?.saturating_sub(unknown);
        (is_by_place(population) && known == 0).then(|| {
            Outcome::Undecided(format!(
                "nothing of what it is about is known to count: {}",
                self.others_words()
            ))
        })
    }

    /// Holds a measure against its threshold. Of what is asked for again and again, where the range begins and ends decides how
    /// often it is asked for and how long the pauses at its ends are. So where nobody knows of some events when they happened,
    /// it is met only where it is at any length, with pauses as long as that can make them, and missed only where there are too
    /// few at any length.
    fn hold_at_any_length(
        &self,
        held: &Held,
        threshold: &Threshold,
        taken: (&Measure, &Measured),
    ) -> Outcome {
        let outcome = self.hold_over(held, threshold, taken, self.span);
        if held.every.is_none() || self.elsewhen.unknown == 0 {
            return outcome;
        }
        let (measure, measured) = taken;
        let longest = self.period.map(|period| period.max(self.span));
        let at_most = longest.map(|span| {
            let mut at_worst = measure.clone();
            if let Some(recurs) = &mut at_worst.recurs {
                let pause = &mut recurs.known.longest_pause;
                *pause = pause.saturating_add(span - self.span);
            }
            let threshold = held.over(span);
            let are_too_few = measured.hold_against(&threshold) == Outcome::NotMet;
            let outcome = self.hold_over(held, &threshold, (&at_worst, measured), span);
            (outcome, are_too_few)
        });
        let are_too_few = measured.hold_against(threshold) == Outcome::NotMet;
        match at_most {
            Some((Outcome::Met, _)) if outcome == Outcome::Met => outcome,
            Some((_, true)) if are_too_few => Outcome::NotMet,
            _ => Outcome::Undecided(format!(
                "it is asked for as often as it fits into the range, and {}",
                self.others_words()
            )),
        }
    }

    /// Why a criterion can't decide whose measure may be taken of nothing: of all that it is taken of, nobody knows
    /// whether it counts.
    fn nothing_is_known_to_count(&self, measure: &Measure) -> Option<Outcome> {
        let taken_of = measure.population?;
        let is_unread = taken_of > 0 && taken_of <= measure.unread.open();
        (is_unread && self.unknown() > 0).then(|| {
            Outcome::Undecided(format!(
                "nothing of what it is taken of is known to count: {}",
                self.others_words()
            ))
        })
    }

    fn left_out(&self) -> u64 {
        self.elsewhen.left_out + self.live.left_out
    }

    fn unknown(&self) -> u64 {
        self.elsewhen.unknown + self.live.unknown
    }

    /// Which events of the range don't count, or may not.
    fn others_words(&self) -> String {
        let events =
            |between: Between, one: &str, more: &str| match between.left_out + between.unknown {
                0 => None,
                1 => Some(format!("1 event of these records {one}")),
                events => Some(format!(
                    "{} events of these records {more}",
                    shown_number(events)
                )),
            };
        let elsewhen = events(
            self.elsewhen,
            "lies outside the period by its producer's time, or may",
            "lie outside the period by their producers' times, or may",
        );
        let live = events(
            self.live,
            "was not imported, or may not have been",
            "were not imported, or may not have been",
        );
        let words: Vec<_> = elsewhen.into_iter().chain(live).collect();
        words.join(", and ")
    }
}

impl Held {
    /// The threshold for a range of this length: a rate is asked for as often as it fits in.
    fn over(&self, span: u64) -> Threshold {
        match (&self.threshold, self.every) {
            (Threshold::AtLeast(Limit::Count(count)), Some(every)) => {
                let times = (span / every.to_nanoseconds().max(1)).max(1);
                Threshold::AtLeast(Limit::Count(count.saturating_mul(times)))
            }
            (threshold, _) => threshold.clone(),
        }
    }
}
