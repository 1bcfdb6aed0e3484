//! Whether something was recorded again and again: on how many days, and how long it was not, at the longest.

use serde::{Deserialize, Serialize};

use super::{absorb::Absorb, nanos::Nanos, timeline::Timeline};

const DAY_NANOSECONDS: u64 = 86_400 * 1_000_000_000;

/// How records of something lie in a range.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recurring {
    /// Records that are known to be of it.
    known: Signs,
    /// These, and those that may be.
    possible: Signs,
    /// When the first and the last record of the range were recorded, whatever they are.
    range: Option<(Nanos, Nanos)>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Signs {
    /// On how many days of the calendar, in UTC.
    days: u64,
    times: Timeline,
}

/// What a record of the range is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// Something else.
    None,
    /// It may be of it: it can't be read, or leaves out what decides.
    Perhaps,
    /// It is of it.
    Certain,
}

/// How often and how evenly something was recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Spread {
    /// On how many days of the calendar, in UTC.
    pub days: u64,
    /// The longest time without it, from one record of it to the next, or to an end of the range, in nanoseconds.
    pub longest_pause: u64,
}

impl Recurring {
    /// Takes in the next record: its sequence number, its recorded time in nanoseconds, and what it is.
    pub fn see(&mut self, sequence: u64, time: u64, sign: Sign) {
        self.extend(time);
        self.see_sign(sequence, time, sign);
    }

    /// The range has a record of this time. What the record is, [`Self::see_sign`] takes in, before or afterwards.
    pub fn extend(&mut self, time: u64) {
        let first = self.range.map_or(Nanos(time), |(first, _)| first);
        self.range = Some((first, Nanos(time)));
    }

    /// What the next record is whose time [`Self::extend`] takes in.
    pub fn see_sign(&mut self, sequence: u64, time: u64, sign: Sign) {
        if sign == Sign::Certain {
            self.known.see(sequence, time);
        }
        if sign != Sign::None {
            self.possible.see(sequence, time);
        }
    }

    /// The range ends at this time.
    pub fn reach(&mut self, time: u64) {
        if let Some((_, last)) = &mut self.range {
            *last = Nanos(time);
        }
    }

    /// Of the records that are known to be of it.
    pub fn known(&self) -> Spread {
        self.known.within(self.range)
    }

    /// Of these and of all that may be.
    pub fn possible(&self) -> Spread {
        self.possible.within(self.range)
    }
}

impl Signs {
    fn see(&mut self, sequence: u64, time: u64) {
        let day = |time: u64| time / DAY_NANOSECONDS;
        let last = self.times.last().map(|(_, last)| day(last));
        self.days += u64::from(last != Some(day(time)));
        self.times.see(sequence, time);
    }

    fn within(&self, range: Option<(Nanos, Nanos)>) -> Spread {
        let Some((Nanos(first), Nanos(last))) = range else {
            return Spread::default();
        };
        let ends = self.times.first().zip(self.times.last());
        let longest_pause = match ends {
            None => last.saturating_sub(first),
            Some(((_, from), (_, to))) => {
                let between = self.times.silence().map_or(0, |silence| silence.length.0);
                let (before, after) = (from.saturating_sub(first), last.saturating_sub(to));
                between.max(before).max(after)
            }
        };
        Spread {
            days: self.days,
            longest_pause,
        }
    }
}

impl Absorb for Signs {
    fn absorb(&mut self, later: Self) {
        let day = |(_, time): (u64, u64)| time / DAY_NANOSECONDS;
        let (last, first) = (self.times.last().map(day), later.times.first().map(day));
        let is_same = last.is_some() && last == first;
        self.days += later.days - u64::from(is_same);
        self.times.absorb(later.times);
    }
}

impl Absorb for Recurring {
    fn absorb(&mut self, later: Self) {
        self.known.absorb(later.known);
        self.possible.absorb(later.possible);
        self.range = match (self.range, later.range) {
            (Some((first, _)), Some((_, last))) => Some((first, last)),
            (one, other) => one.or(other),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3_600 * 1_000_000_000;

    #[test]
    fn a_burst_is_one_day_and_a_long_pause() {
        let mut recurring = Recurring::default();
        for number in 0..10 {
            recurring.see(number, HOUR + number, Sign::Certain);
        }
        recurring.see(10, 60 * 24 * HOUR, Sign::None);
        let burst = recurring.known();
        assert_eq!(burst.days, 1);
        assert_eq!(burst.longest_pause, 60 * 24 * HOUR - HOUR - 9);
        recurring.see(11, 70 * 24 * HOUR, Sign::Perhaps);
        assert_eq!(recurring.known().days, 1);
        assert_eq!(recurring.possible().days, 2);
        recurring.reach(100 * 24 * HOUR);
        assert_eq!(
            recurring.possible().longest_pause,
            70 * 24 * HOUR - HOUR - 9
        );
    }

    #[test]
    fn a_day_on_both_sides_of_a_cut_is_one_day() {
        let of = |times: &[u64]| {
            let mut recurring = Recurring::default();
            for time in times {
                recurring.see(*time, *time, Sign::Certain);
            }
            recurring
        };
        let mut cut = of(&[HOUR, 25 * HOUR]);
        cut.absorb(of(&[26 * HOUR, 49 * HOUR]));
        assert_eq!(cut, of(&[HOUR, 25 * HOUR, 26 * HOUR, 49 * HOUR]));
        assert_eq!(cut.known().days, 3);
    }
}
