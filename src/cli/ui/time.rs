//! Times as people write them: RFC 3339, shown in UTC to the nanosecond.

use indelible_proto::time::Timestamp as WireTime;
use jiff::Timestamp;

/// A time of the wire as RFC 3339 text; empty if there is none.
#[must_use]
pub(crate) fn to_text(time: Option<&WireTime>) -> String {
    time.map_or_else(String::new, |time| {
        Timestamp::new(time.seconds, time.nanos)
            .map_or_else(|_| format!("{} s", time.seconds), |time| time.to_string())
    })
}

/// RFC 3339 text with its offset, in nanoseconds since 1970 UTC.
///
/// # Errors
///
/// When the text is not such a time, or lies before 1970 or beyond the year 2262.
pub(crate) fn parse(text: &str) -> Result<u64, String> {
    // The T is required here: RFC 3339 lets applications allow a space, and this one does not.
    if !text.contains(['T', 't']) {
        return Err("not an RFC 3339 time like 2026-11-20T09:30:00Z".to_owned());
    }
    let time: Timestamp = text
        .parse()
        .map_err(|_| "not an RFC 3339 time like 2026-11-20T09:30:00Z".to_owned())?;
    i64::try_from(time.as_nanosecond())
        .ok()
        .and_then(|nanoseconds| u64::try_from(nanoseconds).ok())
        .ok_or_else(|| "not between 1970 and 2262".to_owned())
}

#[cfg(test)]
mod tests {
    use indelible_proto::time::timestamp;

    use super::*;

    #[test]
    fn times_go_there_and_back() {
        for text in [
            "1970-01-01T00:00:00Z",
            "2026-11-20T09:30:00.123456789Z",
            "2262-04-11T23:47:16.854775807Z",
        ] {
            let time = timestamp(parse(text).expect("a time"));
            assert_eq!(to_text(Some(&time)), text);
        }
    }

    #[test]
    fn an_offset_is_taken_into_account() {
        assert_eq!(
            parse("2026-11-20T09:30:00+01:00"),
            parse("2026-11-20T08:30:00Z")
        );
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "yesterday",
            "2026-11-20",
            "2026-11-20T09:30:00",
            "2026-11-20 09:30:00Z",
            "2026-13-20T09:30:00Z",
            "1969-12-31T23:59:59Z",
            "2300-01-01T00:00:00Z",
        ] {
            assert!(parse(text).is_err(), "{text:?} was taken");
        }
    }
}
