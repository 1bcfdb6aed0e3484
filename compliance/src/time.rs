//! Times as people and clients write them: integers only, UTC.

use std::fmt;

use indelible_evidence::date::date;

const DAY_NS: u64 = 86_400 * SECOND_NS;
const SECOND_NS: u64 = 1_000_000_000;

/// The UTC day of a time, `2026-03-01`, on the stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day([u8; 10]);

impl Day {
    /// The day of a time in nanoseconds since 1970.
    pub fn of(time: u64) -> Self {
        let (year, month, day) = date(time / DAY_NS);
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

/// A time to the second, `2026-03-01T12:00:00Z`: seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Second(pub u64);

impl fmt::Display for Second {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(time) = self.0.checked_mul(SECOND_NS) else {
            return write!(formatter, "{} s after 1970", self.0);
        };
        let text = Instant(time).to_string();
        write!(formatter, "{}Z", &text[..19])
    }
}

/// A time with no more digits of the second than it has, `2026-03-01T12:00:00.5Z`: nanoseconds since 1970.
#[must_use]
pub fn shortest(time: u64) -> String {
    let text = Instant(time).to_string();
    let digits = text.trim_end_matches('Z').trim_end_matches('0');
    format!("{}Z", digits.trim_end_matches('.'))
}

/// A time that somebody types: RFC 3339 with a `T` and an offset, up to the year 2262; nanoseconds since 1970.
///
/// # Errors
///
/// What is wrong with it.
pub fn typed(text: &str) -> Result<u64, String> {
    // RFC 3339 lets applications allow a space there, and this one does not.
    let time = parse(text).filter(|_| text.contains(['T', 't']));
    // Nanoseconds since 1970 have no place for it, so a bound there would mean one second or another.
    if time.is_some() && text.get(17..19) == Some("60") {
        return Err(
            "a leap second, which is no bound; give the second before it or after it".to_owned(),
        );
    }
    let beyond = matches!(read(text), Some(Moment::Before | Moment::After));
    if text.contains(['T', 't'])
        && (beyond || time.is_some_and(|time| i64::try_from(time).is_err()))
    {
        return Err(
            "not between 1970 and 2262: times go from 1970-01-01T00:00:00Z to 2262-04-11T23:47:16Z"
                .to_owned(),
        );
    }
    let time = time.ok_or("not a time from 1970 on in RFC 3339, such as 2026-11-20T09:30:00Z")?;
    Ok(time)
}

/// How far clocks are apart, rounded up to whole seconds: `42 s`, `17 h 9 min 5 s (61745 s)`.
pub(crate) fn apart(nanoseconds: u64) -> String {
    let all = nanoseconds.div_ceil(SECOND_NS);
    if all < 60 {
        return format!("{all} s");
    }
    let units = [
        (all / 86_400, "d"),
        (all / 3_600 % 24, "h"),
        (all / 60 % 60, "min"),
        (all % 60, "s"),
    ];
    let units = units.iter().filter(|(number, _)| *number > 0);
    let units: Vec<_> = units
        .map(|(number, unit)| format!("{number} {unit}"))
        .collect();
    format!("{} ({all} s)", units.join(" "))
}

/// Whether a text is a day, `2026-03-01`.
#[must_use]
pub fn is_day(text: &str) -> bool {
    text.len() == 10 && parse(&format!("{text}T00:00:00Z")).is_some()
}

/// A client's time, if it is one of RFC 3339 from 1970 on: nanoseconds, what is finer cut off.
pub fn parse(text: &str) -> Option<u64> {
    match read(text)? {
        Moment::At(time) => Some(time),
        Moment::Before | Moment::After => None,
    }
}

/// A client's time, if it is one of RFC 3339: nanoseconds since 1970, and the nearest of these that there is where it
/// lies before 1970 or after 2554.
pub fn nearest(text: &str) -> Option<u64> {
    Some(match read(text)? {
        Moment::Before => 0,
        Moment::At(time) => time,
        Moment::After => u64::MAX,
    })
}

/// A time of RFC 3339.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// Before 1970.
    Before,
    /// So many nanoseconds after it.
    At(u64),
    /// Later than such a number says, in 2554.
    After,
}

/// Years after which days fall on the same dates again, five times over: with them, no year is before 1970.
const CYCLES_YEARS: u64 = 2_000;
/// And their days.
const CYCLES_DAYS: u64 = 5 * 146_097;

/// Reads a time of RFC 3339; what is finer than nanoseconds is cut off.
pub(crate) fn read(text: &str) -> Option<Moment> {
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
    let (year, month, day) = (number(0..4)? + CYCLES_YEARS, number(5..7)?, number(8..10)?);
    let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
    let fits = (1..=12).contains(&month)
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
    let seconds = days_since_1970(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
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
    // A leap second is read as the second after it, with which a month of UTC begins.
    let begins_month = seconds % 86_400 == 0 && date(seconds / 86_400).2 == 1;
    if second == 60 && !begins_month {
        return None;
    }
    let Some(seconds) = seconds.checked_sub(CYCLES_DAYS * 86_400) else {
        return Some(Moment::Before);
    };
    let time = seconds.checked_mul(SECOND_NS);
    let time = time.and_then(|time| time.checked_add(nanos));
    Some(time.map_or(Moment::After, Moment::At))
}

/// The end of a period of so many months that an event begins: the first nanosecond after the UTC day of the last month
/// that has the event's date, or after the last day of that month if it has no such date. So Article 3 of Regulation
/// (EEC, Euratom) No 1182/71 counts months, except that no end is moved to the next working day: which days are public
/// holidays or weekends depends on the place.
pub fn months_after(time: u64, months: u64) -> u64 {
    let (year, month, day) = date(time / DAY_NS);
    let month = month - 1 + months;
    let (year, month) = (year + month / 12, month % 12 + 1);
    let day = day.min(days_of(year, month));
    (days_since_1970(year, month, day) + 1).saturating_mul(DAY_NS)
}

/// When the month begins that is so many after January 1970, by the calendar of UTC; nanoseconds.
#[must_use]
pub fn month_begins(months: u64) -> u64 {
    days_since_1970(1_970 + months / 12, months % 12 + 1, 1).saturating_mul(DAY_NS)
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

#[cfg(test)]
mod tests;
