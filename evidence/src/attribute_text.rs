//! Which texts are a time and which a media type. The format itself takes any text; those who write events ask.

/// What is wrong with a text that is not a time.
pub const NOT_A_TIME: &str = "is not an RFC 3339 time with an offset, such as 2026-11-28T09:30:00Z";

/// What is wrong with a text that is not a media type.
pub const NOT_A_MEDIA_TYPE: &str = "is not a media type, such as application/json";

/// Digits of a fraction that are read; finer ones are cut.
const NANOS_DIGITS: usize = 9;
const SECONDS_OF_DAY: i64 = 86_400;

/// An instant, to the nanosecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant {
    /// Seconds since 1970 UTC, before it below zero.
    pub seconds: i64,
    /// Nanoseconds of the second.
    pub nanos: u32,
}

impl Instant {
    /// Milliseconds since 1970 UTC, rounded down.
    #[must_use]
    pub fn milliseconds(self) -> i64 {
        self.seconds * 1_000 + i64::from(self.nanos / 1_000_000)
    }
}

/// Whether a text is a time of RFC 3339.
#[must_use]
pub fn is_time(text: &str) -> bool {
    parse_time(text).is_some()
}

/// The instant that a time of RFC 3339 names; nothing for any other text. A leap second, which only the last minute of
/// a month in UTC can have, is read as the second after it.
#[must_use]
pub fn parse_time(text: &str) -> Option<Instant> {
    let mut rest = Digits(text.as_bytes());
    let year = i64::from(rest.number(4)?);
    let month = rest.after(b"-")?.number(2)?;
    let day = rest.after(b"-")?.number(2)?;
    let hour = rest.after(b"Tt")?.number(2)?;
    let minute = rest.after(b":")?.number(2)?;
    let second = rest.after(b":")?.number(2)?;
    let nanos = rest.fraction()?;
    let offset = rest.offset()?;
    let is_date = (1..=12).contains(&month) && (1..=days_of(year, month)).contains(&day);
    if !is_date || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let minutes = i64::from(hour * 60 + minute) - offset;
    let midnight = days_since_1970(year, month, day) * SECONDS_OF_DAY;
    let seconds = midnight + minutes * 60 + i64::from(second);
    if second == 60 && !begins_month(seconds, year, month) {
        return None;
    }
    Some(Instant { seconds, nanos })
}

/// Whether a text is a media type with its parameters, as RFC 9110 writes one.
#[must_use]
pub fn is_media_type(text: &str) -> bool {
    let (essence, parameters) = text.split_once(';').unwrap_or((text, ""));
    let is_named = essence
        .trim_end_matches([' ', '\t'])
        .split_once('/')
        .is_some_and(|(kind, subtype)| is_token(kind) && is_token(subtype));
    is_named && are_parameters(parameters)
}

/// `name=token` or `name="text"`, with semicolons between them.
fn are_parameters(mut rest: &str) -> bool {
    loop {
        rest = rest.trim_start_matches([' ', '\t', ';']);
        if rest.is_empty() {
            return true;
        }
        let Some((name, value)) = rest.split_once('=') else {
            return false;
        };
        let end = match value.strip_prefix('"') {
            Some(quoted) => quoted_end(quoted).map(|end| end + 1),
            None => Some(value.find([';', ' ', '\t']).unwrap_or(value.len())),
        };
        let Some(end) = end.filter(|end| value.starts_with('"') || is_token(&value[..*end])) else {
            return false;
        };
        rest = value[end..].trim_start_matches([' ', '\t']);
        if !is_token(name) || !(rest.is_empty() || rest.starts_with(';')) {
            return false;
        }
    }
}

/// Where a quoted text ends, behind its closing quote.
fn quoted_end(quoted: &str) -> Option<usize> {
    let mut escaped = false;
    for (place, character) in quoted.char_indices() {
        match character {
            '"' if !escaped => return Some(place + 1),
            '\\' => escaped = !escaped,
            character if character.is_control() && character != '\t' => return None,
            _ => escaped = false,
        }
    }
    None
}

fn is_token(text: &str) -> bool {
    let is_token_byte =
        |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(is_token_byte)
}

/// What is left of a time.
struct Digits<'a>(&'a [u8]);

impl Digits<'_> {
    /// Takes one of these bytes.
    fn after(&mut self, bytes: &[u8]) -> Option<&mut Self> {
        let (first, rest) = self.0.split_first()?;
        if !bytes.contains(first) {
            return None;
        }
        self.0 = rest;
        Some(self)
    }

    fn number(&mut self, digits: usize) -> Option<u32> {
        let (number, rest) = self.0.split_at_checked(digits)?;
        self.0 = rest;
        number.iter().try_fold(0, |number, digit| {
            let digit = digit.is_ascii_digit().then(|| u32::from(digit - b'0'))?;
            Some(number * 10 + digit)
        })
    }

    /// A point and at least one digit, or neither.
    fn fraction(&mut self) -> Option<u32> {
        if self.0.first() != Some(&b'.') {
            return Some(0);
        }
        let digits = self.0[1..].iter().take_while(|byte| byte.is_ascii_digit());
        let count = digits.count();
        let mut nanos = 0;
        for place in 0..NANOS_DIGITS {
            let digit = self.0[1..=count].get(place).map_or(0, |digit| digit - b'0');
            nanos = nanos * 10 + u32::from(digit);
        }
        self.0 = &self.0[1 + count..];
        (count > 0).then_some(nanos)
    }

    /// Minutes east of UTC, at the end of the text.
    fn offset(&mut self) -> Option<i64> {
        let (sign, rest) = self.0.split_first()?;
        self.0 = rest;
        let east = match sign {
            b'Z' | b'z' => return rest.is_empty().then_some(0),
            b'+' => 1,
            b'-' => -1,
            _ => return None,
        };
        let hours = self.number(2)?;
        let minutes = self.after(b":")?.number(2)?;
        let is_offset = self.0.is_empty() && hours <= 23 && minutes <= 59;
        is_offset.then(|| east * i64::from(hours * 60 + minutes))
    }
}

fn days_of(year: i64, month: u32) -> u32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 in the Gregorian calendar, counted in years that begin in March.
fn days_since_1970(year: i64, month: u32, day: u32) -> i64 {
    const DAYS_FROM_MARCH_0000_TO_1970: i64 = 719_468;
    let (year, month) = match i64::from(month) {
        month @ 1..=2 => (year - 1, month + 9),
        month => (year, month - 3),
    };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let day_of_year = (153 * month + 2) / 5 + i64::from(day) - 1;
    year * 365 + leap_days + day_of_year - DAYS_FROM_MARCH_0000_TO_1970
}

/// Whether a second is the first of a month in UTC. It is near enough to this year and month to look only there.
fn begins_month(seconds: i64, year: i64, month: u32) -> bool {
    let begins = |year, month| days_since_1970(year, month, 1) * SECONDS_OF_DAY == seconds;
    let next = if month == 12 {
        (year + 1, 1)
    } else {
        (year, month + 1)
    };
    begins(year, month) || begins(next.0, next.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_rfc_3339_name_their_instant() {
        for (text, seconds, nanos) in [
            ("1970-01-01T00:00:00Z", 0, 0),
            ("1969-07-20T20:17:40Z", -14_182_940, 0),
            ("2026-11-28T10:00:00.5+01:00", 1_795_856_400, 500_000_000),
            (
                "2026-11-28T10:00:00.123456789012Z",
                1_795_860_000,
                123_456_789,
            ),
            ("2026-11-28t10:00:00z", 1_795_860_000, 0),
            ("2024-02-29T23:59:59-00:00", 1_709_251_199, 0),
            ("2000-02-29T00:00:00-23:59", 951_868_740, 0),
            ("0000-01-01T00:00:00Z", -62_167_219_200, 0),
            (
                "9999-12-31T23:59:59.999999999Z",
                253_402_300_799,
                999_999_999,
            ),
            // The example of RFC 3339 itself, in both offsets.
            ("1990-12-31T23:59:60Z", 662_688_000, 0),
            ("1990-12-31T15:59:60-08:00", 662_688_000, 0),
        ] {
            assert_eq!(parse_time(text), Some(Instant { seconds, nanos }), "{text}");
        }
        let early = parse_time("1969-12-31T23:59:59.9995Z").map(Instant::milliseconds);
        assert_eq!(early, Some(-1));
    }

    #[test]
    fn other_texts_name_none() {
        for text in [
            "",
            "noon",
            "yesterday",
            "2026-11-28",
            "2026-11-28T10:00Z",
            "2026-11-28T10:00:00",
            "2026-11-28 10:00:00Z",
            "2026-11-28T10:00:00+0100",
            "2026-11-28T10:00:00+01",
            "2026-11-28T10:00:00+25:00",
            "2026-11-28T10:00:00+24:00",
            "2026-11-28T10:00:00+23:60",
            "2026-11-28T10:00:00[America/Los_Angeles]",
            "2026-11-28T10:00:00Z[UTC]",
            "2026-11-28T10:00:00 Z",
            "2026-11-28T10:00:00.Z",
            "2026-11-28T10:00:00,5Z",
            "2026-11-28T24:00:00Z",
            "2026-11-28T10:60:00Z",
            "2026-11-28T10:00:60Z",
            "2026-11-28T23:59:60Z",
            "2026-11-28T10:00:61Z",
            "2026-11-31T10:00:00Z",
            "2025-02-29T10:00:00Z",
            "1900-02-29T10:00:00Z",
            "2026-00-28T10:00:00Z",
            "2026-13-28T10:00:00Z",
            "2026-11-00T10:00:00Z",
            "+2026-11-28T10:00:00Z",
            "12026-11-28T10:00:00Z",
            "2026-1-28T10:00:00Z",
            "２０２６-11-28T10:00:00Z",
            "1795860000",
            "2026-W48-6T10:00:00Z",
            "Sat, 28 Nov 2026 10:00:00 GMT",
        ] {
            assert!(!is_time(text), "{text}");
        }
    }

    #[test]
    fn media_types_are_told_from_other_texts() {
        for text in [
            "application/json",
            "text/plain; charset=utf-8",
            "text/plain;charset=\"utf-8\"",
            "application/cloudevents+json ; a=b ;c=\"d;e\\\"f\"",
            "application/vnd.api+json;",
            "x/y",
        ] {
            assert!(is_media_type(text), "{text}");
        }
        for text in [
            "",
            "json",
            "application/",
            "/json",
            "application/json/x",
            "application json",
            "text/plain; charset",
            "text/plain; charset=",
            "text/plain; charset=\"utf-8",
            "text/plain, text/html",
            "té/xt",
            " text/plain",
            "text/plain; =x",
            "text/plain; a=\"b\"c",
        ] {
            assert!(!is_media_type(text), "{text}");
        }
    }
}
