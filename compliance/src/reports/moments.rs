//! Times and spans as reports say them.

use crate::time::{Instant, parse};

const SECOND: u64 = 1_000_000_000;

/// RFC 3339 with all nine digits, so that texts sort as times do: nanoseconds since 1970 UTC.
pub(crate) fn rfc3339(nanoseconds: u64) -> String {
    Instant(nanoseconds).to_string()
}

/// For people: to the second.
pub(crate) fn shown(nanoseconds: u64) -> String {
    shown_text(&rfc3339(nanoseconds))
}

/// What [`rfc3339`] gave, for people: `12 July 2026 14:03 UTC`, with seconds where it has some. Another text stays as it
/// is.
pub(crate) fn shown_text(rfc3339: &str) -> String {
    let parts = (rfc3339.get(..10), rfc3339.get(11..19));
    let (Some(date), Some(time)) = parts else {
        return rfc3339.to_owned();
    };
    match shown_date(date) {
        Some(date) if rfc3339.len() == 30 => {
            let time = time.strip_suffix(":00").unwrap_or(time);
            format!("{date} {time} UTC")
        }
        _ => rfc3339.to_owned(),
    }
}

/// `2026-07-12` as `12 July 2026`.
pub(crate) fn shown_date(date: &str) -> Option<String> {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let mut parts = date.splitn(3, '-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let month = MONTHS.get(month.parse::<usize>().ok()?.checked_sub(1)?)?;
    let day: u8 = day.parse().ok()?;
    Some(format!("{day} {month} {year}"))
}

/// A time for a column whose head says that it is UTC: `2026-07-12 14:03:22`. A producer's time that is not one of RFC
/// 3339 stays as it is.
pub(crate) fn shown_in_column(text: &str) -> String {
    let Some(nanoseconds) = parse(text) else {
        return text.to_owned();
    };
    rfc3339(nanoseconds)[..19].replace('T', " ")
}

/// The units of spans, and how many nanoseconds each has.
const UNITS: [(&str, u64); 7] = [
    ("d", 86_400 * SECOND),
    ("h", 3_600 * SECOND),
    ("min", 60 * SECOND),
    ("s", SECOND),
    ("ms", 1_000_000),
    ("µs", 1_000),
    ("ns", 1),
];

/// A span in the two greatest units that it has, rounded down: `1 h 5 min`, `350 ms`.
pub(crate) fn shown_span(nanoseconds: u64) -> String {
    let first = UNITS.iter().position(|(_, unit)| nanoseconds >= *unit);
    let end = first.map_or(0, |first| UNITS.len().min(first + 2));
    shown_in(nanoseconds, &UNITS[..end])
}

/// A span beside another one that it is compared with: as [`shown_span`] has it, or to the last unit where the two would
/// look alike and are not.
pub(crate) fn shown_span_beside(nanoseconds: u64, other: u64) -> String {
    let shown = shown_span(nanoseconds);
    match nanoseconds != other && shown == shown_span(other) {
        true => shown_in(nanoseconds, &UNITS),
        false => shown,
    }
}

fn shown_in(nanoseconds: u64, units: &[(&str, u64)]) -> String {
    let mut rest = nanoseconds;
    let mut texts = Vec::with_capacity(units.len());
    for (name, unit) in units {
        if rest >= *unit {
            texts.push(format!("{} {name}", rest / unit));
        }
        rest %= unit;
    }
    match texts.is_empty() {
        true => "0 s".to_owned(),
        false => texts.join(" "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_that_differ_never_look_alike_beside_each_other() {
        let hour = 3_600 * SECOND;
        assert_eq!(shown_span_beside(hour + 59 * SECOND, hour), "1 h 59 s");
        assert_eq!(shown_span_beside(hour, hour + 1), "1 h");
        assert_eq!(shown_span_beside(hour + 1, hour + 2), "1 h 1 ns");
        assert_eq!(shown_span_beside(hour + 61 * SECOND, hour), "1 h 1 min");
        assert_eq!(shown_span_beside(0, 0), "0 s");
    }

    #[test]
    fn times_are_shown_to_the_second() {
        assert_eq!(
            shown(1_800_000_000 * SECOND + 5),
            "15 January 2027 08:00 UTC"
        );
        assert_eq!(
            shown(1_800_000_007 * SECOND),
            "15 January 2027 08:00:07 UTC"
        );
        assert_eq!(shown_text("once"), "once");
        assert_eq!(
            ["2026-07-12T16:03:22+02:00", "noon"].map(shown_in_column),
            ["2026-07-12 14:03:22", "noon"]
        );
    }

    #[test]
    fn spans_have_two_units_at_most() {
        assert_eq!(
            [
                0,
                1,
                1_500,
                350_000_000,
                61 * SECOND,
                3_900 * SECOND,
                90_000 * SECOND
            ]
            .map(shown_span),
            [
                "0 s",
                "1 ns",
                "1 µs 500 ns",
                "350 ms",
                "1 min 1 s",
                "1 h 5 min",
                "1 d 1 h"
            ]
        );
    }
}
