//! What the line says.

use super::*;

fn rate(seen: &[(u64, u64, Option<u64>)]) -> Rate {
    let started = Instant::now();
    let mut rate = Rate::since(started);
    for (milliseconds, done, read) in seen {
        rate.see(started + Duration::from_millis(*milliseconds), *done, *read);
    }
    rate
}

fn position(done: u64, total: Option<u64>) -> Position {
    let input = None;
    Position { done, total, input }
}

#[test]
fn the_first_rate_is_that_of_all_that_was_done() {
    let rate = rate(&[(1_000, 50_000, None)]);
    assert_eq!(
        text("importing", Unit::Records, position(50_000, None), &rate),
        "importing 50,000 records, 50,000 records/s"
    );
    let early = super::rate::Rate::since(Instant::now());
    assert_eq!(
        text("importing", Unit::Rows, position(7, None), &early),
        "importing 7 rows"
    );
}

#[test]
fn a_rate_is_that_of_the_last_seconds() {
    // Quick for ten seconds, slow for thirty.
    let quick = (1..=20).map(|half| (half * 500, half * 5_000, None));
    let slow = (1..=60).map(|half| (10_000 + half * 500, 100_000 + half, None));
    let seen: Vec<_> = quick.chain(slow).collect();
    let per_second = rate(&seen).per_second().expect("a rate");
    assert!((1.9..2.1).contains(&per_second), "{per_second}");
    let line = text(
        "importing",
        Unit::Records,
        position(100_060, None),
        &rate(&seen),
    );
    assert!(line.ends_with(", 2.0 records/s"), "{line}");
}

#[test]
fn a_total_gives_a_bar_and_the_time_that_is_left() {
    let rate = rate(&[(2_000, 500, None)]);
    assert_eq!(
        text(
            "verifying",
            Unit::Records,
            position(500, Some(2_000)),
            &rate
        ),
        "verifying [=======>                      ] 500 of 2,000 records, 250 records/s, 6 s left"
    );
    assert_eq!(
        text(
            "exporting",
            Unit::Bytes,
            position(2_000_000, Some(2_000_000)),
            &rate
        ),
        "exporting [==============================] 2.0 MB of 2.0 MB, 250 B/s, 0 s left"
    );
}

#[test]
fn an_input_of_known_length_says_how_much_was_read() {
    let rate = rate(&[(2_000, 30_000, Some(4_000_000))]);
    let position = Position {
        done: 30_000,
        total: None,
        input: Some((4_000_000, 1_204_000_000)),
    };
    assert_eq!(
        text("importing", Unit::Records, position, &rate),
        "importing [>                             ] 0 % of 1.2 GB, 30,000 records, 15,000 records/s, 10 min 0 s left"
    );
}

#[test]
fn numbers_are_for_people() {
    assert_eq!(speed(Unit::Records, 0.25), "0.2 records");
    assert_eq!(speed(Unit::Records, 9.96), "10 records");
    assert_eq!(speed(Unit::Bytes, 999_960.0), "1.0 MB");
    assert_eq!(bytes(999.0), "999 B");
    assert_eq!(bytes(5.0e15), "5000.0 TB");
    assert_eq!(grouped(1_234_567), "1,234,567");
    assert_eq!(grouped(999), "999");
    assert_eq!(span(3_725), "1 h 2 min");
}
