//! Which records, from the wire.

use indelible_evidence::body::FieldViolation;
use indelible_ledger::{RecordSelection, Selection};
use indelible_proto::{
    time::{Timestamp, unix_nano},
    v1::{self, SequenceRange, TimeRange, record_selection::Bounds},
};

/// A number for the kind of bounds, where they begin, where they end, and the size; 0 is no end and no size. No two
/// selections have the same numbers, so that page tokens can be bound to them.
pub(crate) fn numbers(selection: &RecordSelection) -> [u64; 4] {
    let (kind, from, to) = match selection.bounds {
        Selection::Whole => (0, 0, None),
        Selection::Range { from, to } => (1, from, to),
        Selection::Period { from, to } => (2, from, to),
    };
    let or_none = Option::unwrap_or_default;
    [kind, from, or_none(to), or_none(selection.as_of)]
}

/// What a request selects; all, if it says nothing.
pub(crate) fn selection(
    wanted: Option<&v1::RecordSelection>,
) -> Result<RecordSelection, FieldViolation> {
    let Some(wanted) = wanted else {
        return Ok(RecordSelection::default());
    };
    let bounds = match &wanted.bounds {
        None => Selection::Whole,
        Some(Bounds::SequenceRange(range)) => sequences(range)?,
        Some(Bounds::RecordedTimeRange(range)) => times(range)?,
    };
    Ok(RecordSelection {
        bounds,
        as_of: set(wanted.as_of_size),
    })
}

fn set(number: u64) -> Option<u64> {
    (number != 0).then_some(number)
}

fn sequences(range: &SequenceRange) -> Result<Selection, FieldViolation> {
    let (from, to) = (range.start, set(range.end));
    if to.is_some_and(|to| to <= from) {
        return Err(backwards("selection.sequence_range"));
    }
    Ok(Selection::Range { from, to })
}

fn times(range: &TimeRange) -> Result<Selection, FieldViolation> {
    let (from, to) = time_range(range, "selection.recorded_time_range")?;
    let from = from.unwrap_or_default();
    Ok(Selection::Period { from, to })
}

/// The ends of a span of time in a field of this name; none where it is open.
pub(crate) fn time_range(
    range: &TimeRange,
    field: &str,
) -> Result<(Option<u64>, Option<u64>), FieldViolation> {
    let from = time(range.start.as_ref(), field, "start")?;
    let to = time(range.end.as_ref(), field, "end")?;
    if to.is_some_and(|to| to <= from.unwrap_or_default()) {
        return Err(backwards(field));
    }
    Ok((from, to))
}

fn time(time: Option<&Timestamp>, field: &str, end: &str) -> Result<Option<u64>, FieldViolation> {
    let Some(time) = time else { return Ok(None) };
    unix_nano(time).map(Some).ok_or_else(|| FieldViolation {
        field: format!("{field}.{end}"),
        problem: "must be a time between 1970 and 2554".into(),
    })
}

fn backwards(range: &str) -> FieldViolation {
    FieldViolation {
        field: format!("{range}.end"),
        problem: "must be after its start".into(),
    }
}

#[cfg(test)]
mod tests {
    use indelible_proto::time::timestamp;

    use super::*;

    fn of(bounds: Bounds) -> Result<Selection, FieldViolation> {
        let wanted = v1::RecordSelection {
            bounds: Some(bounds),
            as_of_size: 0,
        };
        selection(Some(&wanted)).map(|selection| selection.bounds)
    }

    fn range(start: u64, end: u64) -> Result<Selection, FieldViolation> {
        of(Bounds::SequenceRange(SequenceRange { start, end }))
    }

    fn period(start: Option<u64>, end: Option<u64>) -> Result<Selection, FieldViolation> {
        of(Bounds::RecordedTimeRange(TimeRange {
            start: start.map(timestamp),
            end: end.map(timestamp),
        }))
    }

    #[test]
    fn nothing_said_means_all() {
        let all = Ok(RecordSelection::default());
        assert_eq!(selection(None), all);
        assert_eq!(selection(Some(&v1::RecordSelection::default())), all);
    }

    #[test]
    fn selections_that_hold_nothing_are_refused() {
        assert!(range(5, 5).is_err());
        assert!(range(5, 4).is_err());
        let (from, to) = (5, Some(6));
        assert_eq!(range(5, 6), Ok(Selection::Range { from, to }));
        let (from, to) = (5, None);
        assert_eq!(range(5, 0), Ok(Selection::Range { from, to }));
        assert!(period(Some(5), Some(5)).is_err());
        assert!(period(None, Some(0)).is_err(), "nothing is before 1970");
        assert_eq!(period(Some(5), None), Ok(Selection::Period { from, to }));
        let (from, to) = (0, None);
        assert_eq!(period(None, None), Ok(Selection::Period { from, to }));
    }

    #[test]
    fn times_that_no_record_can_have_are_named() {
        let start = Some(Timestamp {
            seconds: -1,
            nanos: 0,
        });
        let refused = of(Bounds::RecordedTimeRange(TimeRange { start, end: None }));
        let field = refused.expect_err("before 1970").field;
        assert_eq!(field, "selection.recorded_time_range.start");
    }

    #[test]
    fn no_two_selections_have_the_same_numbers() {
        let of = |bounds, as_of| numbers(&RecordSelection { bounds, as_of });
        let (from, to) = (1, Some(2));
        let all = [
            of(Selection::Whole, None),
            of(Selection::Whole, Some(2)),
            of(Selection::Range { from, to }, None),
            of(Selection::Range { from, to }, Some(2)),
            of(Selection::Range { from, to: None }, None),
            of(Selection::Period { from, to }, None),
        ];
        for (place, one) in all.iter().enumerate() {
            assert!(!all[..place].contains(one), "{one:?}");
        }
    }
}
