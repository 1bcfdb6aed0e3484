//! Times as people write them.

use indelible_compliance::time::typed;

/// The last second whose nanoseconds every tool can hold: 2262-04-11T23:47:16Z.
const INSTANT_SECONDS_MAX: u64 = 9_223_372_036;
/// No age is greater, in seconds: a time is one from 1970 to the last second that there is.
const DURATION_SECONDS_MAX: u64 = INSTANT_SECONDS_MAX;

/// Seconds since 1970 UTC, from RFC 3339 or from the number itself.
pub(crate) fn instant_seconds(text: &str) -> Result<u64, String> {
    let is_number = !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit());
    match text.parse() {
        Ok(seconds) if seconds <= INSTANT_SECONDS_MAX => Ok(seconds),
        _ if is_number => Err(format!(
            "not from 0 to {INSTANT_SECONDS_MAX}: a number is in seconds since 1970, up to 2262-04-11T23:47:16Z"
        )),
        _ => typed(text).map(|nanoseconds| nanoseconds / 1_000_000_000),
    }
}

/// Seconds, from a whole number and a unit.
pub(crate) fn duration_seconds(text: &str) -> Result<u64, String> {
    let units = [("s", 1), ("m", 60), ("h", 3_600), ("d", 86_400)];
    let parsed = units.iter().find_map(|(unit, seconds)| {
        let number: u64 = text.strip_suffix(unit)?.parse().ok()?;
        number.checked_mul(*seconds)
    });
    let is_number = text
        .strip_suffix(['s', 'm', 'h', 'd'])
        .is_some_and(|number| !number.is_empty() && number.bytes().all(|c| c.is_ascii_digit()));
    match parsed {
        Some(seconds) if seconds <= DURATION_SECONDS_MAX => Ok(seconds),
        _ if is_number => Err(format!(
            "longer than {} days, from 1970 to the last time that there is",
            DURATION_SECONDS_MAX / 86_400
        )),
        _ => Err("not a whole number with one of the units s, m, h and d".to_owned()),
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
        for bad in ["", "yesterday", "-5", "1969-12-31T00:00:00Z", "2027-01-15"] {
            assert!(instant_seconds(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_out_of_range_says_which_range_there_is() {
        let last = INSTANT_SECONDS_MAX.to_string();
        assert_eq!(instant_seconds(&last), Ok(INSTANT_SECONDS_MAX));
        assert!(instant_seconds("2262-04-11T23:47:16Z").is_ok());
        for beyond in [
            "9223372037",
            "99999999999999999999999",
            "2262-04-11T23:47:17Z",
            "2600-01-01T00:00:00Z",
            "9999-12-31T23:59:59Z",
            "1969-12-31T00:00:00Z",
        ] {
            let told = instant_seconds(beyond).unwrap_err();
            assert!(told.contains("2262-04-11T23:47:16Z"), "{beyond}: {told}");
        }
        for beyond in ["106752d", "99999999999999999999999h"] {
            let told = duration_seconds(beyond).unwrap_err();
            assert!(told.contains("106751 days"), "{beyond}: {told}");
        }
        assert!(duration_seconds("106751d").is_ok());
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
