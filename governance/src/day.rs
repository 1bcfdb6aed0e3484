//! Days of the calendar, and the periods of budgets: integers only, UTC.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Nanoseconds of a second.
pub const SECOND_NS: u64 = 1_000_000_000;
/// Nanoseconds of a day.
pub const DAY_NS: u64 = 86_400 * SECOND_NS;

/// A day of the Gregorian calendar, from year 1 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day {
    year: u16,
    month: u8,
    day: u8,
}

impl Day {
    /// The day of this number, if there is such a day.
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let leap =
            year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let days = match month {
            4 | 6 | 9 | 11 => 30,
            2 => 28 + u8::from(leap),
            1..=12 => 31,
            _ => return None,
        };
        let is_day = (1..=9_999).contains(&year) && (1..=days).contains(&day);
        is_day.then_some(Self { year, month, day })
    }

    /// Reads `2026-03-01`: four, two and two digits, and nothing around them.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
            return None;
        }
        let number = |range: std::ops::Range<usize>| {
            let digits = &bytes[range];
            digits.iter().try_fold(0_u16, |number, digit| {
                let digit = digit.is_ascii_digit().then(|| u16::from(digit - b'0'))?;
                Some(number * 10 + digit)
            })
        };
        let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
        Self::new(year, u8::try_from(month).ok()?, u8::try_from(day).ok()?)
    }

    /// The UTC day of a time in nanoseconds since 1970.
    pub fn of(time: u64) -> Self {
        // Days since 0000-03-01, in eras of 400 years, so that the leap day comes last.
        let days = time / DAY_NS + 719_468;
        let (era, of_era) = (days / 146_097, days % 146_097);
        let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let from_march = (5 * of_year + 2) / 153;
        let day = of_year - (153 * from_march + 2) / 5 + 1;
        let month = if from_march < 10 {
            from_march + 3
        } else {
            from_march - 9
        };
        let year = era * 400 + year + u64::from(month <= 2);
        Self {
            year: year as u16,
            month: month as u8,
            day: day as u8,
        }
    }

    /// Year, month, day.
    pub const fn parts(self) -> (u16, u8, u8) {
        (self.year, self.month, self.day)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.parts();
        write!(formatter, "{year:04}-{month:02}-{day:02}")
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("a day is written 2026-03-01"))
    }
}

/// For how long use counts against a cap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Period {
    /// An hour of the clock.
    Hour,
    /// A UTC day.
    Day,
    /// A week, from Monday on.
    Week,
    /// A month of the calendar.
    Month,
    /// As long as the session lives.
    Session,
    /// The last so many seconds.
    Rolling {
        /// How many.
        seconds: u64,
    },
}

impl Period {
    /// When the slice began that use at this time is counted in; nanoseconds since 1970. A fixed period has one slice, a
    /// rolling window several, and a session's began before everything.
    pub fn slice(self, time: u64) -> u64 {
        let floor = |length: u64| time - time % length;
        match self {
            Self::Hour => floor(3_600 * SECOND_NS),
            Self::Day => floor(DAY_NS),
            // 1970-01-01 was a Thursday.
            Self::Week => {
                let since_monday = (time / DAY_NS + 3) % 7;
                floor(DAY_NS).saturating_sub(since_monday * DAY_NS)
            }
            Self::Month => {
                let (_, _, day) = Day::of(time).parts();
                floor(DAY_NS) - u64::from(day - 1) * DAY_NS
            }
            Self::Session => 0,
            Self::Rolling { seconds } => floor(rolling_slice(seconds)),
        }
    }

    /// Whether use of a slice still counts at a time.
    pub fn counts(self, slice: u64, time: u64) -> bool {
        match self {
            // To the end of the slice and then a whole window: never early.
            Self::Rolling { seconds } => {
                let end = slice.saturating_add(rolling_slice(seconds));
                end.saturating_add(seconds.saturating_mul(SECOND_NS)) > time
            }
            _ => self.slice(time) == slice,
        }
    }

    /// When all use of now no longer counts. None: never, or little by little.
    pub fn ends(self, time: u64) -> Option<u64> {
        match self {
            Self::Rolling { .. } => None,
            _ => self.turns(time),
        }
    }

    /// When use of now no longer counts, if it ever does.
    pub fn turns(self, time: u64) -> Option<u64> {
        match self {
            Self::Hour => Some(self.slice(time) + 3_600 * SECOND_NS),
            Self::Day => Some(self.slice(time) + DAY_NS),
            // The first week began before 1970.
            Self::Week => Some((time / DAY_NS + 7 - (time / DAY_NS + 3) % 7) * DAY_NS),
            Self::Month => Some(self.slice(self.slice(time) + 31 * DAY_NS)),
            Self::Session => None,
            Self::Rolling { seconds } => {
                let end = self.slice(time).saturating_add(rolling_slice(seconds));
                Some(end.saturating_add(seconds.saturating_mul(SECOND_NS)))
            }
        }
    }
}

fn rolling_slice(seconds: u64) -> u64 {
    let slice = seconds.div_ceil(crate::limits::ROLLING_SLICES).max(1);
    slice.saturating_mul(SECOND_NS)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_days_that_are_there_are_read() {
        assert_eq!(Day::parse("2024-02-29"), Day::new(2024, 2, 29));
        for text in [
            "2001-02-30",
            "2023-02-29",
            "1900-02-29",
            "2001-13-01",
            "2001-1-1",
            "0000-01-01",
            "2001/01/01",
            "2001-01-01 ",
        ] {
            assert_eq!(Day::parse(text), None, "{text}");
        }
    }

    #[test]
    fn days_of_known_times() {
        for (seconds, day) in [
            (0, "1970-01-01"),
            (1_700_000_000, "2023-11-14"),
            (951_782_400, "2000-02-29"),
            (4_107_542_400, "2100-03-01"),
        ] {
            assert_eq!(Day::of(seconds * SECOND_NS).to_string(), day);
        }
    }

    proptest! {
        #[test]
        fn use_counts_until_its_period_turns(seconds in 0_u64..9_000_000_000, later in 0_u64..5_000_000, window in 1_u64..10_000) {
            let (time, later) = (seconds * SECOND_NS, (seconds + later) * SECOND_NS);
            for period in [Period::Hour, Period::Day, Period::Week, Period::Month, Period::Session, Period::Rolling { seconds: window }] {
                let slice = period.slice(time);
                prop_assert!(slice <= time);
                let before = period.turns(time).is_none_or(|turns| later < turns);
                prop_assert_eq!(period.counts(slice, later), before, "{:?}", period);
            }
        }

        #[test]
        fn use_stays_in_a_rolling_window_for_all_of_it(seconds in 0_u64..9_000_000_000, age in 0_u64..3_600) {
            let period = Period::Rolling { seconds: 3_600 };
            let time = seconds * SECOND_NS;
            prop_assert!(period.counts(period.slice(time), time + age * SECOND_NS));
        }
    }
}
