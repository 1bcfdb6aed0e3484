//! Times as people write them.

use jiff::Timestamp;

/// Seconds since 1970 UTC, from RFC 3339 or from the number itself.
pub(crate) fn instant_seconds(text: &str) -> Result<u64, String> {
    if let Ok(seconds) = text.parse() {
        return Ok(seconds);
    }
    let instant: Timestamp = text
        .parse()
        .map_err(|_| "not a time such as 2026-11-20T12:00:00Z".to_owned())?;
    u64::try_from(instant.as_second()).map_err(|_| "a time before 1970".to_owned())
}

/// Nanoseconds since 1970 UTC, from RFC 3339.
pub(crate) fn instant_nanos(text: &str) -> Result<u64, String> {
    let instant: Timestamp = text
        .parse()
        .map_err(|_| "not a time such as 2026-11-20T12:00:00Z".to_owned())?;
    u64::try_from(instant.as_nanosecond()).map_err(|_| "a time before 1970".to_owned())
}

/// Seconds, from a whole number and a unit.
pub(crate) fn duration_seconds(text: &str) -> Result<u64, String> {
    let units = [("s", 1), ("m", 60), ("h", 3_600), ("d", 86_400)];
    let parsed = units.iter().find_map(|(unit, seconds)| {
        let number: u64 = text.strip_suffix(unit)?.parse().ok()?;
        number.checked_mul(*seconds)
    });
    parsed.ok_or_else(|| "not a whole number with one of the units s, m, h and d".to_owned())
}

/// RFC 3339, in UTC.
pub(crate) fn shown(seconds: u64) -> String {
    let instant = i64::try_from(seconds)
        .ok()
        .and_then(|seconds| Timestamp::from_second(seconds).ok());
    instant.map_or_else(
        || format!("{seconds} s after 1970"),
        |instant| instant.to_string(),
    )
}

/// An age, in the two greatest units that it has.
pub(crate) fn shown_age(seconds: i64) -> String {
    let (word, seconds) = (
        if seconds < 0 { "ahead of now" } else { "old" },
        seconds.unsigned_abs(),
    );
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s {word}"),
        (0, 0, _) => format!("{minutes} min {} s {word}", seconds % 60),
        (0, _, _) => format!("{hours} h {minutes} min {word}"),
        _ => format!("{days} d {hours} h {word}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_both_ways() {
        assert_eq!(instant_seconds("1800000000"), Ok(1_800_000_000));
        assert_eq!(instant_seconds("2027-01-15T08:00:00Z"), Ok(1_800_000_000));
        assert_eq!(
            instant_seconds("2027-01-15T10:00:00+02:00"),
            Ok(1_800_000_000)
        );
        assert_eq!(shown(1_800_000_000), "2027-01-15T08:00:00Z");
        for bad in ["", "yesterday", "-5", "1969-12-31T00:00:00Z", "2027-01-15"] {
            assert!(instant_seconds(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn durations_have_a_unit() {
        assert_eq!(
            ["90s", "15m", "24h", "7d"].map(duration_seconds),
            [Ok(90), Ok(900), Ok(86_400), Ok(604_800)]
        );
        for bad in [
            "",
            "5",
            "s",
            "-5s",
            "1.5h",
            "5 s old",
            "99999999999999999999d",
        ] {
            assert!(duration_seconds(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn ages_are_short() {
        assert_eq!(
            [5, 65, 3_700, 90_000, -30].map(shown_age),
            [
                "5 s old",
                "1 min 5 s old",
                "1 h 1 min old",
                "1 d 1 h old",
                "30 s ahead of now"
            ]
        );
    }
}
