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
}
