//! Disposals that erased what was younger than laws ask, by the ledger's clock.

use indelible_evidence::{commitment::PartKind, key_event::RetentionClock};

use super::{Disposals, Ends, Group, Made, Rule};
use crate::projections::{
    folds::retention::{KEPT_DAYS, NANOSECONDS_OF_DAY},
    measure::{Gathered, Measures, Unread},
    pieces::Nanos,
};

/// What is known of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Known {
    No,
    Perhaps,
    Yes,
}

/// The times of events that a disposal erases something young of: after the first and up to the last.
struct Window {
    after: u64,
    until: u64,
}

impl Window {
    fn holds(&self, time: u64) -> bool {
        self.after < time && time <= self.until
    }
}

impl Made {
    fn names(&self, sequence: u64) -> bool {
        let mut spans = self.spans.iter();
        spans.any(|(from, to)| (*from..*to).contains(&sequence))
    }

    /// Whether some event between these ends lies in a span and in the window: the ends themselves are known, and what is
    /// between them may.
    fn meets(&self, ends: &Ends, window: &Window) -> Known {
        let Some([(first, Nanos(begins)), (last, Nanos(ends))]) = ends.0 else {
            return Known::No;
        };
        let is_met = |sequence, time| self.names(sequence) && window.holds(time);
        if is_met(first, begins) || is_met(last, ends) {
            return Known::Yes;
        }
        let mut spans = self.spans.iter();
        let may = begins <= window.until && window.after < ends;
        match may && spans.any(|(from, to)| first < *to && *from <= last) {
            true => Known::Perhaps,
            false => Known::No,
        }
    }
}

impl Disposals {
    /// The rule of a disposal as it was in force; none if the settings before it are not among these records.
    fn rule_of(&self, made: &Made) -> Option<&Rule> {
        let settings = self.settings.all()?.iter().rev();
        let mut before = settings.skip_while(|setting| setting.sequence > made.sequence);
        before
            .next()?
            .rules
            .iter()
            .find(|rule| rule.name == made.rule)
    }

    /// Whether it erased something that was younger than so many days.
    fn erased_young(&self, made: &Made, rule: &Rule, days: u64) -> Known {
        let by_recorded = rule.clock == RetentionClock::Recorded.as_str();
        if by_recorded && rule.after_days >= days {
            return Known::No;
        }
        let ago = |days: u64| {
            made.time
                .0
                .saturating_sub(days.saturating_mul(NANOSECONDS_OF_DAY))
        };
        let window = Window {
            after: ago(days),
            until: if by_recorded {
                ago(rule.after_days)
            } else {
                made.time.0
            },
        };
        let Some(all) = self.there.all() else {
            return Known::Perhaps;
        };
        let mut known = Known::No;
        for (_, days) in all.filter(|(key, _)| rule.is_about(key)) {
            let Some(days) = days.all() else {
                return Known::Perhaps;
            };
            for (_, group) in days {
                known = known.max(made.meets(ends_of(group, rule), &window));
            }
        }
        let first = self.timeline.first().map_or(0, |(sequence, _)| sequence);
        let begins_late = made.spans.iter().any(|(from, _)| *from < first);
        // What is under a hold is spared, and which records a rule by the producers' own time names, bodies say.
        let is_sure = by_recorded && self.held.count() == 0;
        match known {
            Known::Yes if !is_sure => Known::Perhaps,
            Known::No if begins_late => Known::Perhaps,
            known => known,
        }
    }

    /// Puts how many disposals erased something that was younger than so many days.
    pub(super) fn erased_younger(&self, measures: &mut Measures) {
        let mut erasing = Gathered::default();
        let mut unknown = 0;
        let all = self.made.all();
        for made in all.unwrap_or_default() {
            match self.rule_of(made) {
                Some(rule) if rule.erases() => erasing.see(made.sequence),
                Some(_) => {}
                None => unknown += 1,
            }
        }
        let population = erasing.count() + unknown;
        for days in KEPT_DAYS {
            let (mut young, mut perhaps) = (Gathered::default(), unknown);
            for made in all.unwrap_or_default() {
                let rule = self.rule_of(made).filter(|rule| rule.erases());
                match rule.map(|rule| self.erased_young(made, rule, days)) {
                    Some(Known::Yes) => young.see(made.sequence),
                    Some(Known::Perhaps) => perhaps += 1,
                    Some(Known::No) | None => {}
                }
            }
            measures
                .gathered(
                    &format!("disposals.erased_younger_{days}d"),
                    all.map(|_| young),
                )
                .of(population)
                .unread(Unread::once(perhaps));
        }
        measures
            .gathered("disposals.erasing", all.map(|_| erasing))
            .unread(Unread::once(unknown));
    }
}

/// The ends of the events of which the rule takes something away.
fn ends_of<'a>(group: &'a Group, rule: &Rule) -> &'a Ends {
    match rule.is_on(PartKind::Body) {
        true => &group.ends,
        false => &group.payload_ends,
    }
}
