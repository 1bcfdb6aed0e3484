//! A selection without a record, in words that say what there is instead.

use indelible_compliance::{reports::counted, time::shortest};
use thiserror::Error;

/// Why no record is in a selection, or not all that it asks for.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NoRecords {
    /// A range of sequence numbers that is empty or reaches past the end.
    #[error("{}", in_range(*from, *to, *size))]
    InRange {
        /// The first record asked for.
        from: u64,
        /// One past the last.
        to: u64,
        /// How many records there are to select from: the published ones, for evidence.
        size: u64,
    },
    /// A period in which nothing was recorded.
    #[error("{}", in_period(*from, *to, *size, *recorded))]
    InPeriod {
        /// From this time on, nanoseconds since 1970 UTC.
        from: u64,
        /// Up to but not including this time; none means until now.
        to: Option<u64>,
        /// How many records there are to select from.
        size: u64,
        /// When the first and the last of them were recorded; none if there are none.
        recorded: Option<[u64; 2]>,
    },
}

impl NoRecords {
    /// How many records there are to select from.
    #[must_use]
    pub fn size(&self) -> u64 {
        let (Self::InRange { size, .. } | Self::InPeriod { size, .. }) = self;
        *size
    }
}

fn in_range(from: u64, to: u64, size: u64) -> String {
    let there = counted(size, "record", "records");
    let from_what = format!("the selection is made from {there}, numbered from 0");
    if from < size && size < to {
        return format!(
            "the records from {size} up to {to} can't be selected, and those from {from} up to {size} can: {from_what}; end it \
             at {size}"
        );
    }
    format!("the records from {from} up to {to} can't be selected: {from_what}")
}

fn in_period(from: u64, to: Option<u64>, size: u64, recorded: Option<[u64; 2]>) -> String {
    // Whoever gave no beginning asked from 1970 on.
    let when = match (from > 0, to) {
        (true, Some(to)) => format!(" from {} to before {}", shortest(from), shortest(to)),
        (true, None) => format!(" from {} on", shortest(from)),
        (false, Some(to)) => format!(" before {}", shortest(to)),
        (false, None) => String::new(),
    };
    let there = match (size, recorded) {
        (1, Some([first, _])) => format!("its one record was recorded at {}", shortest(first)),
        (_, Some([first, last])) => format!(
            "its {} were recorded from {} to {}",
            counted(size, "record", "records"),
            shortest(first),
            shortest(last)
        ),
        (_, None) => "it has no record that could be selected yet".to_owned(),
    };
    format!("the ledger has no record that was recorded{when}; {there} (times are in UTC)")
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 86_400_000_000_000;

    #[test]
    fn what_there_is_instead_is_said() {
        let period = |from, to, size, recorded| {
            NoRecords::InPeriod {
                from,
                to,
                size,
                recorded,
            }
            .to_string()
        };
        assert_eq!(
            period(
                DAY,
                Some(3 * DAY),
                1_204,
                Some([4 * DAY, 5 * DAY + 500_000_000])
            ),
            "the ledger has no record that was recorded from 1970-01-02T00:00:00Z to before 1970-01-04T00:00:00Z; its \
             1,204 records were recorded from 1970-01-05T00:00:00Z to 1970-01-06T00:00:00.5Z (times are in UTC)"
        );
        assert!(period(0, Some(DAY), 1, Some([DAY, DAY])).contains("recorded before 1970-01-02"));
        assert!(period(0, Some(DAY), 1, Some([DAY, DAY])).contains("its one record was"));
        assert!(period(DAY, None, 0, None).contains("no record that could be selected yet"));
        let range = NoRecords::InRange {
            from: 5,
            to: 9,
            size: 1,
        };
        assert!(
            range
                .to_string()
                .ends_with("made from 1 record, numbered from 0")
        );
        let past = NoRecords::InRange {
            from: 10,
            to: 2_000,
            size: 51,
        };
        assert_eq!(
            past.to_string(),
            "the records from 51 up to 2000 can't be selected, and those from 10 up to 51 can: the selection is made from 51 \
             records, numbered from 0; end it at 51"
        );
    }
}
