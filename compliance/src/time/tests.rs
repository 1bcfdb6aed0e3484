//! Times that are read, written, and counted in months.

use super::*;

#[test]
fn a_month_ends_with_the_day_of_the_same_date_or_with_the_month() {
    for (from, months, until) in [
        ("2026-01-01T10:00:00Z", 1, "2026-02-02T00:00:00Z"),
        ("2026-01-31T23:59:59Z", 1, "2026-03-01T00:00:00Z"),
        ("2028-01-30T00:00:00Z", 1, "2028-03-01T00:00:00Z"),
        ("2026-12-15T12:00:00Z", 1, "2027-01-16T00:00:00Z"),
        ("2026-11-30T12:00:00Z", 3, "2027-03-01T00:00:00Z"),
        ("2026-04-30T12:00:00Z", 1, "2026-05-31T00:00:00Z"),
    ] {
        assert_eq!(
            months_after(parse(from).unwrap(), months),
            parse(until).unwrap(),
            "{from}"
        );
    }
}

#[test]
fn every_day_for_six_centuries_follows_the_one_before() {
    let (mut year, mut month, mut day) = (1_970, 1, 1);
    for days in 0..(584 * 365) {
        assert_eq!(date(days), (year, month, day));
        assert_eq!(days_since_1970(year, month, day), days);
        day += 1;
        if day > days_of(year, month) {
            (day, month) = (1, month + 1);
        }
        if month > 12 {
            (month, year) = (1, year + 1);
        }
    }
}

#[test]
fn times_are_short_where_they_may_be() {
    assert_eq!(Second(1_772_366_400).to_string(), "2026-03-01T12:00:00Z");
    for text in [
        "1970-01-01T00:00:00Z",
        "2026-03-01T12:00:00.5Z",
        "2026-11-20T09:30:00.123456789Z",
        "2262-04-11T23:47:16.854775807Z",
    ] {
        assert_eq!(shortest(typed(text).unwrap()), text);
    }
}

#[test]
fn what_is_typed_is_a_time_with_its_offset() {
    assert_eq!(
        typed("2026-11-20T09:30:00+01:00"),
        typed("2026-11-20T08:30:00Z")
    );
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
        assert!(typed(text).is_err(), "{text:?} was taken");
    }
    let leap = typed("2016-12-31T23:59:60Z").unwrap_err();
    assert!(leap.starts_with("a leap second"), "{leap}");
    assert!(is_day("2028-02-29"));
    for text in ["2026-02-29", "2026-2-28", "2026-02-28T", "tomorrow!!"] {
        assert!(!is_day(text), "{text}");
    }
}

#[test]
fn what_clocks_are_apart_by_is_rounded_up_and_said_for_people() {
    let spans = [0, 1, 59, 61, 61_745, 266_400].map(|seconds| apart(seconds * SECOND_NS));
    assert_eq!(
        spans,
        [
            "0 s",
            "1 s",
            "59 s",
            "1 min 1 s (61 s)",
            "17 h 9 min 5 s (61745 s)",
            "3 d 2 h (266400 s)"
        ]
    );
    assert_eq!(apart(300 * SECOND_NS + 1), "5 min 1 s (301 s)");
}

#[test]
fn times_are_written_and_read() {
    let time = 1_772_366_400_000_000_007;
    assert_eq!(Instant(time).to_string(), "2026-03-01T12:00:00.000000007Z");
    for text in [
        "2026-03-01T12:00:00.000000007Z",
        "2026-03-01t13:30:00.0000000079+01:30",
        "2026-02-28 23:00:00.000000007-13:00",
    ] {
        assert_eq!(parse(text), Some(time), "{text}");
    }
    assert_eq!(parse("1970-01-01T00:00:00Z"), Some(0));
    for (leap, after) in [
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"),
        ("2017-01-01T01:59:60.5+02:00", "2017-01-01T00:00:00.5Z"),
        ("2012-06-30T16:59:60-07:00", "2012-07-01T00:00:00Z"),
    ] {
        assert!(parse(leap).is_some());
        assert_eq!(parse(leap), parse(after), "{leap}");
    }
    for text in [
        "2016-12-31T12:30:60Z",
        "2016-12-30T23:59:60Z",
        "2017-01-01T00:59:60+02:00",
        "2016-12-31T23:59:61Z",
        "",
        "2026-03-01",
        "2026-03-01T12:00:00",
        "2026-02-29T12:00:00Z",
        "2026-03-01T24:00:00Z",
        "2026-03-01T12:00:00.Z",
        "2026-03-01T12:00:00Zx",
        "1969-12-31T23:59:59Z",
        "1970-01-01T00:00:00+01:00",
        "2026-03-01T12:00:00+1:00",
        "2026-3-01T12:00:00Z",
        "9999-12-31T23:59:59Z",
    ] {
        assert_eq!(parse(text), None, "{text}");
    }
}

#[test]
fn a_time_beyond_what_can_be_counted_is_read_as_the_nearest() {
    for (text, time) in [
        ("1969-12-31T23:59:59Z", Some(0)),
        ("0001-01-01T00:00:00Z", Some(0)),
        ("1970-01-01T00:00:00+01:00", Some(0)),
        ("1970-01-01T00:00:00.000000007Z", Some(7)),
        ("9999-12-31T23:59:59Z", Some(u64::MAX)),
        ("1969-02-29T00:00:00Z", None),
        ("yesterday", None),
    ] {
        assert_eq!(nearest(text), time, "{text}");
    }
}
