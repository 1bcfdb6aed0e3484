//! Times of the wire: `google.protobuf.Timestamp` and `Duration`, and the nanoseconds that the ledger counts.

pub use prost_types::{Duration, Timestamp};

const NANOSECONDS_IN_SECOND: u64 = 1_000_000_000;

/// A recorded time for the wire, to the nanosecond.
#[must_use]
pub fn timestamp(unix_nano: u64) -> Timestamp {
    Timestamp {
        // Every quotient of a u64 by a billion fits.
        seconds: i64::try_from(unix_nano / NANOSECONDS_IN_SECOND).unwrap_or(i64::MAX),
        nanos: i32::try_from(unix_nano % NANOSECONDS_IN_SECOND).unwrap_or_default(),
    }
}

/// Nanoseconds since 1970 UTC. None for a time before 1970 or after the year 2554, and if `nanos` is not a part of a
/// second.
#[must_use]
pub fn unix_nano(time: &Timestamp) -> Option<u64> {
    let nanos = u64::try_from(time.nanos)
        .ok()
        .filter(|nanos| *nanos < NANOSECONDS_IN_SECOND)?;
    u64::try_from(time.seconds)
        .ok()?
        .checked_mul(NANOSECONDS_IN_SECOND)?
        .checked_add(nanos)
}

/// A span of time for the wire, to the nanosecond.
#[must_use]
pub fn duration(nanoseconds: u64) -> Duration {
    let Timestamp { seconds, nanos } = timestamp(nanoseconds);
    Duration { seconds, nanos }
}

/// The nanoseconds of a span. None if it is negative or longer than 584 years.
#[must_use]
pub fn nanoseconds(span: &Duration) -> Option<u64> {
    let Duration { seconds, nanos } = *span;
    unix_nano(&Timestamp { seconds, nanos })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_go_there_and_back_to_the_nanosecond() {
        for time in [
            0,
            1,
            999_999_999,
            1_000_000_000,
            1_795_000_000_123_456_789,
            u64::MAX,
        ] {
            assert_eq!(unix_nano(&timestamp(time)), Some(time));
            assert_eq!(nanoseconds(&duration(time)), Some(time));
        }
        assert_eq!(
            timestamp(1_500_000_000).to_string(),
            "1970-01-01T00:00:01.500Z"
        );
    }

    #[test]
    fn what_no_record_can_have_is_no_time() {
        for (seconds, nanos) in [
            (-1, 0),
            (0, -1),
            (0, 1_000_000_000),
            (18_446_744_073, 709_551_616),
            (i64::MAX, 0),
        ] {
            assert_eq!(
                unix_nano(&Timestamp { seconds, nanos }),
                None,
                "{seconds} {nanos}"
            );
        }
    }
}
