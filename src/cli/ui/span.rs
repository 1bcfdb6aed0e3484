//! Spans of time on the command line: days or hours.

use indelible_compliance::reports::counted;

const HOUR: u64 = 60 * 60;

/// So many days or hours, in seconds.
///
/// # Errors
///
/// If it is not `90d` or `12h`.
pub(crate) fn seconds(text: &str) -> Result<u64, String> {
    let wrong = || format!("{text:?} is not a time: write days as 90d, hours as 12h");
    let (number, unit) = match (text.strip_suffix('d'), text.strip_suffix('h')) {
        (Some(days), _) => (days, 24 * HOUR),
        (_, Some(hours)) => (hours, HOUR),
        (None, None) => return Err(wrong()),
    };
    let number: Option<u64> = number.parse().ok().filter(|number| *number > 0);
    number
        .and_then(|number| number.checked_mul(unit))
        .ok_or_else(wrong)
}

/// So many seconds, for people: in days if they are whole days, else in hours if they are whole hours.
pub(crate) fn text(seconds: u64) -> String {
    for (unit, one, many) in [(24 * HOUR, "day", "days"), (HOUR, "hour", "hours")] {
        if seconds > 0 && seconds.is_multiple_of(unit) {
            return counted(seconds / unit, one, many);
        }
    }
    counted(seconds, "second", "seconds")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_read_days_where_they_are_whole() {
        for (seconds, said) in [
            (366 * 24 * HOUR, "366 days"),
            (24 * HOUR, "1 day"),
            (36 * HOUR, "36 hours"),
            (90, "90 seconds"),
        ] {
            assert_eq!(text(seconds), said);
        }
    }

    #[test]
    fn times_are_days_or_hours() {
        assert_eq!(seconds("90d"), Ok(90 * 24 * HOUR));
        assert_eq!(seconds("12h"), Ok(12 * HOUR));
        for wrong in [
            "",
            "d",
            "0d",
            "-1d",
            "90",
            "1.5d",
            "9w",
            "99999999999999999999d",
        ] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }
}
