//! Spans of time on the command line: days or hours.

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

#[cfg(test)]
mod tests {
    use super::*;

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
