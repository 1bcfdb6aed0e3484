//! A bound of a range: a sequence number or a time.

use std::{
    str::FromStr,
    time::{SystemTime, UNIX_EPOCH},
};

use indelible_proto::{
    time::timestamp,
    v1::{RecordSelection, SequenceRange, TimeRange, record_selection},
};

use indelible_compliance::time::{is_day, month_begins, typed};

use crate::cli::error::CliError;

/// Where a range begins or ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bound {
    /// At a sequence number.
    Sequence(u64),
    /// At a time: nanoseconds since 1970 UTC.
    Time(u64),
}

impl FromStr for Bound {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(sequence) = text.parse() {
            return Ok(Self::Sequence(sequence));
        }
        moment(text)
            .map(Self::Time)
            .map_err(|problem| format!("not a sequence number, and {problem}"))
    }
}

/// A time, or a day, which begins at midnight UTC.
fn moment(text: &str) -> Result<u64, String> {
    match is_day(text) {
        true => typed(&format!("{text}T00:00:00Z")),
        false => typed(text).map_err(|problem| format!("{problem}; nor a day such as 2026-11-20")),
    }
}

/// The bounds of a range, as arguments.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Bounds {
    /// From this sequence number (a bare number is one, not a year), or recorded at this time or later: RFC 3339, or a day,
    /// which begins at midnight UTC
    #[arg(long, value_name = "SEQUENCE|TIME", conflicts_with = "since")]
    from: Option<Bound>,
    /// Up to but not including this sequence number or time
    #[arg(long, value_name = "SEQUENCE|TIME", conflicts_with = "until")]
    to: Option<Bound>,
    /// Recorded at this time or later: RFC 3339, or a day, which begins at midnight UTC
    #[arg(long, value_name = "TIME", value_parser = moment)]
    since: Option<u64>,
    /// Recorded before this time
    #[arg(long, value_name = "TIME", value_parser = moment)]
    until: Option<u64>,
    /// The last whole quarter of a year, by the calendar of UTC and the clock of this machine
    #[arg(long, conflicts_with_all = ["from", "to", "since", "until"])]
    last_quarter: bool,
    /// The last whole month, likewise
    #[arg(long, conflicts_with_all = ["from", "to", "since", "until", "last_quarter"])]
    last_month: bool,
}

/// The bounds of a range, and the size as of which it is looked at, as arguments.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct BoundsAsOf {
    #[command(flatten)]
    bounds: Bounds,
    /// Look at the ledger as it was at this older size: at the records below it, under the root that its tree had then
    #[arg(long, value_name = "SIZE", value_parser = clap::value_parser!(u64).range(1..))]
    as_of: Option<u64>,
}

impl BoundsAsOf {
    /// Both, as what a request selects.
    pub(crate) fn selection(&self) -> Result<Option<RecordSelection>, CliError> {
        self.bounds.selection_as_of(self.as_of)
    }

    /// The size, if one was given.
    pub(crate) fn as_of(&self) -> Option<u64> {
        self.as_of
    }

    /// Whether they are times.
    pub(crate) fn is_of_times(&self) -> bool {
        let is_time = |bound: Option<Bound>| matches!(bound, Some(Bound::Time(_)));
        is_time(self.bounds.from()) || is_time(self.bounds.to())
    }

    /// The times between which they lie; none without bounds.
    pub(crate) fn period(&self) -> Result<Option<TimeRange>, CliError> {
        match self.bounds.between()? {
            None => Ok(None),
            Some(record_selection::Bounds::RecordedTimeRange(period)) => Ok(Some(period)),
            Some(record_selection::Bounds::SequenceRange(_)) => Err(CliError::Usage(
                "a period by event time is between two times; --records FROM..TO names records"
                    .to_owned(),
            )),
        }
    }
}

impl Bounds {
    /// Where to begin.
    #[must_use]
    pub(crate) fn from(&self) -> Option<Bound> {
        let period = self.period().map(|(from, _)| Bound::Time(from));
        self.from.or(self.since.map(Bound::Time)).or(period)
    }

    /// The last whole quarter or month, if that is asked for.
    fn period(&self) -> Option<(u64, u64)> {
        let months = match (self.last_quarter, self.last_month) {
            (true, _) => 3,
            (_, true) => 1,
            _ => return None,
        };
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        last_months(months, now.map_or(0, |now| now.as_nanos() as u64))
    }

    /// Where to end; not included.
    #[must_use]
    pub(crate) fn to(&self) -> Option<Bound> {
        let period = self.period().map(|(_, to)| Bound::Time(to));
        self.to.or(self.until.map(Bound::Time)).or(period)
    }

    /// Both, as what a request selects.
    pub(crate) fn selection(&self) -> Result<Option<RecordSelection>, CliError> {
        self.selection_as_of(None)
    }

    /// The same, as of a size of the ledger.
    fn selection_as_of(&self, as_of: Option<u64>) -> Result<Option<RecordSelection>, CliError> {
        let bounds = self.between()?;
        if bounds.is_none() && as_of.is_none() {
            return Ok(None);
        }
        Ok(Some(RecordSelection {
            bounds,
            as_of_size: as_of.unwrap_or_default(),
        }))
    }

    /// Between what a range lies; none without bounds.
    fn between(&self) -> Result<Option<record_selection::Bounds>, CliError> {
        Ok(match (self.from(), self.to()) {
            (None, None) => None,
            (Some(Bound::Sequence(from)), None) => Some(sequences(from, None)?),
            (None, Some(Bound::Sequence(to))) => Some(sequences(0, Some(to))?),
            (Some(Bound::Sequence(from)), Some(Bound::Sequence(to))) => {
                Some(sequences(from, Some(to))?)
            }
            (Some(Bound::Time(from)), None) => Some(times(Some(from), None)?),
            (None, Some(Bound::Time(to))) => Some(times(None, Some(to))?),
            (Some(Bound::Time(from)), Some(Bound::Time(to))) => Some(times(Some(from), Some(to))?),
            _ => {
                return Err(CliError::Usage(
                    "a range is between two sequence numbers or between two times".to_owned(),
                ));
            }
        })
    }
}

/// The last so many months that are over at a time and end together: a quarter, for three.
fn last_months(months: u64, now: u64) -> Option<(u64, u64)> {
    // Counted from 1970, which a quarter begins as well.
    let mut ended = 0;
    while month_begins(ended + months) <= now {
        ended += months;
    }
    let begun = ended.checked_sub(months)?;
    Some((month_begins(begun), month_begins(ended)))
}

fn sequences(start: u64, end: Option<u64>) -> Result<record_selection::Bounds, CliError> {
    not_empty(start, end)?;
    Ok(record_selection::Bounds::SequenceRange(SequenceRange {
        start,
        end: end.unwrap_or_default(),
    }))
}

fn times(start: Option<u64>, end: Option<u64>) -> Result<record_selection::Bounds, CliError> {
    not_empty(start.unwrap_or_default(), end)?;
    Ok(record_selection::Bounds::RecordedTimeRange(TimeRange {
        start: start.map(timestamp),
        end: end.map(timestamp),
    }))
}

fn not_empty(start: u64, end: Option<u64>) -> Result<(), CliError> {
    if end.is_none_or(|end| start < end) {
        return Ok(());
    }
    Err(CliError::Usage(
        "the range is empty: it ends where it begins, or before".to_owned(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounds(from: &str, to: &str) -> Bounds {
        let bound = |text: &str| (!text.is_empty()).then(|| text.parse().expect("a bound"));
        Bounds {
            from: bound(from),
            to: bound(to),
            ..Bounds::default()
        }
    }

    #[test]
    fn ranges_are_of_one_kind_and_not_empty() {
        let selection = |from, to| bounds(from, to).selection().ok().flatten();
        let range = |start, end| {
            let bounds = record_selection::Bounds::SequenceRange(SequenceRange { start, end });
            Some(RecordSelection {
                bounds: Some(bounds),
                as_of_size: 0,
            })
        };
        assert_eq!(selection("5", ""), range(5, 0));
        assert_eq!(selection("", "5"), range(0, 5));
        let period = record_selection::Bounds::RecordedTimeRange(TimeRange {
            start: Some(timestamp(0)),
            end: Some(timestamp(1_000_000_000)),
        });
        let found = selection("1970-01-01T00:00:00Z", "1970-01-01T00:00:01Z");
        assert_eq!(found.and_then(|found| found.bounds), Some(period));
        let refused = |from, to| bounds(from, to).selection().is_err();
        assert!(refused("5", "5"));
        assert!(refused("", "0"));
        assert!(refused("5", "1970-01-01T00:00:01Z"));
        assert!("soon".parse::<Bound>().is_err());
    }

    #[test]
    fn a_day_begins_at_midnight_and_a_quarter_is_over() {
        let day = |text: &str| typed(&format!("{text}T00:00:00Z")).expect("a day");
        assert_eq!("2026-07-01".parse(), Ok(Bound::Time(day("2026-07-01"))));
        assert!("2026-13-01".parse::<Bound>().is_err());
        let quarter = Some((day("2026-07-01"), day("2026-10-01")));
        assert_eq!(last_months(3, day("2026-10-01")), quarter);
        assert_eq!(last_months(3, day("2027-01-01") - 1), quarter);
        let february = Some((day("2028-02-01"), day("2028-03-01")));
        assert_eq!(last_months(1, day("2028-03-31")), february);
        assert_eq!(last_months(3, 0), None);
    }

    #[test]
    fn without_bounds_only_a_size_is_said() {
        assert_eq!(bounds("", "").selection().ok(), Some(None));
        let as_of = bounds("", "").selection_as_of(Some(7)).ok().flatten();
        assert_eq!(as_of.map(|selection| selection.as_of_size), Some(7));
    }
}
