//! Times as people write them.

use indelible_compliance::time::typed;

/// Seconds since 1970 UTC, from RFC 3339 or from the number itself.
pub(crate) fn instant_seconds(text: &str) -> Result<u64, String> {
    match text.parse() {
        Ok(seconds) => Ok(seconds),
        Err(_) => typed(text).map(|nanoseconds| nanoseconds / 1_000_000_000),
    }
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
}
