//! Recorded time as people write it, and the times that clients write: integers only, UTC.

use std::fmt;

const DAY_NS: u64 = 86_400 * SECOND_NS;
const SECOND_NS: u64 = 1_000_000_000;

/// The UTC day of a time, `2026-03-01`, on the stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day([u8; 10]);

impl Day {
    /// The day of a time in nanoseconds since 1970.
    pub fn of(time: u64) -> Self {
        let (year, month, day) = civil(time / DAY_NS);
        let digit = |number: u64, place: u64| b'0' + (number / place % 10) as u8;
        Self([
            digit(year, 1_000),
            digit(year, 100),
            digit(year, 10),
            digit(year, 1),
            b'-',
            digit(month, 10),
            digit(month, 1),
            b'-',
            digit(day, 10),
            digit(day, 1),
        ])
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// A time as RFC 3339 has it, always with nine digits of the second: `2026-03-01T12:00:00.000000000Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instant(pub u64);

impl fmt::Display for Instant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let day = Day::of(self.0);
        let (seconds, nanos) = (self.0 % DAY_NS / SECOND_NS, self.0 % SECOND_NS);
        let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        write!(
            formatter,
            "{}T{hour:02}:{minute:02}:{second:02}.{nanos:09}Z",
            day.as_str()
        )
    }
}

/// A client's time, if it is one of RFC 3339 from 1970 on: nanoseconds, what is finer cut off.
pub fn parse(text: &str) -> Option<u64> {
    let bytes = text.as_bytes();
    let number = |range: std::ops::Range<usize>| -> Option<u64> {
        bytes.get(range)?.iter().try_fold(0, |number, digit| {
            digit
                .is_ascii_digit()
                .then(|| number * 10 + u64::from(digit - b'0'))
        })
    };
    let marks = [(4, b'-'), (7, b'-'), (13, b':'), (16, b':')];
    let separated = marks
        .iter()
        .all(|(place, mark)| bytes.get(*place) == Some(mark));
    if !separated || !matches!(bytes.get(10), Some(b'T' | b't' | b' ')) {
        return None;
    }
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
    // A leap second is the last second before it.
    let fits = (1_970..=9_999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=days_of(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second < 61;
    if !fits {
        return None;
    }
    let mut end = 19;
    let mut nanos = 0;
    if bytes.get(19) == Some(&b'.') {
        let digits = bytes[20..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        if digits == 0 {
            return None;
        }
        let kept = digits.min(9);
        nanos = number(20..20 + kept)? * 10_u64.pow(9 - u32::try_from(kept).ok()?);
        end = 20 + digits;
    }
    let seconds =
        days_since_1970(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second.min(59);
    let seconds = match (bytes.get(end)?, &bytes[end + 1..]) {
        (b'Z' | b'z', []) => seconds,
        (sign @ (b'+' | b'-'), [_, _, b':', _, _]) => {
            let (hours, minutes) = (number(end + 1..end + 3)?, number(end + 4..end + 6)?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            let offset = hours * 3_600 + minutes * 60;
            if *sign == b'-' {
                seconds + offset
            } else {
                seconds.checked_sub(offset)?
            }
        }
        _ => return None,
    };
    seconds.checked_mul(SECOND_NS)?.checked_add(nanos)
}

/// The end of a period of so many months that an event begins: the first nanosecond after the UTC day of the last month
/// that has the event's date, or after the last day of that month if it has no such date. So Article 3 of Regulation
/// (EEC, Euratom) No 1182/71 counts months, but for public holidays and weekends, which depend on the place.
pub fn months_after(time: u64, months: u64) -> u64 {
    let (year, month, day) = civil(time / DAY_NS);
    let month = month - 1 + months;
    let (year, month) = (year + month / 12, month % 12 + 1);
    let day = day.min(days_of(year, month));
    (days_since_1970(year, month, day) + 1).saturating_mul(DAY_NS)
}

fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn days_of(year: u64, month: u64) -> u64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01, for a year from 1970 on: years counted from March, so that a leap day is the last one.
fn days_since_1970(year: u64, month: u64, day: u64) -> u64 {
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let days = year * 365 + year / 4 - year / 100 + year / 400;
    days + (month * 153 + 2) / 5 + day - 1 - 719_468
}

/// Year, month and day of a number of days since 1970-01-01.
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, later) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    (era * 400 + year_of_era + later, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_ends_with_the_day_of_the_same_date_or_with_the_month() {
        for (from, months, until) in [
            ("2026-01-01T10:00:00Z", 1, "2026-02-02T00:00:00Z"),
            ("2026-01-31T23:59:59Z", 1, "2026-03-01T00:00:00Z"),
            ("2028-01-30T00:00:00Z", 1, "2028-03-01T00:00:00Z"),
            ("2026-12-15T12:00:00Z", 1, "2027-01-16T00:00:00Z"),
            ("2026-11-30T12:00:00Z", 3, "2027-03-01T00:00:00Z"),
            ("2026-04-30T12:00:00Z", 1, "2026-05-31T00:00:00Z"),
        ] {
            assert_eq!(
                months_after(parse(from).unwrap(), months),
                parse(until).unwrap(),
                "{from}"
            );
        }
    }

    #[test]
    fn every_day_for_six_centuries_follows_the_one_before() {
        let (mut year, mut month, mut day) = (1_970, 1, 1);
        for days in 0..(584 * 365) {
            assert_eq!(civil(days), (year, month, day));
            assert_eq!(days_since_1970(year, month, day), days);
            day += 1;
            if day > days_of(year, month) {
                (day, month) = (1, month + 1);
            }
            if month > 12 {
                (month, year) = (1, year + 1);
            }
        }
    }

    #[test]
    fn times_are_written_and_read() {
        let time = 1_772_366_400_000_000_007;
        assert_eq!(Instant(time).to_string(), "2026-03-01T12:00:00.000000007Z");
        for text in [
            "2026-03-01T12:00:00.000000007Z",
            "2026-03-01t13:30:00.0000000079+01:30",
            "2026-02-28 23:00:00.000000007-13:00",
        ] {
            assert_eq!(parse(text), Some(time), "{text}");
        }
        assert_eq!(parse("1970-01-01T00:00:00Z"), Some(0));
        for text in [
            "",
            "2026-03-01",
            "2026-03-01T12:00:00",
            "2026-02-29T12:00:00Z",
            "2026-03-01T24:00:00Z",
            "2026-03-01T12:00:00.Z",
            "2026-03-01T12:00:00Zx",
            "1969-12-31T23:59:59Z",
            "1970-01-01T00:00:00+01:00",
            "2026-03-01T12:00:00+1:00",
            "2026-3-01T12:00:00Z",
            "9999-12-31T23:59:59Z",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
