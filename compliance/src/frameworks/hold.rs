//! Holding a measure against its threshold, over its population and with what nothing read.
//!
//! An outcome is given only if it is the same whatever the unread bodies say. So reading more can turn *undecided* into
//! *met* or *not met*, and never one of these into the other: less evidence never grades better.

use std::cmp::Ordering;

use super::{
    left_open::rests_on,
    threshold::{Limit, Span, Threshold},
    unusable::Unusable,
};
use crate::projections::measure::{Measure, Value};

/// What came of holding a measure against a threshold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is met, whatever the unread bodies say.
    Met,
    /// It is not met, whatever they say.
    NotMet,
    /// There is nothing that it could be held against, and why.
    Vacuous(String),
    /// It can't be said, and why.
    Undecided(String),
}

/// A measure as it was found, and what is certain of it.
#[derive(Clone, Debug)]
pub(super) struct Measured {
    /// What the events that were read say.
    value: Value,
    /// It is at least so much, whatever the others say; not computable where they may say anything.
    least: Value,
    /// It is at most so much, whatever the others say; not computable where they may say anything.
    most: Value,
    /// How many events that it rests on nothing read.
    unread: u64,
    /// How many more were read, and leave out what decides.
    unsaid: u64,
    /// What was recorded before the range may clear what speaks against it.
    earlier: bool,
    /// What may be among what is not read.
    unusable: Unusable,
}

impl Measured {
    /// Of a measure. What stood open before the range is another matter, which limits the whole clause.
    pub(super) fn of(measure: &Measure, unusable: Unusable) -> Self {
        let unread = measure.unread.before(false);
        let measure = Measure {
            unread,
            ..measure.clone()
        };
        Self {
            least: measure.least(),
            most: measure.greatest(),
            unread: unread.count(),
            unsaid: unread.unsaid,
            earlier: unread.earlier,
            unusable,
            value: measure.value,
        }
    }

    /// How many events that it rests on nothing read.
    pub(super) fn unread(&self) -> u64 {
        self.unread
    }

    /// How many events that it rests on were read, and leave out what decides.
    pub(super) fn unsaid(&self) -> u64 {
        self.unsaid
    }

    /// Holds it against a threshold. What comes of it must be certain: that a bound is broken no less than that it is
    /// kept.
    pub(super) fn hold_against(&self, threshold: &Threshold) -> Outcome {
        if let Value::NotComputable(why) = &self.value {
            return Outcome::Undecided(match self.unread + self.unsaid {
                0 => why.clone(),
                _ => self.open_words(),
            });
        }
        if let Some(problem) = threshold.of_another_unit(&self.value) {
            return Outcome::Undecided(problem);
        }
        let (met, missed) = match threshold {
            Threshold::AtLeast(limit) => (
                compare(&self.least, *limit).map(Ordering::is_ge),
                compare(&self.most, *limit).map(Ordering::is_lt),
            ),
            Threshold::AtMost(limit) => (
                compare(&self.most, *limit).map(Ordering::is_le),
                compare(&self.least, *limit).map(Ordering::is_gt),
            ),
            Threshold::Is(wanted) => {
                let is = |flag| Some(self.least == Value::Flag(flag));
                (is(*wanted), is(!*wanted))
            }
        };
        match (met, missed) {
            (Some(true), _) => Outcome::Met,
            (_, Some(true)) if self.earlier => Outcome::Undecided(
                "what was recorded before these records could change it, and they don't hold it"
                    .to_owned(),
            ),
            (_, Some(true)) => Outcome::NotMet,
            _ if self.unread + self.unsaid == 0 => {
                Outcome::Undecided("there is nothing to take a share of".to_owned())
            }
            _ => Outcome::Undecided(self.open_words()),
        }
    }
}

impl Measured {
    /// What could change it: events that nothing read, and apart from these, events that leave out what decides.
    pub(super) fn open_words(&self) -> String {
        let words = rests_on(self.unread, self.unsaid, self.unusable);
        let verb = match self.unread > 0 && self.unsaid > 0 {
            false => "and could change it",
            true => "and all of these could change it",
        };
        format!("{}, {verb}", words.unwrap_or_default())
    }
}

/// How a value stands to a limit of its own unit. A share of nothing stands to none.
fn compare(value: &Value, limit: Limit) -> Option<Ordering> {
    match (value, limit) {
        (Value::Count(count), Limit::Count(limit)) => Some(count.cmp(&limit)),
        (Value::Nanoseconds(span), Limit::Span(limit)) => Some(Span::of(*span).cmp(&limit)),
        (Value::Share { whole: 0, .. }, _) => None,
        (Value::Share { part, whole }, Limit::Millionths(limit)) => {
            let scaled = u128::from(*part) * 1_000_000;
            Some(scaled.cmp(&(u128::from(*whole) * u128::from(limit))))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::projections::measure::Unread;

    fn held(value: Value, unread: Unread, threshold: &Threshold) -> Outcome {
        let mut measure = Measure::exact(value, &[]);
        measure.unread(unread);
        Measured::of(&measure, Unusable::default()).hold_against(threshold)
    }

    fn none() -> Unread {
        Unread::default()
    }

    fn is_undecided(outcome: &Outcome) -> bool {
        matches!(outcome, Outcome::Undecided(_))
    }

    #[test]
    fn shares_are_compared_exactly() {
        // A share shown as 10 % that is a little more must not pass as at most 10 %.
        let limit = Threshold::AtMost(Limit::Millionths(100_000));
        let share = |part, whole| Value::Share { part, whole };
        let exact = |value, limit| held(value, none(), limit);
        assert_eq!(exact(share(1, 10), &limit), Outcome::Met);
        assert_eq!(
            exact(share(100_000_001, 1_000_000_000), &limit),
            Outcome::NotMet
        );
        let least = Threshold::AtLeast(Limit::Millionths(1_000_000));
        assert_eq!(exact(share(u64::MAX, u64::MAX), &least), Outcome::Met);
        assert_eq!(
            exact(share(u64::MAX - 1, u64::MAX), &least),
            Outcome::NotMet
        );
    }

    #[test]
    fn what_can_not_be_said_is_never_met() {
        let zero = Threshold::AtMost(Limit::Count(0));
        for value in [
            Value::NotComputable("sealed".to_owned()),
            Value::Share { part: 0, whole: 0 },
            Value::Share { part: 0, whole: 5 },
            Value::Flag(true),
            Value::Nanoseconds(0),
        ] {
            let outcome = held(value.clone(), none(), &zero);
            assert!(is_undecided(&outcome), "{value:?}");
        }
    }

    #[test]
    fn an_upper_bound_is_met_only_with_the_remainder_and_a_lower_one_only_without() {
        let most = Threshold::AtMost(Limit::Count(5));
        let least = Threshold::AtLeast(Limit::Count(5));
        let of =
            |count, unread, threshold| held(Value::Count(count), Unread::once(unread), threshold);
        assert_eq!(of(3, 2, &most), Outcome::Met);
        assert!(is_undecided(&of(3, 3, &most)));
        assert_eq!(of(6, 3, &most), Outcome::NotMet);
        assert_eq!(of(5, 9, &least), Outcome::Met);
        assert!(is_undecided(&of(4, 1, &least)));
        assert_eq!(of(3, 1, &least), Outcome::NotMet);
        let half = Limit::Millionths(500_000);
        let (no_less, no_more) = (Threshold::AtLeast(half), Threshold::AtMost(half));
        let share = |part, whole, unread, threshold| {
            held(
                Value::Share { part, whole },
                Unread::once(unread),
                threshold,
            )
        };
        assert_eq!(share(6, 10, 2, &no_less), Outcome::Met);
        assert!(is_undecided(&share(6, 10, 3, &no_less)));
        assert_eq!(share(3, 10, 4, &no_more), Outcome::Met);
        assert!(is_undecided(&share(3, 10, 5, &no_more)));
        assert_eq!(share(9, 10, 7, &no_more), Outcome::NotMet);
    }

    /// A halt that can't be read makes acts count that are there; it takes none away. A decision that can't be read may
    /// be the one that an override names.
    #[test]
    fn what_may_move_one_way_is_decided_on_the_other_side() {
        let zero = Threshold::AtMost(Limit::Count(0));
        assert!(is_undecided(&held(Value::Count(0), none().more(1), &zero)));
        assert_eq!(
            held(Value::Count(1), none().more(1), &zero),
            Outcome::NotMet
        );
        assert_eq!(held(Value::Count(0), none().fewer(1), &zero), Outcome::Met);
        for taken_away in [none().fewer(1), none().over(1)] {
            assert!(is_undecided(&held(Value::Count(1), taken_away, &zero)));
        }
        assert_eq!(
            held(Value::Count(2), none().over(1), &zero),
            Outcome::NotMet
        );
        let earlier = none().earlier(true);
        assert!(is_undecided(&held(Value::Count(2), earlier, &zero)));
        assert_eq!(held(Value::Count(0), earlier, &zero), Outcome::Met);
    }

    #[test]
    fn what_may_move_either_way_is_decided_only_where_all_was_read() {
        let zero = Threshold::AtMost(Limit::Count(0));
        for threshold in [zero, Threshold::AtLeast(Limit::Count(1))] {
            for count in [0, 1, 9] {
                let outcome = held(Value::Count(count), none().many(1), &threshold);
                assert!(is_undecided(&outcome), "{count} {threshold:?}");
            }
        }
        let flag = |unread| {
            held(
                Value::Flag(true),
                Unread::once(unread),
                &Threshold::Is(true),
            )
        };
        assert_eq!(flag(0), Outcome::Met);
        assert!(is_undecided(&flag(1)));
    }
}
