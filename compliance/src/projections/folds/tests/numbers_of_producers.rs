//! What numbers of producers show for certain, whatever an event says that can't be read.

use proptest::prelude::*;

use super::story::{Shown, Story, Told, event};
use crate::projections::measure::Value;

fn numbered(source: u8, number: u64) -> Told {
    let told = event("com.example.note", &[("producer_sequence", number.into())]);
    told.from(if source == 0 { "urn:a" } else { "urn:b" })
}

fn count(value: &Value) -> Option<u64> {
    match value {
        Value::Count(count) => Some(*count),
        _ => None,
    }
}

#[test]
fn every_number_counts_that_is_missing_in_a_gap() {
    for (numbers, faults, records) in [
        (&[1, 2, 100][..], 97, &[2][..]),
        (&[1, 2, 5, 9], 5, &[2, 3]),
        (&[1, 4, 4, 2], 4, &[1, 2, 3]),
    ] {
        let mut story = Story::new();
        for number in numbers {
            story.tell(numbered(0, *number));
        }
        let told = story.told();
        told.number("gaps.number_faults", faults);
        assert_eq!(told.measure("gaps.number_faults").records, records);
    }
}

/// One event explains one number of each gap that it lies in, and no more.
#[test]
fn an_event_that_can_t_be_read_explains_one_number_of_a_gap() {
    for shown in [Shown::Sealed, Shown::Erased, Shown::Withheld] {
        for other in [numbered(1, 7), numbered(0, 50)] {
            let mut story = Story::new();
            story.tell(numbered(0, 1));
            story.tell(numbered(0, 2));
            story.tell(other.shown(shown));
            story.tell(numbered(0, 100));
            let told = story.told();
            for name in ["gaps.numbers_skipped", "gaps.number_faults"] {
                let measure = told.measure(name);
                assert_eq!(measure.least(), Value::Count(96), "{name}");
                assert_eq!(count(&measure.greatest()), None, "{name}");
            }
            assert_eq!(told.measure("gaps.jumps").least(), Value::Count(1));
        }
    }
}

/// An event: of which producer, with which number if it has one, and whether it can be read.
type Random = (u8, Option<u64>, bool);

fn tell(events: &[Random], hide: bool) -> Story {
    let mut story = Story::new();
    for (source, number, is_closed) in events {
        let told = match number {
            Some(number) => numbered(*source, *number),
            None => event("com.example.note", &[]).from("urn:a"),
        };
        let shown = match hide && *is_closed {
            true => Shown::Sealed,
            false => Shown::Open,
        };
        story.tell(told.shown(shown));
    }
    story
}

proptest! {
    /// Whatever the closed ones say, no less is missing, given twice or lower than is counted without them; and what is
    /// closed explains no more than a number of each gap.
    #[test]
    fn what_is_counted_without_what_is_closed_is_certain(
        events in prop::collection::vec((0..2_u8, prop::option::of(0..9_u64), prop::bool::weighted(0.3)), 1..14),
        otherwise in prop::collection::vec((0..2_u8, prop::option::of(0..9_u64)), 14),
    ) {
        let less = tell(&events, true).told();
        let others: Vec<_> = events.iter().zip(&otherwise).map(|(event, (source, number))| match event.2 {
            true => (*source, *number, true),
            false => *event,
        }).collect();
        for of in [&events, &others] {
            let whole = tell(of, false).told();
            for name in ["gaps.jumps", "gaps.number_faults", "gaps.numbers_backward", "gaps.numbers_repeated", "gaps.numbers_skipped"] {
                let (least, value) = (less.measure(name).least(), whole.measure(name).value);
                prop_assert!(count(&least) <= count(&value), "{}: {:?}, {:?}", name, least, value);
                let greatest = count(&less.measure(name).greatest());
                prop_assert!(greatest.is_none_or(|greatest| Some(greatest) >= count(&value)), "{}", name);
            }
        }
        let least = less.measure("gaps.number_faults");
        prop_assert_eq!(least.least(), least.value);
    }
}
