//! Times of the wire for people and programs.

use indelible_compliance::time::shortest;
use indelible_proto::time::{Timestamp, unix_nano};

/// A time of the wire as RFC 3339 text, in UTC; empty if there is none.
#[must_use]
pub(crate) fn to_text(time: Option<&Timestamp>) -> String {
    time.map_or_else(String::new, |time| {
        unix_nano(time).map_or_else(|| format!("{} s", time.seconds), shortest)
    })
}

/// The same for people, to the second: `2026-11-28 14:00:05 UTC`; empty if there is none.
#[must_use]
pub(crate) fn for_people(time: Option<&Timestamp>) -> String {
    time.map_or_else(String::new, |time| match unix_nano(time) {
        Some(time) => nanoseconds_for_people(time),
        None => to_text(Some(time)),
    })
}

/// Nanoseconds since 1970 UTC, for people.
#[must_use]
pub(crate) fn nanoseconds_for_people(time: u64) -> String {
    let text = shortest(time);
    let (day, rest) = text.split_once('T').unwrap_or((&text, ""));
    let second = rest.split(['.', 'Z']).next().unwrap_or_default();
    format!("{day} {second} UTC")
}

#[cfg(test)]
mod tests {
    use indelible_compliance::time::typed;
    use indelible_proto::time::timestamp;

    use super::*;

    #[test]
    fn times_go_there_and_back() {
        for text in [
            "1970-01-01T00:00:00Z",
            "2026-11-20T09:30:00.123456789Z",
            "2262-04-11T23:47:16.854775807Z",
        ] {
            let time = timestamp(typed(text).expect("a time"));
            assert_eq!(to_text(Some(&time)), text);
        }
        assert_eq!(to_text(None), "");
    }

    #[test]
    fn people_read_seconds() {
        let time = timestamp(1_700_000_000_999_999_999);
        assert_eq!(for_people(Some(&time)), "2023-11-14 22:13:20 UTC");
        assert_eq!(for_people(None), "");
        assert_eq!(nanoseconds_for_people(0), "1970-01-01 00:00:00 UTC");
    }
}
