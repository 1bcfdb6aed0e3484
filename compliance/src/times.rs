//! Times and spans as people and programs read them, by integer arithmetic alone.

const SECOND: u64 = 1_000_000_000;
const DAY_SECONDS: u64 = 86_400;

/// RFC 3339 in UTC with all nine digits, so that texts sort as times do: nanoseconds since 1970 UTC.
pub fn rfc3339(nanoseconds: u64) -> String {
    let (date, time) = date_and_time(nanoseconds / SECOND);
    format!("{date}T{time}.{:09}Z", nanoseconds % SECOND)
}

/// For people: to the second.
pub fn shown(nanoseconds: u64) -> String {
    let (date, time) = date_and_time(nanoseconds / SECOND);
    format!("{date} {time} UTC")
}

/// What [`rfc3339`] gave, for people: to the second. Another text stays as it is.
pub fn shown_text(rfc3339: &str) -> String {
    match (rfc3339.get(..10), rfc3339.get(11..19)) {
        (Some(date), Some(time)) if rfc3339.len() == 30 => format!("{date} {time} UTC"),
        _ => rfc3339.to_owned(),
    }
}

/// The UTC day of a number of nanoseconds since 1970.
pub fn day(nanoseconds: u64) -> String {
    date_and_time(nanoseconds / SECOND).0
}

fn date_and_time(seconds: u64) -> (String, String) {
    let (year, month, day) = civil(seconds / DAY_SECONDS);
    let second = seconds % DAY_SECONDS;
    (
        format!("{year:04}-{month:02}-{day:02}"),
        format!(
            "{:02}:{:02}:{:02}",
            second / 3_600,
            second / 60 % 60,
            second % 60
        ),
    )
}

/// Year, month and day of a number of days since 1970-01-01, in the proleptic Gregorian calendar. Years are counted
/// from March, in eras of 400 years, so that the leap day is the last of its year.
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let era = days / 146_097;
    let day_of_era = days % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

/// A span in the two greatest units that it has, rounded down: `1 h 5 min`, `350 ms`.
pub fn shown_span(nanoseconds: u64) -> String {
    const UNITS: [(&str, u64); 7] = [
        ("d", 86_400 * SECOND),
        ("h", 3_600 * SECOND),
        ("min", 60 * SECOND),
        ("s", SECOND),
        ("ms", 1_000_000),
        ("µs", 1_000),
        ("ns", 1),
    ];
    let Some(first) = UNITS.iter().position(|(_, unit)| nanoseconds >= *unit) else {
        return "0 s".to_owned();
    };
    let (name, unit) = UNITS[first];
    let mut text = format!("{} {name}", nanoseconds / unit);
    if let Some((next_name, next)) = UNITS.get(first + 1) {
        let rest = nanoseconds % unit / next;
        if rest > 0 {
            text.push_str(&format!(" {rest} {next_name}"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_days_are_right() {
        for (seconds, text) in [
            (0, "1970-01-01 00:00:00 UTC"),
            (951_782_399, "2000-02-28 23:59:59 UTC"),
            (951_782_400, "2000-02-29 00:00:00 UTC"),
            (1_709_164_800, "2024-02-29 00:00:00 UTC"),
            (1_800_000_000, "2027-01-15 08:00:00 UTC"),
            (4_107_542_400, "2100-03-01 00:00:00 UTC"),
            (i64::MAX as u64 / SECOND, "2262-04-11 23:47:16 UTC"),
        ] {
            assert_eq!(shown(seconds * SECOND), text);
        }
        assert_eq!(rfc3339(SECOND + 5), "1970-01-01T00:00:01.000000005Z");
        assert_eq!(shown_text(&rfc3339(SECOND)), "1970-01-01 00:00:01 UTC");
        assert_eq!(day(951_782_400 * SECOND), "2000-02-29");
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
