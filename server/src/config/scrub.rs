//! The pace at which the store is read again in the background.

use std::{ops::RangeInclusive, time::Duration};

use indelible_ledger::ScrubRule;

use super::{error::ConfigError, file, range::within};

const HOUR_SECONDS: u64 = 3_600;

/// Bytes in a second; 0 is no scrub.
const BYTES_PER_SECOND: RangeInclusive<u64> = 0..=1 << 40;
/// Hours from the end of a pass to the next one.
const PASS_HOURS: RangeInclusive<u64> = 1..=8_760;
/// Seconds after a start.
const START_DELAY_SECONDS: RangeInclusive<u64> = 0..=86_400;

/// The default keys and their values.
pub(super) fn defaults() -> [(&'static str, u64); 3] {
    let rule = ScrubRule::default();
    [
        ("scrub.bytes_per_second", rule.bytes_per_second),
        (
            "scrub.pass_hours",
            rule.pass_interval.as_secs() / HOUR_SECONDS,
        ),
        ("scrub.start_delay_seconds", rule.start_delay.as_secs()),
    ]
}

pub(super) fn check(file: &file::Scrub) -> Result<ScrubRule, ConfigError> {
    let mut rule = ScrubRule::default();
    if let Some(bytes) = file.bytes_per_second {
        within("scrub.bytes_per_second", bytes, BYTES_PER_SECOND)?;
        rule.bytes_per_second = bytes;
    }
    if let Some(hours) = file.pass_hours {
        within("scrub.pass_hours", hours, PASS_HOURS)?;
        rule.pass_interval = Duration::from_secs(hours * HOUR_SECONDS);
    }
    if let Some(seconds) = file.start_delay_seconds {
        within("scrub.start_delay_seconds", seconds, START_DELAY_SECONDS)?;
        rule.start_delay = Duration::from_secs(seconds);
    }
    Ok(rule)
}
