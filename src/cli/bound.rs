//! A bound of a range: a sequence number or a time.

use std::str::FromStr;

use super::{error::CliError, time};

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
        time::parse(text)
            .map(Self::Time)
            .map_err(|problem| format!("not a sequence number, and {problem}"))
    }
}

/// The bounds of a range, as arguments.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Bounds {
    /// From this sequence number, or recorded at this RFC 3339 time or later
    #[arg(long, value_name = "SEQUENCE|TIME", conflicts_with = "since")]
    from: Option<Bound>,
    /// Up to but not including this sequence number or time
    #[arg(long, value_name = "SEQUENCE|TIME", conflicts_with = "until")]
    to: Option<Bound>,
    /// Recorded at this time or later
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    since: Option<u64>,
    /// Recorded before this time
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    until: Option<u64>,
}

impl Bounds {
    /// Where to begin.
    #[must_use]
    pub(crate) fn from(&self) -> Option<Bound> {
        self.from.or(self.since.map(Bound::Time))
    }

    /// Where to end; not included.
    #[must_use]
    pub(crate) fn to(&self) -> Option<Bound> {
        self.to.or(self.until.map(Bound::Time))
    }

    /// Both, as one kind of range.
    pub(crate) fn selection(&self) -> Result<Selection, CliError> {
        match (self.from(), self.to()) {
            (None, None) => Ok(Selection::Whole),
            (Some(Bound::Sequence(from)), None) => Ok(Selection::Range(from, 0)),
            (None, Some(Bound::Sequence(to))) => Selection::range(0, to),
            (Some(Bound::Sequence(from)), Some(Bound::Sequence(to))) => Selection::range(from, to),
            (Some(Bound::Time(from)), None) => Ok(Selection::Period(from, 0)),
            (None, Some(Bound::Time(to))) => Selection::period(0, to),
            (Some(Bound::Time(from)), Some(Bound::Time(to))) => Selection::period(from, to),
            _ => Err(CliError::Usage(
                "a range is between two sequence numbers or between two times".to_owned(),
            )),
        }
    }
}

/// What part of a ledger is meant. An end of 0 means no end, as it does on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Selection {
    /// All of it.
    Whole,
    /// From a sequence number up to but not including another.
    Range(u64, u64),
    /// From a time up to but not including another.
    Period(u64, u64),
}

impl Selection {
    fn range(from: u64, to: u64) -> Result<Self, CliError> {
        not_empty(from, to).map(|()| Self::Range(from, to))
    }

    fn period(from: u64, to: u64) -> Result<Self, CliError> {
        not_empty(from, to).map(|()| Self::Period(from, to))
    }
}

fn not_empty(from: u64, to: u64) -> Result<(), CliError> {
    if from < to {
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
        let selection = |from, to| bounds(from, to).selection().ok();
        assert_eq!(selection("", ""), Some(Selection::Whole));
        assert_eq!(selection("5", ""), Some(Selection::Range(5, 0)));
        assert_eq!(selection("", "5"), Some(Selection::Range(0, 5)));
        assert_eq!(
            selection("1970-01-01T00:00:00Z", "1970-01-01T00:00:01Z"),
            Some(Selection::Period(0, 1_000_000_000))
        );
        assert_eq!(selection("5", "5"), None);
        assert_eq!(selection("", "0"), None);
        assert_eq!(selection("5", "1970-01-01T00:00:01Z"), None);
        assert!("soon".parse::<Bound>().is_err());
    }
}
